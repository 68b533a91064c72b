"""A client over liblogdclient.so."""

import ctypes
import errno
import os

from . import _library
from ._library import BOOL, DOUBLE, INT, STRING, UINT, Field
from ._values import encode, plain

_FIELDS_REUSED = 16
_Fields = Field * _FIELDS_REUSED
# Keys and loggers are few; who makes them up at run time takes no more memory than these.
_NAMES_KEPT = 1000


class NativeClient:
    """One ``logd_client``, closed when nobody holds this any more: so also not while a thread is in a call.

    All methods may be called from any thread.
    """

    # How long closing may wait, in milliseconds.
    _close_timeout = 1000

    def __init__(self, library, options):
        given = _library.Options(size=ctypes.sizeof(_library.Options))
        given.runtime_dir = options.runtime_dir and _path(options.runtime_dir)
        given.ring_bytes = options.ring_bytes
        if options.timeout is None:
            given.overflow = _library.BLOCK
        elif options.timeout > 0:
            given.timeout_ms = max(1, int(options.timeout * 1000))
        else:
            given.overflow = _library.DROP
        given.undelivered = {"report": 0, "stderr": 1}.get(options.undelivered, _library.FILE)
        if given.undelivered == _library.FILE:
            given.undelivered_file = _path(options.undelivered)
        handle = library.logd_open(encode(options.ident), ctypes.byref(given))
        if not handle:
            raise MemoryError("no memory for a log ring")
        self._library = library
        self._handle = ctypes.c_void_p(handle)
        self._close = library.logd_close
        self._log_fields = library.logd_log_fields
        self._keys = {}  # as bytes; the same few come again and again
        self._names = {}
        self._arrays = [_Fields()]  # not in use now: pop and append are atomic

    def log(self, severity, message, fields):
        """True when the record was taken; False: it was dropped and counted."""
        text = encode(message)
        return self._log_with_fields(severity, text, fields) == 0

    def log_named(self, severity, message, logger):
        """The same with one field, the logger's name, which was prepared before."""
        try:
            text = message.encode()
        except UnicodeEncodeError:
            text = encode(message)
        name = self._names.get(logger) or self._new_name(logger)
        return self._log_fields(self._handle, severity, text, len(text), name, 1) == 0

    def _new_name(self, logger):
        name = Field(key=b"logger", key_length=6)
        _set(name, logger)
        name = ctypes.byref(name)
        if len(self._names) < _NAMES_KEPT:
            self._names[logger] = name
        return name

    def _log_with_fields(self, severity, text, fields):
        count = len(fields)
        if count > _FIELDS_REUSED:
            array = (Field * count)()
        else:
            try:
                array = self._arrays.pop()
            except IndexError:  # other threads are logging
                array = _Fields()
        keys = self._keys
        for place, key in zip(array, fields):
            name = keys.get(key)
            if name is None:
                name = self._new_key(key)
            place.key = name
            place.key_length = len(name)
            _set(place, fields[key])
        result = self._log_fields(self._handle, severity, text, len(text), array, count)
        if count <= _FIELDS_REUSED:
            self._arrays.append(array)
        return result

    def _new_key(self, key):
        name = encode(str(key))
        if len(self._keys) < _NAMES_KEPT:
            self._keys[key] = name
        return name

    def flush(self, timeout, durable=False):
        """Waits until everything logged is in the file; False: not in `timeout` seconds (None: for ever)."""
        result = self._library.logd_flush(self._handle, _milliseconds(timeout), durable)
        if result == 0:
            return True
        if result == -errno.EIO:
            raise OSError(errno.EIO, "the log could not be synced")
        return False

    def close(self, timeout):
        """Waits for `timeout` at most; to be followed by letting go of this."""
        self._close_timeout = _milliseconds(timeout)

    def __del__(self):
        handle = getattr(self, "_handle", None)  # None: it could not be opened
        if handle is not None:
            self._close(handle, self._close_timeout)

    @property
    def is_attached(self):
        return bool(self._library.logd_attached(self._handle))

    @property
    def unwritten(self):
        return self._library.logd_unwritten(self._handle)

    @property
    def dropped(self):
        return self._library.logd_dropped(self._handle)


def _set(place, value):
    kind = type(value)
    if kind is str:
        value = value.encode() if value.isascii() else encode(value)
        place.type = STRING
        place.text = value
        place.length = len(value)
    elif kind is int and -(2**63) <= value < 2**63:
        place.type = INT
        place.i = value
    elif kind is bool:
        place.type = BOOL
        place.b = value
    elif kind is float:
        place.type = DOUBLE
        place.d = value
    elif kind is int and 0 < value < 2**64:
        place.type = UINT
        place.u = value
    elif kind is bytes:
        place.type = STRING
        place.text = value
        place.length = len(value)
    else:
        value = plain(value)
        # A subclass of one of the above is none of them by type.
        for base in (bool, int, float, str, bytes):
            if isinstance(value, base):
                return _set(place, str.__str__(value) if base is str else base(value))


def _path(path):
    return os.fsencode(path)


def _milliseconds(seconds):
    return -1 if seconds is None else min(max(int(seconds * 1000), 0), 2**31 - 1)
