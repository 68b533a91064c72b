"""Which way records go: the C library, or lines.sock where it is not installed."""

import os
import sys
from dataclasses import dataclass
from typing import Optional

from . import _library
from ._lines import LinesClient
from ._native import NativeClient


@dataclass(frozen=True)
class Options:
    """What a client is opened with; the defaults are those of every language."""

    ident: str
    runtime_dir: Optional[str] = None
    ring_bytes: int = 0
    timeout: Optional[float] = 1.0
    undelivered: str = "report"


def default_ident():
    """The name of the script without its ending."""
    name = os.path.basename(sys.argv[0]) if sys.argv and sys.argv[0] else ""
    return name[:-3] if name.endswith(".py") else name or "python"


def open_client(options):
    """A client for `Options`. Never fails for want of a daemon or of the library."""
    library = _library.load()
    return NativeClient(library, options) if library else LinesClient(options)
