from __future__ import annotations

from collections import Counter

import pytest

from bench import serve, soak
from bench.soak import FEWEST, LONGEST, MOST, MOST_HANDLES, MOST_MEMORY, verdict

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


class TestSoakRefuses:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--requests", "0"], f"--requests should be from {FEWEST} to {MOST}."),
            (["--requests", "-5"], "--requests should be from"),
            (["--requests", str(FEWEST - 1)], "--requests should be from"),
            (["--requests", str(MOST + 1)], "--requests should be from"),
            (["--requests", "many"], "invalid int value"),
            (["--seconds", "0"], f"--seconds should be from 1 to {LONGEST:.0f}."),
            (["--seconds", "nan"], "--seconds should be from"),
            (["--seconds", "inf"], "--seconds should be from"),
        ],
    )
    def test_a_run_that_would_show_nothing_with_exit_code_2(
        self, arguments, sentence, capsys, monkeypatch
    ):
        monkeypatch.setattr(soak, "run", None)
        with pytest.raises(SystemExit) as caught:
            soak.main(arguments)
        assert caught.value.code == 2
        assert sentence in capsys.readouterr().err

    def test_nothing_at_its_bounds(self, monkeypatch):
        asked = []

        async def run(requests, seconds, folder):
            asked.append((requests, seconds))
            return 0

        monkeypatch.setattr(soak, "run", run)
        for requests, seconds in ((FEWEST, 1), (MOST, LONGEST)):
            assert soak.main(["--requests", str(requests), "--seconds", str(seconds)]) == 0
        assert asked == [(FEWEST, 1), (MOST, LONGEST)]


class TestServe:
    @pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["--requests", "1"], 2)])
    def test_starts_nothing_for_a_flag(self, arguments, code, monkeypatch):
        monkeypatch.setattr(serve, "Origin", None)
        with pytest.raises(SystemExit) as caught:
            serve.main(arguments)
        assert caught.value.code == code
