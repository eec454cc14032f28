"""How the time of a reading grows with the length of what it reads, as a ratio within one run."""

from __future__ import annotations

import time

SHORT, LONG = 16_000, 64_000  # four times as long: four times the time, or 16 where it is quadratic
MOST = 8
_FLOOR = 0.004  # seconds; of less than this no ratio says anything


def growth(read, piece, head=""):
    short, long = (
        min(_seconds(read, head + piece * ((size - len(head)) // len(piece))) for _ in range(2))
        for size in (SHORT, LONG)
    )
    return long / max(short, _FLOOR)


def _seconds(read, text):
    started = time.process_time()
    read(text)
    return time.process_time() - started
