"""
Durations as the API writes them: Go's format, and `forever`.

Source: Cloudflare API, service tokens: "300ms", "2h45m", units ns, us, ms, s, m, h.
"""

from __future__ import annotations

import re

FOREVER = "forever"
DEFAULT = "8760h"
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
LONGEST = 100 * 365 * 24 * 3600  # seconds: what is longer is a slip of the finger


def seconds(text: str) -> float | None:
    """Return the seconds, None for `forever`. Raises `ValueError` for anything else."""
    if text == FOREVER:
        return None
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no duration such as 8760h, 2h45m or forever.")
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if not 0 < total <= LONGEST:
        raise ValueError(f"{text[:40]!r} is not between a moment and a hundred years.")
    return total
