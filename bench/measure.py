"""
Interleaved measurement: every case in every round, in a rotating order, by CPU time.

Absolute times drift on a shared machine. A ratio of two cases of the same round does not, so only
ratios are shown, as the median over the rounds.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

ROUNDS = 15
SLICE = 0.012  # seconds of CPU time that one case gets in one round


@dataclass
class Case:
    """One thing to measure. `is_right` looks at every first answer: a fast wrong one fails."""

    name: str
    run: Callable[[], object]
    is_right: Callable[[object], bool]
    repeats: int = 1
    seconds: list[float] = field(default_factory=list)  # per call, one a round


class WrongAnswerError(Exception):
    """A case answered something other than it should."""


def measure(cases: Sequence[Case], rounds: int = ROUNDS) -> None:
    """Fill in `seconds` of every case. Raises `WrongAnswerError`."""
    for case in cases:
        _check(case)
        case.repeats = _repeats(case)
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            turn = number % len(cases)
            for case in (*cases[turn:], *cases[:turn]):
                case.seconds.append(_time(case, case.repeats))
    finally:
        gc.enable()
    for case in cases:
        _check(case)


def ratio(case: Case, base: Case) -> float:
    """Return the median of the per-round ratios of two cases."""
    return median(a / b for a, b in zip(case.seconds, base.seconds, strict=True))


def _check(case: Case) -> None:
    answer = case.run()
    if not case.is_right(answer):
        raise WrongAnswerError(f"{case.name}: the answer is wrong, so its time means nothing")


def _repeats(case: Case) -> int:
    for _ in range(20):
        case.run()
    once = max(_time(case, 3), 1e-7)
    return max(1, int(SLICE / once))


def _time(case: Case, repeats: int) -> float:
    run = case.run
    started = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - started) / repeats
