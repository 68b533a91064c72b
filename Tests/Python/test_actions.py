"""Actions: their records form the trees that eliot-tree shows."""

import asyncio
import logging
import multiprocessing
import os
import re
import subprocess
import threading
import unittest

from support import ELIOT_TREE, LogdTest

import logd_client
import workers


class ActionsTest(LogdTest):
    def setUp(self):
        super().setUp()
        self.start_daemon()
        self.log = self.handler(timeout=None)
        logging.getLogger("asyncio").setLevel(logging.WARNING)

    def levels(self, records=None):
        """`level type status` of each record, in the order of the tree; they must be one task."""
        records = self.records() if records is None else records
        self.assertEqual(len({record["task_uuid"] for record in records}), 1)
        records.sort(key=lambda record: record["task_level"])
        return [
            "".join("/%d" % number for number in r["task_level"])
            + " %s %s" % (r.get("action_type", r["msg"]), r.get("action_status", "message"))
            for r in records
        ]

    def test_actions_nest_and_messages_are_their_children(self):
        logging.info("before")
        with logd_client.action("outer", path="/x", name="n") as outer:
            logging.info("inside", extra={"logd_fields": {"args": 1}})
            with self.assertRaises(KeyError):
                with logd_client.action("fails"):
                    raise KeyError("missing")
            outer.add_success_fields(bytes=7)
        self.assertIsNone(logd_client.current_action())
        before, *records = self.records()
        self.assertNotIn("task_uuid", before)
        self.assertEqual(self.levels(records), [
            "/1 outer started", "/2 inside message", "/3/1 fails started", "/3/2 fails failed",
            "/4 outer succeeded",
        ])
        start, inside, _, failed, end = records
        self.assertEqual((start["path"], start["name"], start["level"]), ("/x", "n", "info"))
        self.assertEqual(start["msg"], "outer started")
        self.assertEqual(inside["args"], 1)
        self.assertEqual((failed["exception"], failed["reason"]), ("builtins.KeyError", "'missing'"))
        self.assertEqual(failed["level"], "err")
        self.assertEqual(end["bytes"], 7)
        self.assertGreaterEqual(end["duration"], failed["duration"])
        self.assertGreaterEqual(end["timestamp"], start["timestamp"])

    def test_asyncio_tasks_have_actions_of_their_own(self):
        @logd_client.action("part")
        async def part(number):
            await asyncio.sleep(0)
            logging.info("part %d", number)
            await asyncio.sleep(0)

        async def main():
            async with logd_client.action("whole"):
                await asyncio.gather(*(part(number) for number in range(3)))

        asyncio.run(main())
        self.assertEqual(self.levels(), [
            "/1 whole started",
            *("/%d/%s" % (child, what) for child, number in zip((2, 3, 4), range(3)) for what in (
                "1 part started", "2 part %d message" % number, "3 part succeeded")),
            "/5 whole succeeded",
        ])

    def test_log_call_logs_arguments_and_result(self):
        @logd_client.log_call
        def add(first, second=2):
            return first + second

        @logd_client.log_call(action_type="hidden", include_args=["user"], include_result=False)
        async def enter(user, password):
            return True

        class Thing:
            @logd_client.log_call
            def method(self, value):
                return value

        self.assertEqual(add(1), 3)
        self.assertTrue(asyncio.run(enter("me", "secret")))
        self.assertEqual(Thing().method(1.5), 1.5)
        self.assertEqual(add.__name__, "add")
        with self.assertRaises(ValueError):
            logd_client.log_call(include_args=["nothing"])(add)
        with self.assertRaises(TypeError):
            add()
        records = self.records()
        self.assertEqual((records[0]["first"], records[0]["second"]), (1, 2))
        self.assertTrue(records[0]["action_type"].endswith("<locals>.add"))
        self.assertEqual(records[1]["result"], 3)
        self.assertEqual(records[2]["action_type"], "hidden")
        self.assertEqual(records[2]["user"], "me")
        self.assertNotIn("password", records[2])
        self.assertNotIn("result", records[3])
        self.assertNotIn("self", records[4])
        self.assertEqual((records[4]["value"], records[5]["result"]), (1.5, 1.5))
        self.assertEqual(len(records), 6)

    def test_a_task_goes_on_in_threads_and_other_processes(self):
        with logd_client.action("whole") as whole:
            thread = threading.Thread(
                target=workers.continue_in, args=(whole.serialize_task_id(), self.log))
            thread.start()
            thread.join()
            for method in ("fork", "spawn"):
                worker = multiprocessing.get_context(method).Process(
                    target=workers.continue_in, args=(whole.serialize_task_id().encode(), self.log))
                worker.start()
                worker.join()
                self.assertEqual(worker.exitcode, 0)
        for nonsense in ("", "nonsense", "@/1", "u@", "u@1", "u@/1/", "u@/01", "u@/1234567890", "u@/1@/2",
                         "u" * 600 + "@/1"):
            with self.assertRaises(ValueError):
                logd_client.continue_task(nonsense)
        records = self.records()
        self.assertEqual(self.levels(records), [
            "/1 whole started",
            *("/%d/%s" % (child, what) for child in (2, 3, 4) for what in (
                "1 remote started", "2 in the worker message", "3 remote succeeded")),
            "/5 whole succeeded",
        ])
        self.assertEqual(len({record["pid"] for record in records}), 3)

    def test_a_forked_child_does_not_count_on_in_its_parents_action(self):
        with logd_client.action("parent"):
            worker = multiprocessing.get_context("fork").Process(target=logging.info, args=("child",))
            worker.start()
            worker.join()
        child = next(record for record in self.records() if record["msg"] == "child")
        self.assertNotIn("task_uuid", child)

    @unittest.skipUnless(os.path.exists(ELIOT_TREE), "eliot-tree (PyPI) is not installed: make test-packages")
    def test_eliot_tree_shows_the_file_as_it_is(self):
        logging.info("outside")
        with logd_client.action("outer", path="/x") as outer:
            logging.info("inside")
            worker = multiprocessing.get_context("spawn").Process(
                target=workers.continue_in, args=(outer.serialize_task_id(), self.log))
            worker.start()
            worker.join()
        self.records()
        # The daemon's own records and others outside actions have no task_uuid.
        shown = subprocess.run(
            [ELIOT_TREE, "--ascii", "--color", "never", "--select", "task_uuid", self.log_file],
            capture_output=True, text=True)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertEqual(shown.stderr, "")
        for text in ("outer/1 => started", "root/2 ", "msg: inside", "remote/3/1 => started",
                     "remote/3/3 => succeeded", "outer/4 => succeeded"):
            self.assertIn(text, shown.stdout)
        self.assertEqual(len(re.findall("^[0-9a-f-]{36}$", shown.stdout, re.M)), 1, shown.stdout)
