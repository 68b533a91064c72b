"""Follow on control.sock: every line as it is written, and a count of those that were missed."""

import json
import re
import socket
import subprocess
import threading

import support
from support import LogdTest


MISSED = re.compile(rb'"missed":([1-9][0-9]*)')


class Follower:
    """Reads on a thread of its own what comes. With `gate` it reads nothing before that is set, and
    only counts."""

    def __init__(self, runtime_dir, gate=None):
        self.lines, self.keeps = [], gate is None
        self.count, self.missed, self.last, self.failure = 0, 0, b"", None
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(runtime_dir + "/control.sock")
        self.socket.sendall(b'{"method":"io.logd.Follow","more":true}\0')
        self.thread = threading.Thread(target=self.read, args=(gate,), daemon=True)
        self.thread.start()

    def read(self, gate):
        if gate is not None:
            gate.wait(30)
        rest = b""
        try:
            while piece := self.socket.recv(1 << 20):
                whole, end, rest = (rest + piece).rpartition(b"\0")
                self.count += (whole + end).count(b"\0")
                self.missed += sum(map(int, MISSED.findall(whole)))
                self.last = whole[-300:]
                if self.keeps and whole:
                    self.lines += [
                        json.loads(reply)["parameters"]["line"] for reply in whole.split(b"\0")]
        except Exception as failure:  # shown by the test
            self.failure = failure

    def end(self):
        """To be called when the daemon has ended, which ends the connection."""
        self.thread.join(60)
        self.socket.close()


class FollowTest(LogdTest):
    def file_lines(self):
        with open(self.log_file, encoding="utf-8") as lines:
            return lines.read().splitlines()

    def end(self, followers):
        self.daemon.terminate()
        self.assertEqual(self.daemon.wait(60), 0)
        for follower in followers:
            follower.end()
            self.assertIsNone(follower.failure)

    def attached(self, follower, log):
        """Whoever has got a line follows; the first few lines may go by before that."""
        def has_one():
            log.info("are you there?")
            return follower.lines
        self.wait(has_one, "get a line")

    def test_every_line_arrives_once_and_in_order(self):
        self.start_daemon()
        handler = self.handler()
        log = support.logging.getLogger()
        follower = Follower(self.runtime_dir)
        self.attached(follower, log)
        for number in range(20_000):
            log.info("record %d é\n", number)
            if number % 100 == 0:
                handler.flush()
        handler.flush()
        last = self.file_lines()[-1]
        self.wait(lambda: last in follower.lines[-10:], "arrive")
        lines = self.file_lines()
        self.assertEqual(follower.missed, 0)
        first = lines.index(follower.lines[0])
        self.assertEqual(follower.lines, lines[first:first + len(follower.lines)])
        self.end([follower])

    def test_a_hundred_followers_slow_ones_too_cost_no_record(self):
        self.start_daemon("--set", "file.format=text")
        log_handler = self.handler()
        log = support.logging.getLogger()
        gate = threading.Event()
        followers = [Follower(self.runtime_dir, gate) for _ in range(98)]
        quick = Follower(self.runtime_dir)
        self.attached(quick, log)
        log_handler.flush()
        load = subprocess.run(
            [support.BINARIES + "/logbench", "load", "--runtime-dir", self.runtime_dir,
             "--log-file", self.log_file, "--records", "300000", "--json"],
            capture_output=True, timeout=120)
        self.assertEqual(load.returncode, 0, load.stderr)
        written = len(self.file_lines())
        gate.set()
        log.info("the last one")
        log_handler.flush()
        self.wait(lambda: all(b"the last one" in f.last for f in followers), "get to the end", 60)
        for follower in followers:
            self.assertGreater(follower.missed, 0)
            self.assertLessEqual(follower.count + follower.missed, written + 1)
            self.assertGreater(follower.count + follower.missed, 1_200_000)
        self.end(followers + [quick])

    def test_without_more_there_is_nothing_to_follow(self):
        self.start_daemon()
        reply = self.call(b'{"method":"io.logd.Follow"}\0')
        self.assertEqual(reply["error"], "org.varlink.service.ExpectedMore")

    def call(self, message):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.runtime_dir + "/control.sock")
            control.sendall(message)
            answer = b""
            while not answer.endswith(b"\0"):
                answer += control.recv(65536)
            return json.loads(answer[:-1])
