"""A real daemon for each test, and what it has written."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PACKAGE = os.path.join(ROOT, "Sources", "Python")
BINARIES = os.environ.get("LOGD_BIN_DIR", os.path.join(ROOT, ".build", "release"))
# Where `make` installs what the tests need from PyPI.
ELIOT_TREE = os.path.join(ROOT, ".build", "python", "bin", "eliot-tree")

# For this process and, by the environment, for those that it starts.
os.environ["LOGD_CLIENT_LIBRARY"] = os.path.join(BINARIES, "liblogdclient.so.0")
os.environ["PYTHONPATH"] = os.pathsep.join([PACKAGE, HERE])
sys.path[:0] = [PACKAGE, HERE]


class LogdTest(unittest.TestCase):
    """Has a place of its own; `start_daemon` starts logd there, whose file is JSON."""

    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="logd-py-")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.runtime_dir = os.path.join(self.place, "run")
        self.log_file = os.path.join(self.place, "logd.log")
        os.environ["LOGD_RUNTIME_DIR"] = self.runtime_dir
        self.daemon = None
        root = logging.getLogger()
        level, handlers = root.level, root.handlers[:]
        self.addCleanup(lambda: (setattr(root, "handlers", handlers), root.setLevel(level)))

    def start_daemon(self, *options, before=(), **environment):
        """`before`: the command that starts it; it ends by starting what follows."""
        self.daemon = subprocess.Popen(
            [*before, BINARIES + "/logd", "--no-supervise", "--runtime-dir", self.runtime_dir,
             "--log-file", self.log_file, "--set", "file.format=json", *options],
            stderr=subprocess.DEVNULL, env={**os.environ, **environment})
        self.addCleanup(self.kill_daemon)
        status = [BINARIES + "/logctl", "--runtime-dir", self.runtime_dir, "status"]
        self.wait(lambda: self.daemon.poll() is not None
                  or subprocess.run(status, capture_output=True).returncode == 0, "serve")
        self.assertIsNone(self.daemon.poll(), "logd has ended")

    def kill_daemon(self):
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGCONT)
            self.daemon.kill()
            self.daemon.wait()

    def wait(self, condition, what, seconds=30):
        """Until it is so. Looks again and again: most of what is waited for is the answer of another
        program, or lines of a file, and what looks for it takes longer than the pause."""
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "does not " + what)
            time.sleep(0.01)

    def handler(self, ident="py", **options):
        """A handler at the root logger, at level DEBUG, closed at the end of the test."""
        import logd_client

        handler = logd_client.LogdHandler(ident, **options)
        self.addCleanup(handler.close)
        logd_client.install(handler, logging.DEBUG)
        return handler

    def records(self, ident="py"):
        """What is in the file once the daemon has written everything and ended."""
        self.daemon.terminate()
        self.assertEqual(self.daemon.wait(30), 0)
        with open(self.log_file, encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        return [record for record in records if record["ident"] == ident]

    def run_python(self, script, *arguments, code=0, **environment):
        """Runs a script in a process of its own to its end."""
        run = subprocess.run(
            [sys.executable, "-c", script, *arguments], env={**os.environ, **environment},
            capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, code, run.stderr)
        return run


def fields(record):
    """The fields of a record without its head and the logger's name."""
    head = ("ts", "level", "ident", "pid", "uid", "msg", "logger")
    return {key: value for key, value in record.items() if key not in head}
