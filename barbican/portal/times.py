"""Times as people and machines read them. All are UTC; relative ones never stand alone."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@lru_cache(maxsize=1_024)  # a page says the same few times again and again
def iso(seconds: float | None) -> str | None:
    """Return "2026-11-23T14:12:09Z", or None where there is no time."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1_024)
def absolute(seconds: float) -> str:
    """Return "23 Nov 2026 14:12:09 UTC"."""
    when = datetime.fromtimestamp(seconds, UTC)
    return f"{when.day} {when:%b %Y %H:%M:%S} UTC"


def duration(seconds: float) -> str:
    """Return "58 s", "4 min", "3 h" or "12 d"."""
    size = abs(seconds)
    for unit, name in _UNITS:
        if size >= 2 * unit:
            return f"{int(size // unit)} {name}"
    return f"{int(size)} s"


def relative(seconds: float) -> str:
    """Return "in 58 s", "just now" or "4 min ago", of seconds from now."""
    if -1 < seconds <= 0:
        return "just now"
    return f"in {duration(seconds)}" if seconds > 0 else f"{duration(seconds)} ago"
