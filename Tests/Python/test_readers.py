"""The log as programs of others read it."""

import csv
import logging
import os
import shutil
import subprocess
import unittest

import logd_client
import support
from support import LogdTest


@unittest.skipIf(shutil.which("lnav") is None, "lnav is not installed: make test-packages")
class ReadersTest(LogdTest):
    def read(self, text_format, table):
        """What lnav sees of ten errors, with the format that `make install` installs."""
        self.start_daemon("--set", "file.format=" + text_format)
        handler = logd_client.LogdHandler(ident="shop")
        logger = logging.getLogger("readers")
        logger.propagate = False
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        for number in range(10):
            logger.error("record %d", number)
        handler.flush()
        formats = os.path.join(self.place, "lnav", "formats", "logd")
        os.makedirs(formats)
        shutil.copy(os.path.join(support.ROOT, "config", "lnav-format.json"), formats)
        environment = {"HOME": self.place, "PATH": os.environ["PATH"], "TERM": "xterm"}
        query = ";SELECT log_time, log_level, log_body, ident FROM %s WHERE ident = 'shop'" % table
        lnav = subprocess.run(
            ["lnav", "-I", os.path.join(self.place, "lnav"), "-n", "-c", query,
             "-c", ":write-csv-to -", self.log_file],
            env=environment, capture_output=True, text=True, timeout=60)
        rows = list(csv.DictReader(lnav.stdout.splitlines()))
        self.assertEqual([row["log_body"].split(" ")[1] for row in rows],
                         [str(number) for number in range(10)], lnav.stdout + lnav.stderr)
        self.assertEqual({row["log_level"] for row in rows}, {"error"})
        with open(self.log_file) as file:
            line = next(line for line in file if "record 0" in line)
        self.assertIn(rows[0]["log_time"].replace(" ", "T"), line)

    def test_lnav_reads_time_level_and_message_of_text(self):
        self.read("text", "logd_log")

    def test_lnav_reads_time_level_and_message_of_json(self):
        self.read("json", "logd_json")
