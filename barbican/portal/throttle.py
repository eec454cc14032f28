"""
Counts attempts in a window of time, in bounded memory.

Each process counts for itself: with N workers, up to N times as many attempts pass. That still
turns a guess of millions into one of hundreds a day, and needs no store that all of them share.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic


class Throttle:
    """`limit` attempts within `window` seconds, for at most `capacity` keys, oldest out first."""

    def __init__(
        self,
        limit: int,
        window: float,
        *,
        capacity: int = 1_000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._limit, self._window, self._capacity = limit, window, capacity
        self._clock = clock
        self._seen: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()  # began at, attempts
        self._lock = threading.Lock()

    def note(self, key: Hashable) -> None:
        """Count one attempt."""
        now = self._clock()
        with self._lock:
            began, count = self._seen.pop(key, (now, 0))
            if now - began >= self._window:
                began, count = now, 0
            self._seen[key] = (began, count + 1)
            while len(self._seen) > self._capacity:
                self._seen.popitem(last=False)

    def wait(self, key: Hashable) -> float:
        """Return the seconds until another attempt may be made; 0 is now."""
        with self._lock:
            began, count = self._seen.get(key, (0.0, 0))
        left = began + self._window - self._clock()
        return left if count >= self._limit and left > 0 else 0.0

    def forget(self, key: Hashable) -> None:
        with self._lock:
            self._seen.pop(key, None)
