"""
Signing keys that rotate by themselves, where the organisation names an interval.

Source: Cloudflare API, Access keys: `key_rotation_interval_days`, `days_until_next_rotation`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from barbican.edge.state.store import StateError, StateFolder

DAY = 24 * 3600  # seconds
LOOK = 30.0  # seconds between two looks at the clock


def days_left(interval_days: float, rotated_at: float, now: float) -> float | None:
    """Return the days until the next rotation, None when the keys rotate on demand only."""
    if not interval_days:
        return None
    return max(interval_days - (now - rotated_at) / DAY, 0.0)


def rotate_if_due(folder: StateFolder, now: float) -> bool:
    """Rotate the keys when their time has come, and say whether it had."""
    interval = folder.state().organisation.key_rotation_interval_days
    if days_left(interval, folder.keys_rotated_at(), now) != 0:
        return False
    folder.rotate_keys(now, at_age=interval * DAY)
    return True


async def rotate_when_due(
    folder: StateFolder, stop: asyncio.Event, *, clock: Callable[[], float], look: float = LOOK
) -> None:
    """Rotate the keys whenever their time has come, until `stop` is set."""
    while not stop.is_set():
        # A folder that cannot be read at this moment is complained about by the edge itself.
        with suppress(StateError, OSError):
            await asyncio.to_thread(rotate_if_due, folder, clock())
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), look)
