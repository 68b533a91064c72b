"""liblogdclient.so, found and declared: logd.h in ctypes."""

import ctypes
import os


class Options(ctypes.Structure):
    """``logd_options``."""

    _fields_ = [
        ("size", ctypes.c_size_t),
        ("runtime_dir", ctypes.c_char_p),
        ("ring_bytes", ctypes.c_uint64),
        ("overflow", ctypes.c_int),
        ("timeout_ms", ctypes.c_int),
        ("least_severity", ctypes.c_int),
        ("undelivered", ctypes.c_int),
        ("undelivered_file", ctypes.c_char_p),
    ]


class _Value(ctypes.Union):
    _fields_ = [
        ("text", ctypes.c_char_p),
        ("i", ctypes.c_int64),
        ("u", ctypes.c_uint64),
        ("d", ctypes.c_double),
        ("b", ctypes.c_int),
    ]


class Field(ctypes.Structure):
    """``logd_field``; the length of a text, in C inside the union, is taken out: one object less to make."""

    _anonymous_ = ("value",)
    _fields_ = [
        ("key", ctypes.c_char_p),
        ("key_length", ctypes.c_size_t),
        ("type", ctypes.c_int),
        ("value", _Value),
        ("length", ctypes.c_size_t),
    ]


STRING, INT, UINT, DOUBLE, BOOL = range(5)
BLOCK_TIMEOUT, BLOCK, DROP = range(3)
REPORT, STDERR, FILE = range(3)

_NAME = "liblogdclient.so.0"


def load():
    """The library, or None when it is not there.

    ``LOGD_CLIENT_LIBRARY`` names it; otherwise it is looked for beside this package and then where the
    loader looks. CDLL, not PyDLL: a log call waits when the ring is full, and other threads go on then.
    """
    named = os.environ.get("LOGD_CLIENT_LIBRARY")
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), _NAME)
    for path in [named] if named else [beside, _NAME]:
        try:
            return _declare(ctypes.CDLL(path))
        except (OSError, AttributeError):  # not there; no library of ours
            continue
    return None


def _declare(library):
    client, text, integer = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in [
        ("open", client, [text, ctypes.POINTER(Options)]),
        ("log_fields", integer, None),  # called with what has its type: the check costs more than the call
        ("flush", integer, [client, integer, integer]),
        ("unwritten", ctypes.c_uint64, [client]),
        ("attached", integer, [client]),
        ("dropped", ctypes.c_uint64, [client]),
        ("close", None, [client, integer]),
    ]:
        function = getattr(library, "logd_" + name)
        function.restype, function.argtypes = result, arguments
    return library
