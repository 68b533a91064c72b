"""A client over liblogdclient.so."""

import ctypes
import errno
import os

from . import _library
from ._library import BOOL, DOUBLE, INT, STRING, UINT, Field
from ._values import encode, plain

# Sets of keys, and loggers, are few; who makes them up at run time takes no more memory than these.
_SHAPES_KEPT = 256
_SIZES = [ctypes.c_size_t(size) for size in range(1024)]
_ONE = _SIZES[1]


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
        self._names = {}
        # For each set of keys, arrays that have them and are not in use now: pop and append are atomic.
        self._shapes = {}

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
        return self._log_fields(self._handle, severity, text, _size(len(text)), name, _ONE) == 0

    def _new_name(self, logger):
        name = Field(key=b"logger", key_length=6)
        _set(name, logger)
        name = ctypes.byref(name)
        if len(self._names) < _SHAPES_KEPT:
            self._names[logger] = name
        return name

    def _log_with_fields(self, severity, text, fields):
        keys = tuple(fields)
        arrays = self._shapes.get(keys)
        if arrays is None:
            arrays = self._new_shape(keys)
        try:
            array, places = arrays.pop()
        except IndexError:  # other threads are logging the same, or nobody has yet
            array, places = _new_array(keys)
        for place, value in zip(places, fields.values()):
            _set(place, value)
        result = self._log_fields(self._handle, severity, text, _size(len(text)), array, _size(len(keys)))
        arrays.append((array, places))
        return result

    def _new_shape(self, keys):
        arrays = []
        if len(self._shapes) < _SHAPES_KEPT:
            self._shapes[keys] = arrays
        return arrays

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


def _size(size):
    return _SIZES[size] if size < 1024 else ctypes.c_size_t(size)


def _new_array(keys):
    array = (Field * len(keys))()
    places = list(array)
    for place, key in zip(places, keys):
        name = encode(str(key))
        place.key, place.key_length = name, len(name)
    return array, places


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
