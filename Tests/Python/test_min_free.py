"""A disk that is full for real, and archives that may go."""

import json
import os
import subprocess
import unittest

import support
from support import LogdTest

MEBIBYTE = 1 << 20
LINE = "x" * 900 + "\n"


@unittest.skipIf(os.geteuid() != 0, "only root can mount")
class MinFreeTest(LogdTest):
    def setUp(self):
        super().setUp()
        self.disk = os.path.join(self.place, "disk")
        os.mkdir(self.disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", self.disk])
        if mounted.returncode != 0:
            self.skipTest("tmpfs cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk])
        self.log_file = os.path.join(self.disk, "logd.log")

    def free(self):
        status = os.statvfs(self.disk)
        return status.f_bavail * status.f_frsize

    def archives(self):
        return sorted(name for name in os.listdir(self.disk) if name.startswith("logd-2") and name.endswith(".log"))

    def write(self, mebibytes):
        subprocess.run([support.BINARIES + "/logctl", "send"], input=LINE * (mebibytes * 1100), text=True,
                       check=True, capture_output=True, timeout=60)
        subprocess.run([support.BINARIES + "/logctl", "flush"], check=True, capture_output=True, timeout=60)

    def status(self):
        run = subprocess.run([support.BINARIES + "/logctl", "status", "--json"], check=True, capture_output=True)
        return json.loads(run.stdout)

    def test_min_free_makes_room_on_a_full_disk_of_own_archives_alone(self):
        foreign = ["logd-20200101T000000Z.log.bak", "other-20200101T000000Z.log"]
        for name in foreign:
            with open(os.path.join(self.disk, name), "w") as file:
                file.write("foreign\n")
        self.start_daemon("--set", "file.max_size=512KiB", "--set", "file.min_free=2MiB", "--set", "file.sync=never")
        self.write(24)  # three times what the disk holds
        # It is looked after when a file is closed; what the next one has by now comes on top.
        self.wait(lambda: self.free() + os.path.getsize(self.log_file) >= 2 * MEBIBYTE, "keep 2 MiB free")
        before = self.archives()
        self.assertGreater(len(before), 0)
        with open(os.path.join(self.disk, "filler"), "w") as file:
            os.posix_fallocate(file.fileno(), 0, self.free())
        self.write(8)  # more than there is, so that what the archives take has to do
        self.wait(lambda: self.status()["state"] == "running", "go on")
        self.assertNotIn(before[0], self.archives())
        for name in foreign + ["filler", "logd.log"]:
            self.assertIn(name, os.listdir(self.disk))
        status = self.status()
        self.assertEqual(status["records_dropped"] + status["producer_dropped"], 0)


if __name__ == "__main__":
    unittest.main()
