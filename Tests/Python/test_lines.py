"""Without the C library: JSON lines to a socket, whoever reads there."""

import json
import logging
import os
import pickle
import socket
import threading

from support import LogdTest, fields

from logd_client import _library


class Reader:
    """Takes connections on lines.sock and collects what comes."""

    def __init__(self, path):
        self.data = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(64)
        self.connections = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            data = bytearray()
            self.data.append(data)
            threading.Thread(target=self._read, args=(connection, data), daemon=True).start()

    def _read(self, connection, data):
        while True:
            try:
                more = connection.recv(65536)
            except OSError:
                return
            if not more:
                return
            data += more

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    @property
    def records(self):
        """Whole lines of all connections; what a connection's end has cut is left out."""
        whole = [line for data in list(self.data) for line in bytes(data).split(b"\n")[:-1]]
        return [json.loads(line) for line in whole]


class LinesTest(LogdTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.runtime_dir)
        self.path = self.runtime_dir + "/lines.sock"
        library, _library.load = _library.load, lambda: None
        self.addCleanup(setattr, _library, "load", library)

    def reader(self):
        reader = Reader(self.path)
        self.addCleanup(lambda: reader.socket.fileno() >= 0 and reader.close())
        return reader

    def test_a_record_is_a_line(self):
        reader = self.reader()
        handler = self.handler()
        logging.warning("a\n\u20ac \udcff", extra={"n": 1, "ts": "mine", "big": 2**70, "b": b"\xff", "t": True})
        self.assertTrue(handler.flush())
        self.wait(lambda: reader.records, "arrive")
        record = reader.records[0]
        self.assertRegex(record.pop("ts"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(record, {
            "level": "warning", "ident": "py", "msg": "a\n\u20ac \udcff", "logger": "root", "n": 1,
            "field.ts": "mine", "big": str(2**70), "b": "\udcff", "t": True,
        })

    def test_lines_wait_for_a_reader_and_go_on_with_the_next(self):
        handler = self.handler(timeout=None)
        for number in range(100):
            logging.info("early", extra={"n": number})
        self.assertFalse(handler.flush())
        first = self.reader()
        self.wait(lambda: logging.debug("x") or len(first.records) >= 100, "connect again")
        self.assertEqual([r["n"] for r in first.records if r["msg"] == "early"], list(range(100)))
        first.close()
        os.unlink(self.path)
        second = self.reader()
        self.wait(lambda: logging.info("late") or second.records, "connect to the next")
        handler.close()
        self.assertEqual(handler.dropped, 0)

    def test_a_line_that_was_cut_goes_again_as_a_whole(self):
        class Breaking:
            """Takes 7 bytes at a time, 150 in all, then hangs up."""

            def __init__(self):
                self.taken = b""

            def send(self, data):
                if len(self.taken) > 150:
                    raise BrokenPipeError
                self.taken += bytes(data[:7])
                return len(data[:7])

            def close(self):
                pass

        handler = self.handler()
        client = handler._client
        for number in range(3):
            logging.info("x", extra={"n": number})
        lines = bytes(client._waiting)
        client._socket = breaking = Breaking()
        self.assertFalse(handler.flush(0))
        self.assertEqual(breaking.taken, lines[: len(breaking.taken)])
        whole = breaking.taken.count(b"\n")
        reader = self.reader()
        self.wait(lambda: client.flush(0.1), "connect to the next")
        self.wait(lambda: len(reader.records) == 3 - whole, "arrive")
        self.assertEqual([record["n"] for record in reader.records], list(range(whole, 3)))

    def test_what_waits_is_bounded_and_drops_are_counted(self):
        handler = self.handler(timeout=0, ring_bytes=4096)
        for number in range(1000):
            logging.info("record", extra={"n": number})
        waiting = handler._client.unwritten
        self.assertLess(len(handler._client._waiting), 4097)
        self.assertEqual(handler.dropped, 1000 - waiting)
        reader = self.reader()
        self.wait(lambda: handler._client.flush(0.1), "deliver")
        self.wait(lambda: len(reader.records) == waiting, "arrive")
        self.assertEqual([record["n"] for record in reader.records], list(range(waiting)))

    def test_children_and_copies_have_connections_of_their_own(self):
        reader = self.reader()
        handler = self.handler(timeout=None)
        logging.info("parent")
        child = os.fork()
        if child == 0:
            for number in range(10):
                logging.info("child", extra={"n": number})
            handler.close()
            os._exit(0)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        copy = pickle.loads(pickle.dumps(handler))
        copy.handle(logging.makeLogRecord({"msg": "copy", "levelno": logging.INFO}))
        copy.close()
        self.wait(lambda: len(reader.records) == 12, "arrive")
        self.assertEqual([r["n"] for r in reader.records if r["msg"] == "child"], list(range(10)))
        self.assertEqual(len(reader.connections), 3)

    def test_without_anybody_the_end_says_how_many(self):
        script = (
            "import logging, logd_client, sys\n"
            "logd_client.install(logd_client.LogdHandler('py', undelivered=sys.argv[1]), logging.INFO)\n"
            "for n in range(5): logging.info('left %d', n)\n")
        run = self.run_python(script, "report", LOGD_CLIENT_LIBRARY="/nowhere")
        self.assertIn("]: 5 log records not delivered: no logd at %s" % self.path, run.stderr)
        self.run_python(script, self.place + "/left", LOGD_CLIENT_LIBRARY="/nowhere")
        with open(self.place + "/left") as left:
            self.assertEqual([json.loads(line)["msg"] for line in left], ["left %d" % n for n in range(5)])


class LinesToDaemonTest(LogdTest):
    """The same, and a real daemon reads there."""

    def setUp(self):
        super().setUp()
        library, _library.load = _library.load, lambda: None
        self.addCleanup(setattr, _library, "load", library)
        self.start_daemon()

    def test_every_level_and_type_arrives_as_by_the_library(self):
        handler = self.handler()
        log = logging.getLogger("shop.orders")
        for level in [10, 15, 20, 25, 30, 40, 50, 60]:
            log.log(level, "level %d", level)
        extra = {
            "text": "a b=\"c\"\n\u00e4\u20ac\U0001f600", "escaped": "\udcff", "bytes": b"\xff\x00",
            "true": True, "false": False, "int": -(2**63), "uint": 2**64 - 1, "huge": 2**64, "double": 0.1,
            "inf": float("inf"), "severity": logging.DEBUG, "ts": "mine", "pid": 1,
        }
        log.info("types", extra=extra)
        log.info("lone \udcff \u20ac")
        self.assertTrue(handler.flush())
        handler.close()
        records = self.records()
        names = ["debug", "debug", "info", "notice", "warning", "err", "crit", "crit"]
        self.assertEqual([record["level"] for record in records[:8]], names)
        self.assertEqual({record["pid"] for record in records}, {os.getpid()})
        self.assertTrue(all(record["logger"] == "shop.orders" for record in records))
        renamed = {"field." + key: extra.pop(key) for key in ("ts", "pid")}
        self.assertEqual(fields(records[8]), {
            **extra, **renamed, "bytes": "\udcff\0", "huge": str(2**64), "inf": {"float": "inf"},
        })
        self.assertEqual(records[9]["msg"], "lone \udcff \u20ac")

    def test_workers_that_come_and_go_lose_nothing(self):
        script = (
            "import logging, logd_client, sys\n"
            "logd_client.install(logd_client.LogdHandler(sys.argv[1], timeout=None), logging.INFO)\n"
            "for n in range(2000): logging.info('n', extra={'n': n})\n")
        for worker in range(4):
            self.run_python(script, "w%d" % worker, LOGD_CLIENT_LIBRARY="/nowhere")
        self.records()
        with open(self.log_file, encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        for worker in range(4):
            numbers = [r["n"] for r in records if r["ident"] == "w%d" % worker]
            self.assertEqual(numbers, list(range(2000)))
