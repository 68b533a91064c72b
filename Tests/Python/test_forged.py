"""Who a record is from: what the kernel says of its sender, whatever the sender says."""

import json
import os
import socket
import struct
import subprocess
import sys
import unittest

import support
from support import LogdTest

NOBODY = 65534
IDENTITY = '{"pid":1,"uid":0,"gid":0,"level":"info","msg":"%s","ident":"forger"}'

# Says pid, then tries to send what is on the command line as somebody else: exit code 3 when the
# kernel does not let it.
SENDER = """
import os, socket, struct, sys
path, kind, uid, text, *claim = sys.argv[1:]
if int(uid): os.setgroups([]); os.setgid(int(uid)); os.setuid(int(uid))
client = socket.socket(socket.AF_UNIX, getattr(socket, kind))
client.connect(path)
control = []
if claim:
    control = [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack("3i", *map(int, claim)))]
try:
    client.sendmsg([text.encode()], control)
except PermissionError:
    sys.exit(3)
client.shutdown(socket.SHUT_WR)
print(os.getpid())
"""


class ForgedTest(LogdTest):
    def send(self, door, kind, text, *claim, uid=0, code=0):
        """Sends from a process of its own, and answers its pid."""
        path = os.path.join(self.runtime_dir, door)
        run = self.run_python(
            SENDER, path, kind, str(uid), text, *map(str, claim), code=code)
        return int(run.stdout or 0)

    def start(self):
        self.start_daemon()
        os.chmod(self.place, 0o755)  # for those who are not root

    def of(self, text):
        """The one record with that message, once it is there."""
        found = []

        def there():
            with open(self.log_file, encoding="utf-8") as lines:
                found[:] = [r for r in map(json.loads, lines) if text in r["msg"]]
            return found
        self.wait(there, "write " + text)
        self.assertEqual(len(found), 1)
        return found[0]

    def test_members_of_a_line_that_claim_an_identity_are_fields(self):
        self.start()
        for door, kind in [("lines.sock", "SOCK_STREAM"), ("syslog.sock", "SOCK_DGRAM")]:
            pid = self.send(door, kind, IDENTITY % door)
            record = self.of(door)
            self.assertEqual((record["pid"], record["uid"]), (pid, os.getuid()))
            self.assertEqual(record["field.pid"], 1)
            self.assertEqual(record["field.uid"], 0)

    def test_fields_of_a_native_record_that_claim_an_identity_are_fields(self):
        self.start()
        import logging
        self.handler()
        logging.info("native", extra={"pid": 1, "uid": 4711, "gid": 0, "ident": "logd"})
        logging.getLogger().handlers[-1].flush()
        record = self.of("native")
        self.assertEqual((record["pid"], record["uid"]), (os.getpid(), os.getuid()))
        self.assertEqual(record["ident"], "py")
        self.assertEqual(
            (record["field.pid"], record["field.uid"], record["field.ident"]), (1, 4711, "logd"))

    @unittest.skipIf(os.getuid(), "only root becomes another user")
    def test_a_user_cannot_send_credentials_of_another_process_or_user(self):
        self.start()
        for door, kind in [
            ("lines.sock", "SOCK_STREAM"), ("syslog.sock", "SOCK_DGRAM"),
            ("native.sock", "SOCK_SEQPACKET"),
        ]:
            for claim in [(1, NOBODY, NOBODY), (os.getpid(), 0, 0)]:
                self.send(door, kind, "forged", *claim, uid=NOBODY, code=3)
        pid = self.send("syslog.sock", "SOCK_DGRAM", "<13>honest: honest", uid=NOBODY)
        record = self.of("honest")
        self.assertEqual((record["pid"], record["uid"]), (pid, NOBODY))

    @unittest.skipIf(os.getuid(), "only root may send the credentials of another")
    def test_root_can_forge_a_datagram_and_no_connection(self):
        """What the kernel lets root do, and Guarantees.md says."""
        self.start()
        other = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
        self.addCleanup(other.communicate)
        self.send("syslog.sock", "SOCK_DGRAM", "<13>app: datagram", other.pid, 4711, 4712)
        record = self.of("datagram")
        self.assertEqual((record["pid"], record["uid"]), (other.pid, 4711))
        pid = self.send("lines.sock", "SOCK_STREAM", "connection\n", other.pid, 4711, 4712)
        record = self.of("connection")
        self.assertEqual((record["pid"], record["uid"]), (pid, 0))

    @unittest.skipIf(os.getuid(), "only root may send the credentials of another")
    def test_a_ring_belongs_to_who_connected_whatever_its_hello_comes_with(self):
        self.start()
        hello = bytearray(49)
        struct.pack_into("<IHHQQQIIQ", hello, 0, 0x3144474C, 1, 1, 0, 0, 1, 0, 1, 0)
        hello[48] = ord("f")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(self.runtime_dir + "/native.sock")
            claim = (socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack("3i", 1, 4711, 4712))
            client.sendmsg([hello], [claim])
            self.assertTrue(client.recv(256))
            rows = subprocess.run(
                [support.BINARIES + "/logctl", "clients", "--json"], capture_output=True,
                check=True).stdout
            row = next(row for row in json.loads(rows)["clients"] if row["ident"] == "f")
            self.assertEqual((row["pid"], row["uid"], row["gid"]), (os.getpid(), 0, 0))
