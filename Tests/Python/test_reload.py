"""Which keys of the configuration a running daemon takes, and what it says of the others."""

import os
import subprocess
import unittest

import support
from support import LogdTest

WAITS = "some changes of the configuration wait for the next start of logd"
TAKEN = "reloaded the configuration"

AT_ONCE = [
    'order.window = "3ms"', 'filter.severity = "info"', 'file.sync = "never"', 'file.sync_interval = "7s"',
    'file.sync_severity = "crit"', 'file.max_size = "9MiB"', 'file.rotate_every = "day"', 'file.keep_files = 3',
    'file.keep_bytes = "1GiB"', 'file.keep_age = "9d"', 'file.compress = "gzip"', 'file.min_free = "1KiB"',
    'journald.handoff = "copy"', 'journald.severity = "err"',
]
NEXT_START = [
    'file.path = "/tmp/elsewhere.log"', 'file.mode = "0600"', 'file.format = "json"', 'ring.size = "2MiB"',
    'ring.intake_size = "16MiB"', 'limits.record_max = "32KiB"', 'limits.rate_burst = 10', 'listen.max_clients = 7',
    'listen.lines.enabled = false',
]


class ReloadTest(LogdTest):
    def setUp(self):
        super().setUp()
        self.config = os.path.join(self.place, "logd.toml")
        self.write("")

    def write(self, text):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def reload(self, text):
        """What the log says of it."""
        self.write(text)
        before = os.path.getsize(self.log_file)
        for command in ["reload", "flush"]:
            subprocess.run([support.BINARIES + "/logctl", command], check=True, capture_output=True)
        with open(self.log_file, encoding="utf-8") as file:
            file.seek(before)
            said = file.read()
        return TAKEN in said, WAITS in said

    def start(self):
        self.daemon = subprocess.Popen(
            [support.BINARIES + "/logd", "--no-supervise", "--config", self.config, "--runtime-dir",
             self.runtime_dir, "--log-file", self.log_file], stderr=subprocess.DEVNULL)
        self.addCleanup(self.kill_daemon)
        self.wait(lambda: os.path.exists(os.path.join(self.runtime_dir, "control.sock")), "serve")
        subprocess.run([support.BINARIES + "/logctl", "flush"], check=True, capture_output=True)

    def test_a_reload_takes_what_it_can_and_says_that_the_rest_waits(self):
        self.start()
        for line in AT_ONCE:
            with self.subTest(line):
                self.assertEqual(self.reload(line), (True, False))
                self.assertEqual(self.reload(""), (True, False))
        for line in NEXT_START:
            with self.subTest(line):
                self.assertEqual(self.reload(line), (True, True))
                self.assertEqual(self.reload(""), (False, False))
                self.assertFalse(os.path.exists("/tmp/elsewhere.log"))
        self.assertEqual(self.reload(""), (False, False))


if __name__ == "__main__":
    unittest.main()
