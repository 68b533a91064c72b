"""control.sock as PyPI's Varlink library sees it, and who may change something there."""

import contextlib
import glob
import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
import unittest

import support
from support import LogdTest

# `make test` installs it there.
sys.path += glob.glob(os.path.join(support.ROOT, ".build/python/lib/python*/site-packages"))
try:
    import varlink
except ImportError:
    varlink = None

NOBODY = 65534
# A group that nobody is in.
GROUP = 4711


@unittest.skipIf(varlink is None, "varlink of PyPI is not installed: make test-packages")
class ControlTest(LogdTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.place, 0o755)

    @contextlib.contextmanager
    def interface(self, name="io.logd"):
        client = varlink.Client("unix:%s/control.sock" % self.runtime_dir)
        with client.open(name) as interface:
            yield interface

    def as_user(self, groups, change):
        """What `change` answers, or the name of its Varlink error, as another user."""
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()

        def work():
            os.setgroups(groups)
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            with self.interface() as interface:
                try:
                    theirs.send(change(interface))
                except varlink.VarlinkError as error:
                    theirs.send(error.error())

        process = context.Process(target=work)
        process.start()
        theirs.close()
        self.addCleanup(process.kill)
        self.assertTrue(ours.poll(20), "no answer")
        answer = ours.recv()
        process.join(20)
        return answer

    CHANGES = {
        "SetSeverity": lambda io: io.SetSeverity(severity="info"),
        "Reload": lambda io: io.Reload(),
        "Rotate": lambda io: {} if io.Rotate() else None,
        "Sync": lambda io: io.Sync(),
    }

    def test_the_varlink_client_of_PyPI_calls_every_method(self):
        self.start_daemon()
        with self.interface("org.varlink.service") as service:
            info = service.GetInfo()
            self.assertEqual(info["interfaces"], ["org.varlink.service", "io.logd"])
            text = service.GetInterfaceDescription("io.logd")["description"]
            methods = re.findall("^ *method ([A-Za-z]+)", text, re.MULTILINE)
            called = ["GetStatus", "ListClients", "Flush", "Follow", *self.CHANGES]
            self.assertEqual(sorted(methods), sorted(called), "which this test calls")
        with self.interface() as io:
            self.assertEqual(io.GetStatus()["status"]["state"], "running")
            self.assertEqual(io.ListClients(), {"clients": []})
            self.assertEqual(io.Flush(durable=True), {})
            for change in self.CHANGES.values():
                change(io)
            self.assertEqual(io.GetStatus()["status"]["severity"], "debug", "after the reload")
            stream = io.GetStatus(interval_ms=100, _more=True)
            self.assertEqual([next(stream)["status"]["pid"] for _ in range(3)], [self.daemon.pid] * 3)
        with self.interface() as io, self.interface() as other:
            lines = []
            thread = threading.Thread(target=lambda: lines.append(next(io.Follow(_more=True))))
            thread.start()
            self.wait(lambda: other.SetSeverity(severity="info") == {} and lines, "follow")
            thread.join()
            self.assertIn("the least severity was set", lines[0]["line"])

    def test_a_wrong_severity_is_an_invalid_parameter(self):
        self.start_daemon()
        with self.interface() as io, self.assertRaises(varlink.VarlinkError) as raised:
            io.SetSeverity(severity="loud")
        self.assertEqual(raised.exception.error(), "org.varlink.service.InvalidParameter")

    def test_who_is_not_permitted_is_told_so(self):
        self.need_root()
        self.start_daemon()
        for name, change in self.CHANGES.items():
            self.assertEqual(self.as_user([], change), "io.logd.PermissionDenied", name)
            # The group of the daemon is not named in the configuration.
            self.assertEqual(self.as_user([0], change), "io.logd.PermissionDenied", name)
        follow = lambda io: next(io.Follow(_more=True))
        self.assertEqual(self.as_user([], follow), "io.logd.PermissionDenied")
        self.assertEqual(self.as_user([], lambda io: io.GetStatus()["status"]["severity"]), "debug")
        self.assertEqual(self.as_user([], lambda io: io.Flush()), {})

    def test_members_of_the_configured_group_are_permitted(self):
        self.need_root()
        self.start_daemon("--set", "listen.control.group=%d" % GROUP)
        for name, change in self.CHANGES.items():
            # More than 64: the answer does not fit what is usual.
            self.assertEqual(self.as_user([*range(5000, 5200), GROUP], change), {}, name)
            self.assertEqual(self.as_user([GROUP + 1], change), "io.logd.PermissionDenied", name)

    def test_producers_send_nothing_below_the_severity_that_was_set(self):
        self.start_daemon()
        handler = self.handler()
        root = logging.getLogger()
        root.debug("before")
        handler.flush()
        with self.interface() as io:
            io.SetSeverity(severity="warning")
            before = io.GetStatus()["status"]
            for number in range(1000):
                root.info("number %d", number)
            root.warning("in between")
            handler.flush()
            after = io.GetStatus()["status"]
            # It is not the daemon that drops them: they do not come.
            self.assertEqual(after["records_dropped"], before["records_dropped"])
            io.SetSeverity(severity="debug")
        root.debug("after")
        handler.flush()
        texts = [record["msg"] for record in self.records()]
        self.assertEqual(texts, ["before", "in between", "after"])

    def test_a_reload_puts_the_severity_of_the_configuration_in_force(self):
        self.start_daemon("--set", "filter.severity=notice")
        with self.interface() as io:
            self.assertEqual(io.GetStatus()["status"]["severity"], "notice")
            io.SetSeverity(severity="err")
            self.assertEqual(io.GetStatus()["status"]["severity"], "err")
            self.daemon.send_signal(signal.SIGHUP)
            self.wait(lambda: io.GetStatus()["status"]["severity"] == "notice", "reload")

    def need_root(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
