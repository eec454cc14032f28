from __future__ import annotations

import pytest

from barbican.portal.throttle import Throttle


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return Throttle(3, 60, capacity=4, clock=clock)


def note(throttle, key, times):
    for _ in range(times):
        throttle.note(key)


class TestThrottle:
    @pytest.mark.parametrize(("times", "waits"), [(0, False), (2, False), (3, True), (9, True)])
    def test_stops_at_its_limit(self, throttle, times, waits):
        note(throttle, "a", times)
        assert (throttle.wait("a") > 0) is waits

    @pytest.mark.parametrize(("seconds", "waits"), [(59.9, True), (60, False)])
    def test_lets_go_after_its_window(self, throttle, clock, seconds, waits):
        note(throttle, "a", 3)
        clock.now += seconds
        assert (throttle.wait("a") > 0) is waits

    def test_begins_anew_after_its_window(self, throttle, clock):
        note(throttle, "a", 2)
        clock.now += 60
        note(throttle, "a", 2)
        assert throttle.wait("a") == 0

    def test_keeps_keys_apart(self, throttle):
        note(throttle, "a", 3)
        assert throttle.wait("b") == 0

    def test_forgets_when_it_is_told(self, throttle):
        note(throttle, "a", 3)
        throttle.forget("a")
        throttle.forget("never seen")
        assert throttle.wait("a") == 0

    @pytest.mark.parametrize(("others", "waits"), [(3, True), (4, False)])
    def test_holds_no_more_than_its_capacity(self, throttle, others, waits):
        note(throttle, "a", 3)
        for number in range(others):
            throttle.note(number)
        assert (throttle.wait("a") > 0) is waits
