"""`logctl status --watch` on a real pseudo-terminal."""

import fcntl
import json
import logging
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import logd_client
import support
from support import LogdTest

FRAME = "\x1b[H"
CLEAR = "\x1b[2J"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class WatchTest(LogdTest):
    def watch(self, rows, columns, **environment):
        self.terminal, end = pty.openpty()
        self.addCleanup(os.close, self.terminal)
        self.resize(rows, columns)
        environment = {"TERM": "xterm", "LANG": "C.UTF-8", "LOGD_RUNTIME_DIR": self.runtime_dir, **environment}
        self.program = subprocess.Popen(
            [support.BINARIES + "/logctl", "status", "--watch"], stdin=end, stdout=end, stderr=end,
            env={k: v for k, v in environment.items() if v is not None})
        os.close(end)
        self.addCleanup(self.program.wait)
        self.addCleanup(self.program.kill)
        self.text = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def frames(self, condition, what):
        """The frames from now on until one satisfies the condition: that one, raw."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.text += os.read(self.terminal, 65536).decode()
            *whole, _ = self.text.split("\x1b[J")
            for frame in whole:
                if condition(frame):
                    return frame
        self.fail("no frame that %s: %r" % (what, self.text[-2000:]))

    def lines(self, frame):
        return CONTROL.sub("", frame).replace("\r", "").split("\n")

    def test_the_state_comes_first_then_rates_a_trend_and_the_clients(self):
        self.start_daemon()
        handler = logd_client.LogdHandler(ident="shop")
        self.addCleanup(handler.close)
        self.watch(30, 120)
        frame = self.frames(lambda frame: "shop" in frame, "names the client")
        lines = self.lines(frame)
        self.assertRegex(lines[0], "^state +running")
        self.assertTrue(any(line.startswith("rate") for line in lines))
        self.assertRegex(frame, COLOUR)
        self.assertIn(CLEAR, self.text)
        # The trend appears with the first records that it sees.
        end = time.monotonic() + 30
        while "trend" not in self.text and time.monotonic() < end:
            handler.handle(logging.makeLogRecord({"msg": "x", "levelno": 20, "levelname": "INFO"}))
            handler.flush()
            if select.select([self.terminal], [], [], 0.05)[0]:
                self.text += os.read(self.terminal, 65536).decode()
        self.assertRegex(self.text[-5000:], "trend +.*\u2588.*peak")
        # What that frame says happened in its second did happen.
        frame = next(frame for frame in self.text.split("\x1b[J") if "trend" in frame)
        said = {line.split()[0]: line for line in self.lines(frame) if line.strip()}
        self.assertGreater(int(said["rate"].split()[1].replace(",", "")), 0)
        written = int(said["records"].split()[1].replace(",", ""))
        self.assertGreater(written, 1)
        handler.flush()
        status = json.loads(subprocess.run(
            [support.BINARIES + "/logctl", "status", "--json"], capture_output=True, check=True).stdout)
        self.assertLessEqual(written, status["records_written"])

    def test_a_frame_fits_the_terminal_also_a_small_one_and_one_that_changes(self):
        self.start_daemon()
        clients = [logd_client.LogdHandler(ident="client-%d" % number) for number in range(12)]
        for client in clients:
            self.addCleanup(client.close)
        self.watch(12, 40)
        frame = self.frames(lambda frame: "more clients" in frame, "has no room for all clients")
        self.check(frame, 12, 40)
        for rows, columns in [(40, 200), (5, 20), (1, 1), (24, 80)]:
            self.text = ""
            self.resize(rows, columns)
            frame = self.frames(lambda frame: CLEAR in frame, "is drawn anew")
            self.check(frame, rows, columns)
        self.assertIn("RING", frame)
        self.assertNotIn("UNIT", frame)

    def check(self, frame, rows, columns):
        lines = self.lines(frame)
        self.assertLessEqual(len(lines), max(rows, 2))
        self.assertLessEqual(max(map(len, lines)), columns)

    def test_no_color_means_no_colour(self):
        self.start_daemon()
        self.watch(24, 80, NO_COLOR="1")
        self.frames(lambda frame: "state" in frame, "shows the state")
        self.assertNotRegex(self.text, COLOUR)

    def test_without_utf8_the_trend_is_ascii_and_on_a_dumb_terminal_nothing_is_drawn_over(self):
        self.start_daemon()
        self.watch(24, 80, TERM="dumb", LANG="C", NO_COLOR="1")
        end = time.monotonic() + 30
        while self.text.count("state ") < 2 and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.text += os.read(self.terminal, 65536).decode()
        self.assertEqual(self.text.count("state ") >= 2, True)
        self.assertNotIn("\x1b", self.text)
        self.assertTrue(self.text.isascii())

    def test_it_stays_while_the_daemon_is_away_and_shows_what_was_known(self):
        self.start_daemon()
        self.watch(24, 80)
        self.frames(lambda frame: "running" in frame, "shows the state")
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()
        self.text = ""
        frame = self.frames(lambda frame: "no daemon" in frame, "says that there is none")
        self.assertRegex(self.lines(frame)[0], "no daemon at ")
        self.assertIn("what was known last", frame)
        self.text = ""
        self.start_daemon()
        frame = self.frames(lambda frame: "no daemon" not in frame, "shows the new daemon")
        self.assertRegex(self.lines(frame)[0], "^state +running")
