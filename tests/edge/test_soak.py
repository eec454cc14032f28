from __future__ import annotations

from collections import Counter

import pytest

from bench.soak import MOST_HANDLES, MOST_MEMORY, verdict

ANSWERED = Counter({"verified": 90, "leaves at once": 10})


class TestVerdict:
    @pytest.mark.parametrize(
        ("memory", "handles", "lines", "exit_code"),
        [
            (0, 0, 100, 0),
            (MOST_MEMORY, MOST_HANDLES, 90, 0),
            (MOST_MEMORY + 1, 0, 100, 1),
            (0, MOST_HANDLES + 1, 100, 1),
            (0, 0, 89, 1),
            (0, 0, 101, 1),
        ],
    )
    def test_of_what_grew(self, memory, handles, lines, exit_code):
        looks = [(70_000, 8), (70_000 + memory, 8 + handles)]
        assert verdict(looks, lines, ANSWERED) == exit_code
