from __future__ import annotations

from datetime import UTC, datetime

import cloudflare
import pytest

DAY = 24 * 3600  # seconds


@pytest.fixture
def now(folder, clock):
    """The moment at which the keys were made."""
    clock[0] = folder.keys_rotated_at()
    return clock[0]


def ids(folder):
    keys = folder.state().keys
    return keys.current.key_id, keys.previous.key_id


class TestKeys:
    def test_rotate_on_demand_alone_at_first(self, client, folder, clock, now):
        before = ids(folder)
        clock[0] = now + 1_000 * DAY
        found = client.keys.get()
        assert (found.key_rotation_interval_days, found.days_until_next_rotation) == (0, None)
        assert ids(folder) == before

    def test_rotate_on_demand(self, client, folder, clock, now):
        before = ids(folder)
        clock[0] = now + DAY
        found = client.keys.rotate()
        assert ids(folder)[1] == before[0]
        assert ids(folder)[0] not in before
        assert found.last_key_rotation_at == datetime.fromtimestamp(int(clock[0]), UTC)

    def test_rotate_by_themselves_when_due(self, client, folder, clock, now):
        before = ids(folder)
        assert client.keys.update(key_rotation_interval_days=30).days_until_next_rotation == 30
        clock[0] = now + 30 * DAY - 60
        assert 0 < client.keys.get().days_until_next_rotation < 0.001
        assert ids(folder) == before
        clock[0] = now + 30 * DAY
        assert client.keys.get().days_until_next_rotation == 30
        assert ids(folder)[1] == before[0]

    def test_rotate_at_once_when_overdue(self, client, folder, clock, now):
        before = ids(folder)
        clock[0] = now + 22 * DAY
        client.keys.update(key_rotation_interval_days=21)
        assert ids(folder)[1] == before[0]

    @pytest.mark.parametrize("days", [21, 365, 0])
    def test_take_an_interval_of(self, client, days):
        assert (
            client.keys.update(key_rotation_interval_days=days).key_rotation_interval_days == days
        )

    @pytest.mark.parametrize("days", [20.9, 365.1, -1, "30", None, True])
    def test_take_no_interval_of(self, ask, folder, days):
        told = ask("PUT", "keys", {"key_rotation_interval_days": days})
        assert (told.status, told.code) == (400, 12130)
        assert folder.state().organisation.key_rotation_interval_days == 0

    def test_want_an_interval_in_an_update(self, client):
        with pytest.raises(cloudflare.BadRequestError, match="from 21 to 365"):
            client.keys.update(key_rotation_interval_days=cloudflare.NOT_GIVEN)
