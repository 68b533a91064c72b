"""The commands and programs of README.md, as they stand there, in a place of their own."""

import glob
import os
import re
import shutil
import subprocess
import unittest

import support
from support import LogdTest

SWIFTC = shutil.which("swiftc") or "/opt/swift/usr/bin/swiftc"
# What a reader fills in, by the words of the block.
STANDINS = {
    "log.action(": """
        import LogdClient
        let log = LogClient(ident: "shop"), worker = "worker"
        func start(_ worker: String, task: String) throws {}
        """,
    "LoggingSystem.bootstrap": """
        import Logging
        import ServiceLifecycle
        struct Server: Service { func run() async throws {} }
        let server = Server(), logger = Logger(label: "shop")
        """,
}


def blocks(language):
    """The code blocks of that language, "" for none, in their order."""
    with open(os.path.join(support.ROOT, "README.md"), encoding="utf-8") as file:
        every = re.findall(r"^```(\w*)\n(.*?)^```$", file.read(), re.S | re.M)
    return [text for name, text in every if name == language]


def block(language, words):
    found = [text for text in blocks(language) if words in text]
    assert len(found) == 1, "README.md has %d blocks with %s" % (len(found), words)
    return found[0]


class ReadmeTest(LogdTest):
    def setUp(self):
        super().setUp()
        path = os.pathsep.join([os.path.abspath(support.BINARIES), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "HOME": self.place}

    def here(self, text):
        """With the paths of README.md led into this test's place."""
        ours = {"/run/logd": self.runtime_dir, "/tmp/logd": self.runtime_dir, "/tmp/logd.log": self.log_file}
        return re.sub(r"/(?:run|tmp)/logd(?:\.log)?(?![\w-])", lambda match: ours[match[0]], text)

    def sh(self, command, codes=(0,), **environment):
        run = subprocess.run(
            ["bash", "-c", self.here(command)], cwd=self.place, capture_output=True, text=True, timeout=120,
            env={**self.environment, **environment})
        self.assertIn(run.returncode, codes, command + "\n" + run.stdout + run.stderr)
        return run.stdout

    def write(self, name, text):
        with open(os.path.join(self.place, name), "w", encoding="utf-8") as file:
            file.write(self.here(text))
        return os.path.join(self.place, name)

    def start_text_daemon(self):
        self.start_daemon("--set", "file.format=text")

    def lines(self):
        """The lines of the log so far, without time and pid."""
        self.sh("logctl flush")
        with open(self.log_file, encoding="utf-8") as file:
            return [re.sub(r"^\S+ (\w+ \S+)\[\d+\]", r"\1", line.rstrip("\n")) for line in file]

    def test_the_daemon_starts_as_it_says_and_takes_the_first_record_from_swift(self):
        command = block("", "$ logd --runtime-dir").removeprefix("$ ").strip()
        self.daemon = subprocess.Popen(
            ["bash", "-c", "exec " + self.here(command)], env=self.environment)
        self.addCleanup(self.kill_daemon)
        self.wait(lambda: os.path.exists(self.runtime_dir + "/native.sock"), "serve")
        program = self.write("main.swift", block("swift", "try log.flush()"))
        shop = os.path.join(self.place, "shop")
        self.swiftc(program, "-o", shop, *self.objects("LogdClient", "LogdWire", "CLinux"))
        self.sh(shop)
        shown = block("", "$ cat /tmp/logd.log").splitlines()
        wanted = re.sub(r"^\S+ (\w+ \S+)\[\d+\]", r"\1", shown[2])
        self.assertEqual(self.lines()[1:], [wanted])
        self.assertTrue(self.lines()[0].startswith("notice logd: logd started version="))
        self.daemon.terminate()
        self.assertEqual(self.daemon.wait(30), 0)

    def objects(self, *modules):
        place = os.path.realpath(support.BINARIES)
        return [path for module in modules for path in glob.glob("%s/%s.build/*.o" % (place, module))
                if self.has_source(path, module)]

    def has_source(self, path, module):
        """False for what an earlier build has left of a C file that is gone."""
        source = os.path.basename(path).removesuffix(".o")
        return not source.endswith(".c") or os.path.exists("%s/Sources/%s/%s" % (support.ROOT, module, source))

    def swiftc(self, *arguments):
        if not os.path.exists(SWIFTC) or not os.path.isdir(support.BINARIES + "/Modules"):
            self.skipTest("there is no Swift, or no modules beside the programs")
        clinux = os.path.join(os.path.abspath(support.BINARIES), "CLinux.build/module.modulemap")
        run = subprocess.run(
            [SWIFTC, "-swift-version", "6", "-I", support.BINARIES + "/Modules",
             "-I", support.ROOT + "/Sources/CLinux/include", "-Xcc", "-fmodule-map-file=" + clinux,
             *arguments], capture_output=True, text=True, timeout=300)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_every_swift_block_compiles(self):
        texts = blocks("swift")
        self.assertGreaterEqual(len(texts), 4)
        for number, text in enumerate(texts):
            if "PackageDescription" in text:
                self.assert_package(text)
                continue
            standin = "".join(standin for words, standin in STANDINS.items() if words in text)
            folder = os.path.join(self.place, str(number))
            os.mkdir(folder)
            with self.subTest(text):
                self.swiftc("-typecheck", self.write("%d/main.swift" % number, standin + text))

    def assert_package(self, text):
        """The manifest is one, and names a product that there is."""
        folder = os.path.join(self.place, "package")
        os.makedirs(folder + "/Sources/shop")
        self.write("package/Package.swift", text)
        self.write("package/Sources/shop/main.swift", "")
        manifest = self.sh(
            "%s package --package-path package dump-package" % (shutil.which("swift") or SWIFTC[:-1]))
        self.assertIn('"LogdClient"', manifest)
        with open(os.path.join(support.ROOT, "Package.swift"), encoding="utf-8") as own:
            self.assertIn('.library(name: "LogdClient"', own.read())

    def test_the_c_program(self):
        self.start_text_daemon()
        text = block("c", "#include <logd.h>")
        self.write("shop.c", text)
        header = os.path.join(support.ROOT, "Sources/C/Sources/CLogd/include")
        with open(os.path.join(support.ROOT, "Sources/C/logd.pc.in"), encoding="utf-8") as file:
            described = file.read().replace("@LIBDIR@", os.path.abspath(support.BINARIES))
        described = re.sub("includedir=.*", "includedir=" + header, described)
        self.write("logd.pc", described.replace("@PREFIX@", self.place).replace("@VERSION@", "0"))
        command = re.search(r"// (cc .*)", text).group(1)
        self.sh(command, PKG_CONFIG_PATH=self.place)
        self.sh("./shop", LD_LIBRARY_PATH=os.path.abspath(support.BINARIES))
        self.assertEqual(self.lines()[1:], ["info shop: order placed order=4711"])

    def test_the_python_program(self):
        self.start_text_daemon()
        self.run_python(block("python", "LogdHandler"))
        self.assertEqual(
            self.lines()[1:], ["info shop: order placed logger=root order=4711 total=19.9"])

    def test_every_way_from_anything_else(self):
        self.start_text_daemon()
        commands = block("", "logger -u").strip().splitlines()
        for command in commands:
            self.sh(command)
        self.wait(lambda: len(self.lines()) > len(commands), "have a record of each command")
        self.assertEqual(sorted(self.lines()[1:]), sorted([
            "info nightly: done", "warning shop: a line of text", "err shop: no paper facility=user",
            "info lines: a line of text", "info shop: order placed order=4711"]))

    def test_every_command_of_logctl(self):
        self.start_text_daemon()
        lines = block("", "logctl status [--watch]").strip().splitlines()
        names = [line.split()[1] for line in lines]
        self.sh("logctl send something")
        for line, name in zip(lines, names):
            command = line.split("#")[0]
            page = self.sh("logctl %s --help" % name)
            for option in re.findall(r"(?<!\S)\[?(--?\w+)", command):
                self.assertRegex(page, r"(?m)^  .*%s\b" % option, line)
            plain = re.sub(r"\[.*?\]|…", "", command).replace("COMMAND", "true")
            if name != "merge":  # needs files
                with self.subTest(plain):
                    # Nothing found is 1: there are no actions, and what is sent is no more.
                    self.sh(plain, codes=(0, 1) if name in ("tree", "rotate") else (0,))
        every = re.findall(r"(?m)^  ([a-z]+) ", self.sh("logctl --help").split("SUBCOMMANDS:")[1])
        self.assertEqual(sorted(names), sorted(set(every) - {"help"}))

    def test_a_mistake_is_named_with_the_nearest_key(self):
        command = block("", "$ logd --check-config").removeprefix("$ ")
        run = subprocess.run(["bash", "-c", command], env=self.environment, capture_output=True, text=True)
        self.assertEqual(run.returncode, 78)
        self.assertIn("order.window", run.stderr)
        self.assertIn("[order]", self.sh("logd --print-config"))


if __name__ == "__main__":
    unittest.main()
