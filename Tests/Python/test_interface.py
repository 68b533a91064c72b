"""The tables of Interface.md against what the programs have and say of themselves."""

import glob
import json
import os
import re
import socket
import subprocess
import tomllib
import unittest

import support
import logd_client
from support import LogdTest

PAGE = os.path.join(support.ROOT, "Sources/LogdServer/LogdServer.docc/Interface.md")
STANDARD = {"--version", "--help", "-h", "--runtime-dir"}


def section(title):
    with open(PAGE, encoding="utf-8") as file:
        return re.search(r"^## %s\n(.*?)(?=^## |\Z)" % re.escape(title), file.read(), re.S | re.M).group(1)


def rows(title):
    """The rows of all tables of a section, as lists of the names between backquotes in each cell."""
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[" ".join(re.findall("`([^`]+)`", cell)).split() for cell in line.split("|")[1:-1]] for line in lines]


def table(title):
    """The names in the second cell by those in the first."""
    return {" ".join(row[0]): set(row[1]) for row in rows(title) if row[0]}


class InterfaceTest(LogdTest):
    def said(self, program, *arguments, codes=(0,)):
        run = subprocess.run([support.BINARIES + "/" + program, *arguments], capture_output=True, text=True)
        self.assertIn(run.returncode, codes, run.stderr)
        return run.stdout

    def options(self, help_text):
        text = help_text.split("OPTIONS:")[1].split("SUBCOMMANDS:")[0]
        heads = re.findall(r"(?m)^  (-\S.*?)(?:  |$)", text)
        names = {name for head in heads for name in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", head)}
        if any("/--no-" in head for head in heads):
            names |= set(re.findall(r"/(--no-[a-z-]+)", text))
        return names

    def test_the_runtime_directory(self):
        self.start_daemon()
        self.assertEqual({row[0][0] for row in rows("Files and sockets") if row[0]}, set(os.listdir(self.runtime_dir)))

    def test_the_options_and_exit_codes_of_logd(self):
        text = self.said("logd", "--help")
        listed = {name for row in rows("logd") for name in row[0]}
        self.assertEqual(listed, self.options(text) - {"-h"})
        codes = re.findall(r"\b(\d\d)\b", re.sub(r"\s+", " ", text).split("Exit codes: ")[1].split(". ")[0])
        lines = [line.split("|") for line in section("Exit codes").splitlines() if re.match(r"\| \d", line)]
        self.assertEqual({cells[1].strip() for cells in lines if cells[2].strip()}, {"0", *codes})
        for program, column in (("logctl", 3),):
            text = re.sub(r"\s+", " ", self.said(program, "--help")).split("Exit codes: ")[1]
            codes = set(re.findall(r"(?:^|, )(\d+) ", text.split(". ")[0]))
            self.assertLessEqual(codes, {cells[1].strip() for cells in lines if cells[column].strip()})

    def test_run_ends_with_126_and_127(self):
        self.start_daemon()
        self.said("logctl", "run", "--", "/etc/passwd", codes=(126,))
        self.said("logctl", "run", "--", "/there/is/no/such", codes=(127,))

    def test_the_commands_and_options_of_logctl(self):
        listed = table("logctl")
        text = self.said("logctl", "--help").split("SUBCOMMANDS:")[1]
        self.assertEqual(set(listed), set(re.findall(r"(?m)^  ([a-z]+) ", text)))
        for command, options in listed.items():
            with self.subTest(command):
                self.assertEqual(options, self.options(self.said("logctl", command, "--help")) - STANDARD)
        text = self.said("logbench", "--help").split("SUBCOMMANDS:")[1]
        named = re.search(r"`logbench` measures.*", section("logctl"))[0]
        self.assertEqual(
            set(re.findall("`([a-z]+)`", named)) - {"logbench"}, set(re.findall(r"(?m)^  ([a-z]+) ", text)))

    def test_the_keys_of_the_configuration(self):
        configuration = tomllib.loads(self.said("logd", "--print-config"))
        listed = table("Configuration")
        for name, keys in listed.items():
            part = configuration
            for word in name.split("."):
                part = part.pop(word) if word not in ("listen",) else part[word]
            self.assertEqual({key for key, value in part.items() if not isinstance(value, dict)}, keys, name)
        self.assertEqual(set(configuration), {"listen"})
        self.assertEqual({key for key, value in configuration["listen"].items() if isinstance(value, dict)}, set())

    def test_the_environment(self):
        """Every name that the sources ask for, those of `make` and of test builds left out."""
        names = set()
        for path in glob.glob(support.ROOT + "/Sources/**/*", recursive=True):
            if not path.endswith((".swift", ".py", ".c")):
                continue
            with open(path, encoding="utf-8") as file:
                text = file.read()
            names |= set(re.findall(r"""(?:getenv\(|environ\.get\(|variables\[)"([A-Z_]+)"\s*[\])]""", text))
            if path.endswith("LogdPlatform/Environment.swift"):
                names |= set(re.findall(r'"([A-Z_]+)"', text))
        names -= {"LOGD_CRASH_AT"}
        listed = {name for row in rows("Environment") for name in row[0]}
        # Read by the C library, and by systemd's on behalf of logd.
        self.assertEqual(listed - names, {"TZ", "LISTEN_PID", "LISTEN_FDNAMES"} - names)
        self.assertEqual(names - listed, set())

    def test_the_methods_and_errors_of_control_sock(self):
        self.start_daemon()
        call = {"method": "org.varlink.service.GetInterfaceDescription", "parameters": {"interface": "io.logd"}}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.runtime_dir + "/control.sock")
            connection.sendall(json.dumps(call).encode() + b"\0")
            reply = b""
            while not reply.endswith(b"\0"):
                reply += connection.recv(65536)
        text = json.loads(reply[:-1])["parameters"]["description"]
        cells = re.findall(r"^\| (methods|errors) \| `(.*)` \|$", section("control.sock"), re.M)
        for kind, names in cells:
            self.assertEqual(set(names.split()), set(re.findall(r"^%s (\w+)" % kind[:-1], text, re.M)))
        self.assertEqual(len(cells), 2)

    def test_the_members_of_the_status(self):
        self.start_daemon()
        handler = logd_client.LogdHandler(ident="shop")
        self.addCleanup(handler.close)
        handler.flush()
        status = json.loads(self.said("logctl", "status", "--json"))
        lines = re.findall(r"^\| (itself|`\w+`) \| `(.*)` \|$", section("control.sock"), re.M)
        listed = {name.strip("`"): set(members.split()) for name, members in lines}
        self.assertEqual(set(listed), {"itself", "clients", "file", "rings", "journald"})
        self.assertEqual(listed.pop("itself"), set(status))
        self.assertEqual(listed.pop("clients"), set(status["clients"][0]))
        for name, members in listed.items():
            self.assertEqual(members, set(status[name]), name)


if __name__ == "__main__":
    unittest.main()
