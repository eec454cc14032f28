from __future__ import annotations

import pytest

from barbican.edge.organisation import durations


class TestReads:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("8760h", 31_536_000), ("2h45m", 9_900), ("300ms", 0.3), ("1.5h", 5_400), ("1us", 1e-6),
         ("1µs", 1e-6), ("1h1h", 7_200), ("forever", None)],
    )  # fmt: skip
    def test_a_tokens_duration(self, text, seconds):
        assert durations.seconds(text) == (None if seconds is None else pytest.approx(seconds))

    @pytest.mark.parametrize(
        ("text", "seconds"), [("0s", 0), ("24h", 86_400), ("1ms", 1), ("1.2s", 2), ("30m", 1_800)]
    )
    def test_a_session_in_whole_seconds(self, text, seconds):
        assert durations.session(text) == seconds


class TestRefuses:
    @pytest.mark.parametrize(
        "text", ["", "h", "1", "1d", "-1h", "1 h", "1h ", "١h", "876001h", "9" * 400 + "h", "0h"]
    )
    def test_as_a_tokens_duration(self, text):
        with pytest.raises(ValueError, match=r"no duration|no time|a hundred years"):
            durations.seconds(text)

    @pytest.mark.parametrize("text", ["", "forever", "1", "-1s", "876001h"])
    def test_as_a_session(self, text):
        with pytest.raises(ValueError, match=r"no duration|a hundred years"):
            durations.session(text)


class TestWrites:
    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(0, "0s"), (86_400, "24h"), (5_400, "1h30m"), (61, "1m1s"), (3_601, "1h1s")],
    )
    def test_whole_seconds_that_read_back(self, seconds, text):
        assert durations.text(seconds) == text
        assert durations.session(text) == seconds
