"""`LogdHandler`, the way from Python's logging to logd."""

import logging
import os
import sys
import weakref

from . import _context
from ._client import Options, default_ident, open_client

_FORMATTER = logging.Formatter()
# What every record has; anything else came by `extra`, or from a record factory.
_USUAL = frozenset(logging.makeLogRecord({}).__dict__)
_USUAL_COUNT = len(_USUAL)
_current = _context.current.get
_NOT_FIELDS = _USUAL | {"message", "asctime", "logd_fields"}


class LogdHandler(logging.Handler):
    """Sends records to logd.

    The message is the record's message; with a formatter (none is needed, and that of `basicConfig` without a
    ``format`` is passed over) it is what that makes. Fields are
    ``logger``, what ``extra`` holds (with its type, where it is str, bytes, bool, int or float; containers as
    JSON, others as their ``str``), and of an exception ``exception`` (its type), ``reason`` and, when no
    formatter has put it into the message, ``traceback``; ``stack`` for ``stack_info``. A name that `logging`
    keeps for itself (``name``, ``args``…) goes into a dict in ``extra={"logd_fields": {…}}``.

    Severities: CRITICAL and above crit, ERROR err, WARNING warning, above INFO notice, INFO info, below debug.

    `emit` never raises: an error is shown by `logging.Handler.handleError`. It waits only when the ring is
    full, for `timeout` at most. Without a daemon nothing waits and nothing is said until the end.

    **Processes.** A handler made before a fork serves the child too: over a ring of its own, under its own
    pid. It can be pickled: hand it to `install` as ``initializer`` of a pool that spawns. What was logged survives a
    killed worker; `multiprocessing` children and ordinary ends flush and close by themselves.

    :param ident: the program's name in the log, by default that of the script.
    :param runtime_dir: where the daemon is, if not where it is looked for.
    :param ring_bytes: the wished size of the ring, 0 for 1 MiB.
    :param timeout: how many seconds a call may wait while the ring is full; 0 drops at once, None waits for
        ever. What is dropped is counted (`dropped`) and stands in the log as a record of its own.
    :param undelivered: what to do at the end with records that no daemon took: ``"report"`` their number on
        standard error, write them to ``"stderr"``, or append them to the file of this name.
    :param logger_name: whether records have the field ``logger``.
    :param source: whether they have ``code_file``, ``code_line`` and ``code_func``.
    :param flush_timeout: how many seconds `flush` and `close` may take.
    """

    def __init__(
        self, ident=None, *, level=logging.NOTSET, runtime_dir=None, ring_bytes=0, timeout=1.0,
        undelivered="report", logger_name=True, source=False, flush_timeout=5.0,
    ):
        super().__init__(level)
        self._options = Options(
            ident or default_ident(), runtime_dir and os.fspath(runtime_dir), ring_bytes, timeout, undelivered
        )
        self._has_name, self._has_source = logger_name, source
        self._flush_timeout = flush_timeout
        self._has_usual_fields = logger_name and not source
        self._severities = {}
        self._client = open_client(self._options)
        _handlers.add(self)
        _close_at_the_end_of_children()

    def setFormatter(self, fmt):
        is_basic = type(fmt) is logging.Formatter and fmt._fmt == logging.BASIC_FORMAT
        self.formatter = None if is_basic else fmt

    def handle(self, record):
        """As that of `logging.Handler`, without its lock: the client needs none."""
        if self.filters:
            answer = self.filter(record)
            if not answer:
                return answer
            if answer is not True and isinstance(answer, logging.LogRecord):
                record = answer
        self.emit(record)
        return True

    def emit(self, record):
        client = self._client
        if client is None:  # closed
            return
        try:
            severity = self._severities.get(record.levelno)
            if severity is None:
                severity = self._severities[record.levelno] = _severity(record.levelno)
            if self.formatter is None:
                message = record.getMessage()
            else:
                message = self.formatter.format(record)
            if self._has_usual_fields and not (
                len(record.__dict__) > _USUAL_COUNT or record.exc_info or record.exc_text
                or record.stack_info or _current()
            ):
                client.log_named(severity, message, record.name)
            else:
                client.log(severity, message, self._fields(record))
        except RecursionError:
            raise
        except Exception:
            self.handleError(record)

    def _fields(self, record):
        fields = {"logger": record.name} if self._has_name else {}
        if self._has_source:
            fields["code_file"] = record.pathname
            fields["code_line"] = record.lineno
            fields["code_func"] = record.funcName
        members = record.__dict__
        task = _current()
        named = members.get("logd_fields", {})
        if task is not None and "task_uuid" not in named:
            task.add_message_fields(fields, record)
        for key, value in members.items():
            if key not in _NOT_FIELDS:
                fields[key] = value
        fields.update(named)
        if record.exc_info or record.exc_text:
            self._add_exception(fields, record)
        if record.stack_info:
            fields["stack"] = record.stack_info
        return fields

    def _add_exception(self, fields, record):
        kind, error = record.exc_info[:2] if record.exc_info else (None, None)
        if kind is not None:
            fields["exception"] = "%s.%s" % (kind.__module__, kind.__qualname__)
            fields["reason"] = error
        if self.formatter is None:
            text = record.exc_text  # of another process, or of another handler's formatter
            if not text and kind is not None:
                text = _FORMATTER.formatException(record.exc_info)
            if text:
                fields["traceback"] = text

    def flush(self, timeout=None, durable=False):
        """Waits until everything this process logged is in the file, with `durable` also on the disk.

        True when it is; False when it is not after `timeout` seconds (by default those of the handler), or
        when there never was a daemon to wait for.
        """
        client = self._client
        if client is None:
            return False
        if not client.is_attached:
            timeout = 0
        elif timeout is None:
            timeout = self._flush_timeout
        try:
            return client.flush(timeout, durable)
        except OSError:  # the disk; the status of the daemon says more
            return False

    @property
    def dropped(self):
        """How many records of this process were dropped."""
        return self._client.dropped if self._client else 0

    def close(self):
        """Flushes, and says or writes what no daemon took. What is logged afterwards is ignored."""
        client, self._client = self._client, None
        if client is not None:
            client.close(self._flush_timeout)
        del client  # a thread that is in a call holds it until it returns
        super().close()

    def __reduce__(self):
        return _rebuild, (type(self), self._state())

    def _state(self):
        members = dict(self.__dict__)
        for name in ("lock", "_client", "_name", "_severities"):
            members.pop(name, None)
        members["name"] = self.name
        return members

    def __repr__(self):
        return "<LogdHandler %s (%s)>" % (self._options.ident, logging.getLevelName(self.level))


