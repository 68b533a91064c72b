"""A client over lines.sock, for machines without the C library: JSON lines over a stream socket.

Weaker than the library: what the daemon has not read when it or this process dies is lost, and `flush`
ends when the kernel has taken the lines. Everything is bounded: what the socket does not take waits in
memory up to `ring_bytes`, then the options say whether a call waits or drops.
"""

import datetime
import json
import os
import select
import socket
import threading
import time
import weakref

from ._values import plain

_SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
# Names that the daemon understands itself: a field of that name is told apart as in the log's JSON format.
_RESERVED = frozenset(
    "msg message level severity priority ts time timestamp ident".split()
)
_CONNECT_INTERVAL = 0.1


class LinesClient:
    """All methods may be called from any thread. A child of fork begins anew, without its parent's lines."""

    def __init__(self, options):
        self._ident = options.ident
        self._paths = _paths(options.runtime_dir)
        self._bytes_max = options.ring_bytes or 1 << 20
        self._timeout = options.timeout
        self._undelivered = options.undelivered
        self._start()
        _clients.add(self)

    def _start(self):
        self._lock = threading.RLock()
        self._socket = None
        self._next_attempt = 0.0
        self._waiting = bytearray()
        self._sent = 0  # of the first line that waits
        self._is_closed = False
        self.is_attached = False
        self.dropped = 0

    def log_named(self, severity, message, logger):
        return self.log(severity, message, {"logger": logger})

    def log(self, severity, message, fields):
        """True when the line was taken; False: it was dropped and counted."""
        line = self._line(severity, message, fields)
        with self._lock:
            if self._is_closed or len(line) > self._bytes_max:
                self.dropped += 1
                return False
            if len(self._waiting) + len(line) > self._bytes_max:
                self._push(self._timeout, len(line))
            if len(self._waiting) + len(line) > self._bytes_max:
                self.dropped += 1
                return False
            self._waiting += line
            self._push(0)
            return True

    def _line(self, severity, message, fields):
        now = datetime.datetime.now(datetime.timezone.utc)
        members = {
            "ts": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": _SEVERITIES[severity],
            "ident": self._ident,
            "msg": message,
        }
        for key, value in fields.items():
            value = plain(value)
            if isinstance(value, bytes):
                value = value.decode("utf-8", "surrogateescape")
            members["field." + key if key in _RESERVED else key] = value
        # Everything beyond ASCII is escaped, surrogates too: nothing here can fail to encode.
        return json.dumps(members).encode() + b"\n"

    def _push(self, timeout, room=None):
        """Sends what waits; with `timeout` until `room` bytes are free, or all is sent for None."""
        end = None if timeout is None else time.monotonic() + timeout
        while self._waiting:
            if self._connect():
                self._send()
            if not self._waiting or (
                room is not None and len(self._waiting) + room <= self._bytes_max
            ):
                return
            left = _CONNECT_INTERVAL if end is None else end - time.monotonic()
            if left <= 0:
                return
            pause = min(left, _CONNECT_INTERVAL)
            if self._socket:
                select.select([], [self._socket], [], pause)
            else:
                time.sleep(pause)

    def _connect(self):
        if self._socket:
            return True
        now = time.monotonic()
        if now < self._next_attempt:
            return False
        self._next_attempt = now + _CONNECT_INTERVAL
        for path in self._paths:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.setblocking(False)  # a full backlog is an error, not a wait
            try:
                connection.connect(path)
            except OSError:
                connection.close()
                continue
            self._socket, self.is_attached = connection, True
            return True
        return False

    def _send(self):
        try:
            while self._waiting:
                taken = self._socket.send(memoryview(self._waiting)[self._sent : self._sent + 65536])
                self._sent += taken
                self._forget_sent_lines()
        except BlockingIOError:
            pass
        except OSError:
            # The line that was on its way goes again, whole, over the next connection.
            self._socket.close()
            self._socket, self._sent = None, 0

    def _forget_sent_lines(self):
        end = self._waiting.rfind(b"\n", 0, self._sent) + 1
        del self._waiting[:end]
        self._sent -= end

    def flush(self, timeout, durable=False):
        """True when the kernel has taken everything."""
        with self._lock:
            self._push(timeout)
            return not self._waiting

    @property
    def unwritten(self):
        with self._lock:
            return self._waiting.count(b"\n")

    def close(self, timeout):
        with self._lock:
            if self._is_closed:
                return
            self._push(timeout if self.is_attached else 0)
            self._is_closed = True
            if self._waiting:
                self._hand_over()
            if self._socket:
                self._socket.close()
                self._socket = None

    def _hand_over(self):
        """As the options say; what cannot be written is not worth an exception at the end of a program."""
        try:
            if self._undelivered == "report":
                text = "%s[%d]: %d log records not delivered: no logd at %s\n" % (
                    self._ident, os.getpid(), self._waiting.count(b"\n"), self._paths[0]
                )
                os.write(2, text.encode())
            elif self._undelivered == "stderr":
                os.write(2, self._waiting)
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                file = os.open(self._undelivered, flags, 0o640)
                os.write(file, self._waiting)
                os.close(file)
        except OSError:
            pass


def _paths(runtime_dir):
    """Where lines.sock may be: the rules of all clients."""
    named = runtime_dir or os.environ.get("LOGD_RUNTIME_DIR")
    if named:
        directories = [named]
    elif os.environ.get("XDG_RUNTIME_DIR"):
        directories = ["/run/logd", os.environ["XDG_RUNTIME_DIR"] + "/logd"]
    else:
        directories = ["/run/logd"]
        own = "/tmp/logd-%d" % os.getuid()
        if _is_private(own):
            directories.append(own)
    return [directory + "/lines.sock" for directory in directories]


def _is_private(path):
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return status.st_uid == os.getuid() and status.st_mode & 0o170077 == 0o040000


_clients = weakref.WeakSet()


def _begin_anew():
    for client in list(_clients):
        if client._socket:
            client._socket.close()
        is_closed = client._is_closed
        client._start()
        client._is_closed = is_closed


os.register_at_fork(after_in_child=_begin_anew)
