"""What `logctl merge` shows of its progress: on a terminal, and nowhere else."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import tempfile
import termios
import unittest

import support

LINES = 200_000
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class MergeProgressTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="logd-py-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.inputs = []
        for worker in range(2):
            cls.inputs.append(os.path.join(cls.folder.name, "worker-%d.log" % worker))
            with open(cls.inputs[-1], "w") as file:
                for number in range(LINES):
                    file.write("2026-11-21T08:%02d:%02d.%06dZ info worker[%d]: record number=%d\n" % (
                        number // 60_000, number // 1000 % 60, number % 1000 * 1000 + worker, worker + 1, number))

    def merge(self, terminal=True, columns=80, **environment):
        """What it says on standard error, which is a terminal or a pipe; standard output is a pipe."""
        out = os.path.join(self.folder.name, self.id() + str(columns) + ".log")
        environment = {"TERM": "xterm", "LANG": "C.UTF-8", "PATH": os.environ["PATH"], **environment}
        ours, theirs = pty.openpty() if terminal else os.pipe()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0)) if terminal else None
        program = subprocess.Popen(
            [support.BINARIES + "/logctl", "merge", *self.inputs, "-o", out], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=theirs, env=environment)
        os.close(theirs)
        said = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # EIO: nobody has the terminal any more
                piece = b""
            if not piece:
                break
            said += piece
        os.close(ours)
        output, _ = program.communicate(timeout=60)
        self.assertEqual((program.returncode, output), (0, b""), said)
        with open(out) as file:
            self.assertEqual(sum(1 for _ in file), 2 * LINES)
        return said.decode()

    def test_a_terminal_shows_a_bar_that_is_gone_at_the_end(self):
        said = self.merge()
        self.assertRegex(said, r"merging  \[[#.]+\] \d+%  ")
        self.assertRegex(said, r"verifying  \[[#.]+\] \d+%  ")
        self.assertTrue(said.endswith("\r\x1b[K"), repr(said[-80:]))
        self.assertNotIn("\n", said)

    def test_it_fits_a_narrow_terminal(self):
        for columns in (5, 30):
            lines = re.split(r"\r\x1b\[K", self.merge(columns=columns))
            self.assertLess(max(map(len, lines)), columns)

    def test_a_pipe_gets_nothing_of_it(self):
        self.assertEqual(self.merge(terminal=False), "")

    def test_no_color_means_no_colour(self):
        said = self.merge(NO_COLOR="1")
        self.assertIn("merging", said)
        self.assertNotRegex(said, COLOUR)

    def test_a_dumb_terminal_gets_nothing_that_it_cannot_do(self):
        self.assertEqual(self.merge(TERM="dumb"), "")


if __name__ == "__main__":
    unittest.main()
