"""What the daemon holds of files that it has left."""

import os
import subprocess
import unittest

import support
from support import LogdTest


class RotationTest(LogdTest):
    def logctl(self, *arguments):
        subprocess.run([support.BINARIES + "/logctl", *arguments], check=True, capture_output=True, timeout=60)

    def held(self):
        """The archives that the daemon has open."""
        folder = "/proc/%d/fd" % self.daemon.pid
        found = []
        for name in os.listdir(folder):
            try:
                target = os.readlink(os.path.join(folder, name))
            except FileNotFoundError:  # closed meanwhile
                continue
            if target.startswith(self.place) and "-2" in os.path.basename(target):
                found.append(target)
        return found

    def test_archives_are_let_go_of_also_where_nobody_asks_for_a_sync(self):
        self.start_daemon("--set", "file.sync=never")
        for number in range(20):
            self.logctl("send", "record %d" % number)
            self.logctl("rotate")
        self.wait(lambda: not self.held(), "close its archives", seconds=10)


if __name__ == "__main__":
    unittest.main()
