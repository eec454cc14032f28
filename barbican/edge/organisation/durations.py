"""
Durations as the API writes them: Go's format, and `forever`.

Source: Cloudflare API, service tokens: "300ms", "2h45m", units ns, us, ms, s, m, h; Access policies
and applications: `session_duration`, of which `0s` expires immediately.
"""

from __future__ import annotations

import math
import re

FOREVER = "forever"
DEFAULT = "8760h"
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_PART = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)(ns|us|µs|ms|s|m|h)")
_WHOLE = re.compile(rf"(?:{_PART.pattern}){{1,20}}")
LONGEST = 100 * 365 * 24 * 3600  # seconds: what is longer is a slip of the finger


def seconds(text: str) -> float | None:
    """Return the seconds, None for `forever`. Raises `ValueError` for anything else."""
    if text == FOREVER:
        return None
    total = _sum(text, "8760h, 2h45m or forever")
    if not total:
        raise ValueError(f"{text[:40]!r} is no time at all.")
    return total


def session(text: str) -> int:
    """Return a session's whole seconds, rounded up; `0s` is none. Raises `ValueError`."""
    return math.ceil(_sum(text, "24h, 30m or 0s"))


def text(whole: int) -> str:
    """Return whole seconds as the API writes a session: 24h, 1h30m, 0s."""
    hours, rest = divmod(whole, 3600)
    parts = ((hours, "h"), (rest // 60, "m"), (rest % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def _sum(text: str, examples: str) -> float:
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no duration such as {examples}.")
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if total > LONGEST:
        raise ValueError(f"{text[:40]!r} is longer than a hundred years.")
    return total
