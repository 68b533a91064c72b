"""What becomes of a record for each way in which journald can refuse it, by a socket in its place."""

import errno
import json
import mmap
import os
import socket
import struct
import subprocess
import unittest

import support
from support import LogdTest

# A /run of its own, in which journald's directory is the one that is named.
BEFORE = ["unshare", "--mount", "sh", "-ec",
          'mount -t tmpfs tmpfs /run; mkdir /run/systemd; ln -s "$0" /run/systemd/journal; exec "$@"']

# The words of CFaults.h.
SEND_ERRNO, SEND_PLAIN, SENDS = 28, 32, 36


def fields(entry):
    """Of an entry in journald's own protocol, https://systemd.io/JOURNAL_NATIVE_PROTOCOL."""
    found = {}
    while entry:
        line, _, rest = entry.partition(b"\n")
        name, is_short, value = line.partition(b"=")
        if is_short:
            entry = rest
        else:
            (length,) = struct.unpack_from("<Q", rest)
            value, entry = rest[8:8 + length], rest[8 + length + 1:]
        found[name.decode()] = value.decode()
    return found


@unittest.skipIf(os.geteuid() != 0, "only root can mount")
class JournaldTest(LogdTest):
    def setUp(self):
        super().setUp()
        self.directory = os.path.join(self.place, "journal")
        os.mkdir(self.directory)
        faults = os.path.join(self.place, "faults")
        with open(faults, "wb+") as file:
            file.truncate(4096)
            self.faults = mmap.mmap(file.fileno(), 4096)
        self.addCleanup(self.faults.close)
        self.environment = {
            "LD_PRELOAD": os.path.join(support.BINARIES, "libFailDisk.so"), "LOGD_FAULTS": faults}
        self.journald = self.sender = None
        self.bind()

    # journald

    def bind(self):
        """A journald that has taken nothing yet."""
        path = os.path.join(self.directory, "socket")
        if os.path.exists(path):
            os.unlink(path)
        self.journald = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.journald.close)
        self.journald.settimeout(10)
        self.journald.bind(path)

    def receive(self):
        """The next entry, and whether it came in a file."""
        while True:
            entry, descriptors, _, _ = socket.recv_fds(self.journald, 1 << 20, 1)
            for descriptor in descriptors:
                with open(descriptor, "rb") as file:
                    file.seek(0)
                    entry = file.read()
            found = fields(entry)
            if found["SYSLOG_IDENTIFIER"] == "shop":
                return found["MESSAGE"], bool(descriptors)

    def expect(self, *numbers):
        """These are what it takes next, and no other."""
        self.assertEqual([self.receive()[0] for _ in numbers], [f"order {n}" for n in numbers])

    def fail_sends(self, code, plain=False):
        self.faults[SEND_PLAIN:SEND_PLAIN + 4] = struct.pack("<I", plain)
        self.faults[SEND_ERRNO:SEND_ERRNO + 4] = struct.pack("<I", code)

    @property
    def failed_sends(self):
        return struct.unpack_from("<I", self.faults, SENDS)[0]

    # logd

    def start(self, handoff="only"):
        self.start_daemon(f"--set=journald.handoff={handoff}", before=[*BEFORE, self.directory],
                          **self.environment)
        self.sender = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(self.sender.close)
        self.sender.connect(os.path.join(self.runtime_dir, "lines.sock"))

    def log(self, *numbers):
        lines = (json.dumps({"ident": "shop", "msg": f"order {n}"}) for n in numbers)
        self.sender.sendall("".join(line + "\n" for line in lines).encode())

    def status(self):
        run = subprocess.run([support.BINARIES + "/logctl", "status", "--json"], check=True, capture_output=True)
        return json.loads(run.stdout)

    def wait_for(self, reason):
        self.wait(lambda: reason in self.status().get("reason", ""), f"say {reason!r}")
        self.assertEqual(self.status()["state"], "degraded")

    def expect_sound(self, dropped=0):
        """It is well again, and every record is where the account says."""
        self.wait(lambda: self.status()["state"] == "running", "recover")
        status = self.status()
        self.assertEqual(status["records_dropped"], dropped)
        self.assertEqual(
            status["records_received"],
            status["records_written"] + status["records_handed_off"] + dropped + status["records_in_batch"])

    # Waiting: it says nothing of the record.

    def test_what_is_no_fault_of_the_record_is_tried_again(self):
        codes = [errno.EAGAIN, errno.ENOMEM, errno.EPERM, errno.EACCES, errno.ECONNREFUSED,
                 errno.ECONNRESET, errno.EIO, errno.EMFILE, errno.ENOBUFS]
        self.start()
        for number, code in enumerate(codes):
            with self.subTest(errno.errorcode[code]):
                before, dropped = self.failed_sends, self.status()["records_dropped"]
                self.fail_sends(code)
                self.log(2 * number, 2 * number + 1)
                self.wait_for(f"cannot hand over to journald at /run/systemd/journal/socket: {os.strerror(code)}")
                self.assertGreater(self.failed_sends, before + 3)
                self.fail_sends(0)
                self.expect(2 * number, 2 * number + 1)
                self.expect_sound(dropped)

    def test_a_journald_that_has_ended_is_waited_for(self):
        self.start()
        self.log(1)
        self.expect(1)
        self.journald.close()  # the socket stays behind, as after a kill
        self.log(2, 3)
        self.wait_for(os.strerror(errno.ECONNREFUSED))
        self.bind()
        self.expect(2, 3)
        self.expect_sound()

    def test_a_socket_that_is_not_there_is_waited_for(self):
        self.start()
        os.rename(os.path.join(self.directory, "socket"), os.path.join(self.directory, "away"))
        self.log(1, 2)
        self.wait_for(os.strerror(errno.ENOENT))
        os.rename(os.path.join(self.directory, "away"), os.path.join(self.directory, "socket"))
        self.expect(1, 2)
        self.expect_sound()

    def test_a_journald_that_does_not_read_is_waited_for(self):
        with open("/proc/sys/net/unix/max_dgram_qlen", encoding="ascii") as file:
            count = 2 * int(file.read()) + 10  # more than the queue of its socket holds
        self.start()
        self.log(*range(count))
        self.wait_for("journald does not answer")
        self.assertLess(self.status()["records_handed_off"], count)
        self.expect(*range(count))
        self.expect_sound()

    # Another way: in a file instead of a datagram.

    def test_what_a_datagram_does_not_hold_comes_in_a_file(self):
        self.start()
        for number, code in enumerate([errno.EMSGSIZE, errno.ENOBUFS]):
            with self.subTest(errno.errorcode[code]):
                before = self.failed_sends
                self.fail_sends(code, plain=True)
                self.log(number)
                self.assertEqual(self.receive(), (f"order {number}", True))
                self.fail_sends(0)
                self.assertGreater(self.failed_sends, before)
        self.log(9)
        self.assertEqual(self.receive(), ("order 9", False))
        self.expect_sound()

    # Dropped: the same record would be refused again.

    def test_a_record_that_is_refused_for_what_it_is_is_dropped_and_counted(self):
        codes = [errno.EINVAL, errno.E2BIG, errno.EMSGSIZE, errno.EBADMSG]
        self.start()
        for number, code in enumerate(codes):
            with self.subTest(errno.errorcode[code]):
                dropped = self.status()["records_dropped"] + 1
                self.fail_sends(code)
                self.log(number)
                self.wait(lambda: self.status()["records_dropped"] == dropped, "drop it", seconds=10)
                self.fail_sends(0)
                self.log(100 + number)
                self.expect(100 + number)
                self.expect_sound(dropped)

    # A copy is never waited for.

    def test_a_copy_that_is_refused_is_counted_and_in_the_file(self):
        self.start("copy")
        self.log(1)
        self.expect(1)
        for code in [errno.ECONNREFUSED, errno.EINVAL]:
            before = self.status()["journald"]["dropped"]
            self.fail_sends(code)
            self.log(2, 3)
            self.wait(lambda: self.status()["journald"]["dropped"] == before + 2, "drop the copies")
            self.fail_sends(0)
        self.log(4)
        self.expect(4)
        self.assertEqual(self.status()["records_dropped"], 0)
        self.assertEqual([record["msg"] for record in self.records("shop")],
                         [f"order {n}" for n in [1, 2, 3, 2, 3, 4]])


if __name__ == "__main__":
    unittest.main()
