"""
Counts what happened lately under a name, and says when it was too much.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MOST_NAMES = 10_000


@dataclass
class Limit:
    """So many times within so many seconds, for each name on its own."""

    most: int
    seconds: float
    _times: dict[str, deque[float]] = field(default_factory=dict, repr=False)

    def is_reached(self, name: str, now: float) -> bool:
        return len(self._recent(name, now)) >= self.most

    def count(self, name: str, now: float) -> None:
        """Note that it happened. Names that nothing happened to for longest are forgotten."""
        times = self._recent(name, now)
        times.append(now)
        self._times.pop(name, None)
        self._times[name] = times
        while len(self._times) > MOST_NAMES:
            self._times.pop(next(iter(self._times)))

    def _recent(self, name: str, now: float) -> deque[float]:
        times = self._times.get(name, deque[float](maxlen=self.most))
        while times and times[0] <= now - self.seconds:
            times.popleft()
        return times
