"""`logctl metrics` as the OpenMetrics parser of prometheus_client reads it."""

import glob
import logging
import os
import subprocess
import sys
import unittest

import logd_client
import support
from support import LogdTest

# `make test` installs it there.
sys.path += glob.glob(os.path.join(support.ROOT, ".build/python/lib/python*/site-packages"))
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
except ImportError:
    parse = None


@unittest.skipIf(parse is None, "prometheus_client of PyPI is not installed: make test-packages")
class MetricsTest(LogdTest):
    def metrics(self, *options):
        command = [support.BINARIES + "/logctl", "metrics", *options]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {family.name: family for family in parse(text)}

    def value(self, families, name, **labels):
        samples = [s for f in families.values() for s in f.samples if s.name == name]
        matching = [s.value for s in samples if all(s.labels[k] == v for k, v in labels.items())]
        self.assertEqual(len(matching), 1, name)
        return matching[0]

    def test_an_openmetrics_parser_takes_everything_and_counts_what_was_logged(self):
        self.start_daemon()
        handler = logd_client.LogdHandler(ident="shop")
        logger = logging.getLogger("metrics")
        logger.propagate = False
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        for number in range(100):
            logger.warning("record %d", number)
        handler.flush()
        families = self.metrics("--clients")
        self.assertEqual(self.value(families, "logd_state", logd_state="running"), 1)
        self.assertEqual(self.value(families, "logd_state", logd_state="degraded"), 0)
        # The daemon's own records are beside them.
        self.assertGreaterEqual(self.value(families, "logd_records_written_total"), 101)
        self.assertEqual(self.value(families, "logd_clients"), 1)
        self.assertEqual(self.value(families, "logd_client_records_total", ident="shop"), 100)
        self.assertEqual(families["logd_memory_bytes"].unit, "bytes")
        self.assertEqual(families["logd_records_written"].type, "counter")
        self.assertNotIn("logd_client_records", self.metrics())