def install(handler, level=None, logger=None):
    """Adds `handler` to a logger (by default the root) if it is not there, and sets its level.

    For workers that do not inherit what their parent has set up, those that are spawned::

        pool = multiprocessing.get_context("spawn").Pool(32, install, (handler, logging.INFO))
        pool = ProcessPoolExecutor(32, mp_context=spawn, initializer=install, initargs=(handler,))
    """
    logger = logging.getLogger(logger)
    if not any(_is_same(one, handler) for one in logger.handlers):
        logger.addHandler(handler)
    if level is not None:
        logger.setLevel(level)


def _is_same(one, handler):
    return one is handler or (isinstance(one, LogdHandler) and one._options == handler._options)


def _rebuild(kind, state):
    options = state["_options"]
    handler = kind.__new__(kind)
    LogdHandler.__init__(
        handler, options.ident, runtime_dir=options.runtime_dir, ring_bytes=options.ring_bytes,
        timeout=options.timeout, undelivered=options.undelivered,
    )
    name = state.pop("name")
    handler.__dict__.update(state)
    if name:
        handler.set_name(name)
    return handler


def _severity(level):
    if level >= logging.CRITICAL:
        return 2
    if level >= logging.ERROR:
        return 3
    if level >= logging.WARNING:
        return 4
    if level > logging.INFO:
        return 5
    return 6 if level == logging.INFO else 7


# ---------------------------------------------------------------- the end of children
# A child of multiprocessing ends by os._exit: atexit, where logging closes its handlers, is not reached.
_handlers = weakref.WeakSet()
_is_registered = False


def _close_all():
    for handler in list(_handlers):
        handler.close()


def _close_at_the_end_of_children():
    global _is_registered
    util = sys.modules.get("multiprocessing.util")
    if util is None:
        return
    if not _is_registered:
        _is_registered = True
        util.register_after_fork(_close_all, _close_at_the_end)
    if sys.modules["multiprocessing.process"].parent_process() is not None:
        _close_at_the_end()


def _close_at_the_end(_=None):
    from multiprocessing import util

    util.Finalize(None, _close_all, exitpriority=-100)


# For programs that import multiprocessing after they have made their handler.
os.register_at_fork(after_in_child=_close_at_the_end_of_children)
