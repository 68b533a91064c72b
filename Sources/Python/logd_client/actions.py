"""Actions: records that form trees, as eliot's do, and can be shown by eliot-tree.

An action is logged when it starts and when it has succeeded or failed; what is logged in between, and
actions in it, are its children. The records go through `logging` and need a `LogdHandler` there; they have
the severity info, err when the action failed. Fields: ``task_uuid``, ``task_level`` (``/1/2``: the second
child of the first; a list in JSON), ``action_type``, ``action_status`` (``started``, ``succeeded``, ``failed``), ``timestamp``
(seconds since 1970), of the end ``duration`` (seconds), of a failure ``exception`` and ``reason``.
"""

import functools
import inspect
import itertools
import logging
import re
import time
import uuid

from . import _context

_LOGGER = "logd_client.actions"
_TASK_ID = re.compile(r"([!-?A-~]+)@((?:/(?:0|[1-9][0-9]{0,8}))+)")


class Action:
    """Made by `action` and `continue_task`. A context manager, sync and async; as a decorator each call of the
    function is an action of its own. Threads do not inherit it: hand them `serialize_task_id`."""

    def __init__(self, action_type, fields, logger=None, place=None):
        self.action_type = action_type
        self._fields = fields
        self._logger = logger if isinstance(logger, logging.Logger) else logging.getLogger(logger or _LOGGER)
        self._place = place  # (task_uuid, level) when it is handed over
        self._success_fields = {}
        self._children = itertools.count(1)  # atomic: threads may share an action
        self._token = None

    def __enter__(self):
        self._find_place()
        self._token = _context.current.set(self)
        self._began = time.monotonic()
        self._log(logging.INFO, "started", self._fields)
        return self

    def _find_place(self):
        if self._place is None:
            parent = _context.current.get()
            self._place = parent.next_place() if parent else (str(uuid.uuid4()), "")
        self.task_uuid, self.task_level = self._place

    def __exit__(self, kind, error, traceback):
        _context.current.reset(self._token)
        fields = {"duration": time.monotonic() - self._began}
        if kind is None:
            fields.update(self._success_fields)
            self._log(logging.INFO, "succeeded", fields)
        else:
            fields["exception"] = "%s.%s" % (kind.__module__, kind.__qualname__)
            fields["reason"] = error
            self._log(logging.ERROR, "failed", fields)

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *error):
        self.__exit__(*error)

    def __call__(self, function):
        return _wrap(function, lambda args, kwargs: Action(
            self.action_type, self._fields, self._logger, self._place))

    def add_success_fields(self, **fields):
        """Fields of the record that says it succeeded."""
        self._success_fields.update(fields)

    def serialize_task_id(self):
        """A place in this action for `continue_task`, to be used once: ``UUID@/1/2``."""
        return "%s@%s" % self.next_place()

    def next_place(self):
        """(task_uuid, task_level) of the next child."""
        return self.task_uuid, "%s/%d" % (self.task_level, next(self._children))

    def add_message_fields(self, fields, record):
        """What makes a plain record of the logging module a child of this."""
        fields["task_uuid"], fields["task_level"] = self.next_place()
        fields["message_type"] = record.name
        fields["timestamp"] = record.created

    def _log(self, level, status, own):
        logger = self._logger
        if not logger.isEnabledFor(level):
            return
        record = logger.makeRecord(
            logger.name, level, "", 0, "%s %s", (self.action_type, status), None, None
        )
        fields = dict(own)
        fields["task_uuid"], fields["task_level"] = self.next_place()
        fields["action_type"], fields["action_status"] = self.action_type, status
        fields["timestamp"] = record.created
        record.logd_fields = fields
        logger.handle(record)


def action(action_type, *, logger=None, **fields):
    """An action, within the one that is going on or the first of a new task.

    >>> with action("save", path=path) as save:
    ...     save.add_success_fields(bytes=write(path))

    ``async with`` and ``@action("save")`` do the same. `logger` is a logger or its name, by default
    ``logd_client.actions``; the other arguments are fields of the record that says it started.
    """
    return Action(action_type, fields, logger)


def continue_task(task_id, action_type="logd:remote_task", *, logger=None, **fields):
    """An action at the place that another thread, process or machine handed over: `Action.serialize_task_id`."""
    if isinstance(task_id, bytes):
        task_id = task_id.decode("ascii")
    place = _TASK_ID.fullmatch(task_id)
    if not place or len(task_id) > 512:
        raise ValueError("not a task id: %.100r" % task_id)
    return Action(action_type, fields, logger, place.groups())


def current_action():
    """The action that is going on in this thread or asyncio task, or None."""
    return _context.current.get()


def log_call(function=None, *, action_type=None, include_args=None, include_result=True, logger=None):
    """A decorator that makes each call an action, with its arguments and its result as fields.

    :param action_type: by default the function's qualified name.
    :param include_args: which arguments to log; by default all but ``self``.
    """
    if function is None:
        return functools.partial(
            log_call, action_type=action_type, include_args=include_args, include_result=include_result,
            logger=logger,
        )
    signature = inspect.signature(function)
    unknown = set(include_args or ()) - set(signature.parameters)
    if unknown:
        raise ValueError("%s has no argument %s" % (function.__qualname__, ", ".join(sorted(unknown))))
    name = action_type or "%s.%s" % (function.__module__, function.__qualname__)

    def make(args, kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        fields = {
            key: value for key, value in bound.arguments.items()
            if (key in include_args if include_args is not None else key != "self")
        }
        return Action(name, fields, logger)

    return _wrap(function, make, include_result)


def _wrap(function, make, include_result=False):
    def note(one, result):
        if include_result:
            one.add_success_fields(result=result)
        return result

    if inspect.iscoroutinefunction(function):
        @functools.wraps(function)
        async def call(*args, **kwargs):
            with make(args, kwargs) as one:
                return note(one, await function(*args, **kwargs))
    else:
        @functools.wraps(function)
        def call(*args, **kwargs):
            with make(args, kwargs) as one:
                return note(one, function(*args, **kwargs))

    return call
