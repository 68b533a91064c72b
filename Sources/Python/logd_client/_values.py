"""What a Python value becomes in a record."""

import json
import numbers


def encode(text):
    """UTF-8; bytes that came in as surrogate escapes go out as they were, other surrogates escaped."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def plain(value):
    """As one of str, bytes, bool, int (64 bits), float: numbers of other libraries as numbers, containers as
    JSON, anything else as its ``str``. Never raises."""
    try:
        if isinstance(value, (str, bytes, bool, float)):
            return value
        if isinstance(value, numbers.Integral):
            number = int(value)
            return number if -(2**63) <= number < 2**64 else str(number)
        if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
            return float(value)
        if isinstance(value, (dict, list, tuple)):
            return json.dumps(value, default=str, ensure_ascii=False)
        return str(value)
    except Exception:
        return "<unprintable %s>" % type(value).__name__
