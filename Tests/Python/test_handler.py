"""LogdHandler in one process."""

import io
import logging
import logging.config
import os
import pickle
import signal
import sys
import threading
from unittest import mock

from support import LogdTest, fields

import logd_client


class Unprintable:
    def __str__(self):
        raise ValueError("no text")


class HandlerTest(LogdTest):
    def test_every_level_and_type_arrives_as_it_was_logged(self):
        self.start_daemon()
        self.handler()
        log = logging.getLogger("shop.orders")
        levels = [10, 15, 20, 25, 30, 40, 50, 60]
        for level in levels:
            log.log(level, "level %d", level)
        extra = {
            "text": "a b=\"c\"\n\u00e4\u20ac", "escaped": "\udcff", "lone": "\ud800", "bytes": b"\xff\x00",
            "true": True, "false": False, "int": -(2**63), "uint": 2**64 - 1, "huge": 2**64,
            "double": 0.1, "inf": float("inf"), "none": None, "list": [1, {"a": "\u00e4"}],
            "unprintable": Unprintable(), "severity": logging.DEBUG,
        }
        log.info("types", extra=extra)
        log.info("reserved", extra={"logd_fields": {"name": "n", "args": 1, "msg": 2}})
        log.info("many", extra={"f%d" % n: n for n in range(40)})
        log.info("lone \ud800 \udcff \u20ac")
        records = self.records()
        names = ["debug", "debug", "info", "notice", "warning", "err", "crit", "crit"]
        self.assertEqual([record["level"] for record in records[:8]], names)
        self.assertEqual(records[0]["msg"], "level 10")
        self.assertTrue(all(record["logger"] == "shop.orders" for record in records))
        self.assertEqual(fields(records[0]), {})
        self.assertEqual(fields(records[8]), {
            **extra, "lone": "\\ud800", "bytes": "\udcff\0", "huge": str(2**64),
            "inf": {"float": "inf"}, "none": "None", "list": '[1, {"a": "\u00e4"}]',
            "unprintable": "<unprintable Unprintable>",
        })
        self.assertEqual(fields(records[9]), {"name": "n", "args": 1, "field.msg": 2})
        self.assertEqual(fields(records[10]), {"f%d" % n: n for n in range(40)})
        self.assertEqual(records[11]["msg"], "lone \\ud800 \\udcff \u20ac")

    def test_exceptions_stacks_and_source_are_fields(self):
        self.start_daemon()
        self.handler(source=True)
        try:
            raise KeyError("missing")
        except KeyError:
            logging.exception("failed")
        logging.warning("here", stack_info=True)
        failed, here = self.records()
        self.assertEqual(failed["msg"], "failed")
        self.assertEqual(failed["exception"], "builtins.KeyError")
        self.assertEqual(failed["reason"], "'missing'")
        self.assertTrue(failed["traceback"].startswith("Traceback (most recent call last):\n"))
        self.assertTrue(failed["traceback"].endswith("KeyError: 'missing'"))
        self.assertTrue(here["stack"].startswith("Stack (most recent call last):\n"))
        self.assertEqual(here["code_file"], __file__)
        self.assertEqual(here["code_func"], "test_exceptions_stacks_and_source_are_fields")
        self.assertIsInstance(here["code_line"], int)

    def test_dict_config_makes_it(self):
        self.start_daemon()
        logging.config.dictConfig({
            "version": 1,
            "formatters": {"short": {"format": "<%(message)s>"}},
            "handlers": {
                "logd": {"class": "logd_client.LogdHandler", "ident": "py", "level": "INFO", "timeout": None},
                "short": {"()": "logd_client.LogdHandler", "ident": "py", "formatter": "short",
                          "logger_name": False},
            },
            "root": {"level": "DEBUG", "handlers": ["logd"]},
            "loggers": {"own": {"handlers": ["short"], "propagate": False}},
        })
        logging.debug("below the level of the handler")
        logging.info("by dictConfig", extra={"n": 1})
        try:
            raise ValueError("no")
        except ValueError:
            logging.getLogger("own").exception("formatted")
        logging.config.dictConfig({"version": 1})  # closes the handlers, which delivers everything
        records = sorted(self.records(), key=lambda record: record["msg"])
        self.assertEqual([record["msg"].split("\n")[0] for record in records], ["<formatted>", "by dictConfig"])
        self.assertEqual(fields(records[1]), {"n": 1})
        self.assertNotIn("traceback", records[0], "the formatter has put it into the message")
        self.assertNotIn("logger", records[0])

    def test_the_format_of_basic_config_is_passed_over(self):
        self.start_daemon()
        handler = logd_client.LogdHandler("py")
        logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
        logging.info("plain")
        handler.close()
        self.assertEqual([record["msg"] for record in self.records()], ["plain"])

    def test_emit_never_raises(self):
        self.start_daemon()
        handler = self.handler()
        with mock.patch("sys.stderr", io.StringIO()) as errors:
            logging.info("%d", "no number")
            self.assertIn("Logging error", errors.getvalue())
        with mock.patch("sys.stderr", io.StringIO()) as errors, mock.patch.object(
                logging, "raiseExceptions", False):
            logging.info("%d", "no number")
            logging.info("x", extra={"logd_fields": 7})
            self.assertEqual(errors.getvalue(), "")
        handler.close()
        logging.info("after the end")
        self.assertEqual(self.records(), [])

    def test_flush_says_whether_it_is_in_the_file(self):
        self.start_daemon()
        handler = self.handler(timeout=0)
        logging.info("first")
        self.assertTrue(handler.flush())
        self.assertTrue(handler.flush(durable=True))
        self.daemon.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.daemon.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        sent = 30_000
        for number in range(sent):
            logging.info("record %d", number)
        self.assertFalse(handler.flush(0.05))
        dropped = handler.dropped
        self.assertGreater(dropped, 0)
        self.daemon.send_signal(signal.SIGCONT)
        handler.close()
        records = self.records()
        self.assertEqual(len(records), 1 + sent - dropped)

    def test_threads_do_not_mix_their_fields(self):
        self.start_daemon()
        handler = self.handler(timeout=None)

        def work(thread):
            for number in range(2000):
                logging.info("t", extra={"worker": thread, "n": number, "text": "%d/%d" % (thread, number)})

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        handler.close()
        records = self.records()
        for thread in range(8):
            own = [record for record in records if record["worker"] == thread]
            self.assertEqual([record["n"] for record in own], list(range(2000)))
            self.assertTrue(all(r["text"] == "%d/%d" % (thread, r["n"]) for r in own))

    def test_a_pickled_handler_is_another_one_with_the_same_options(self):
        self.start_daemon()
        handler = self.handler("py", level=logging.WARNING, timeout=3.0, source=True)
        handler.setFormatter(logging.Formatter("<%(message)s>"))
        copy = pickle.loads(pickle.dumps(handler))
        self.assertEqual(copy._options, handler._options)
        self.assertEqual(copy.level, logging.WARNING)
        self.assertIsNot(copy._client, handler._client)
        copy.handle(logging.makeLogRecord({"msg": "copied", "levelno": logging.ERROR}))
        copy.close()
        self.assertEqual([record["msg"] for record in self.records()], ["<copied>"])

    def test_a_program_that_ends_has_delivered(self):
        self.start_daemon()
        self.run_python(
            "import logging, logd_client, sys\n"
            "logd_client.install(logd_client.LogdHandler('py'), logging.INFO)\n"
            "for n in range(1000): logging.info('n', extra={'n': n})\n")
        self.assertEqual([record["n"] for record in self.records()], list(range(1000)))

    def test_without_a_daemon_nothing_waits_and_the_end_says_how_many(self):
        script = (
            "import logging, logd_client, sys, time\n"
            "began = time.monotonic()\n"
            "handler = logd_client.LogdHandler('py', undelivered=sys.argv[1], flush_timeout=1000)\n"
            "logd_client.install(handler, logging.INFO)\n"
            "for n in range(100): logging.info('n', extra={'n': n})\n"
            "assert handler.flush() is False and handler.dropped == 0\n")
        self.assertIn("]: 100 log records not delivered", self.run_python(script, "report").stderr)
        self.assertEqual(self.run_python(script, self.place + "/left").stderr, "")
        with open(self.place + "/left", encoding="utf-8") as left:
            self.assertEqual(sum("]: n logger=root n=" in line for line in left), 100)

    def test_a_child_of_multiprocessing_says_at_its_end_what_was_left(self):
        script = (
            "import logging, logd_client, sys\n"
            "handler = logd_client.LogdHandler('py')\n"
            "logd_client.install(handler, logging.INFO)\n"
            "import multiprocessing, workers\n"
            "worker = multiprocessing.get_context(sys.argv[1]).Process(\n"
            "    target=workers.log_with, args=(handler, 7))\n"
            "if __name__ == '__main__': worker.start(); worker.join(); sys.exit(worker.exitcode)\n")
        for method in ("fork", "forkserver", "spawn"):
            errors = self.run_python(script, method).stderr
            self.assertIn("]: 7 log records not delivered", errors, method)
            self.assertEqual(errors.count("\n"), 1, errors)

    def test_importing_it_starts_nothing(self):
        script = (
            "import sys, threading, os\n"
            "before = os.listdir('/proc/self/fd')\n"
            "import logd_client\n"
            "assert os.listdir('/proc/self/fd') == before\n"
            "assert threading.active_count() == 1\n"
            "assert 'multiprocessing' not in sys.modules and 'asyncio' not in sys.modules\n")
        self.run_python(script)
        self.run_python(script, LOGD_CLIENT_LIBRARY="/nowhere")
