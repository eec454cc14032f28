from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import replace

import pytest

from barbican.edge.state import store
from barbican.edge.tokens.rotation import DAY, days_left, rotate_if_due, rotate_when_due


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return store.open_or_create(tmp_path_factory.mktemp("state"))


@pytest.fixture
def folder(made, tmp_path):
    shutil.copytree(made.folder, tmp_path / "state")
    found = store.StateFolder(tmp_path / "state")
    found.change(lambda held: replace(held, key_rotation_interval_days=21))
    return found


class TestDaysLeft:
    @pytest.mark.parametrize(
        ("interval", "age", "expected"),
        [(0, 999, None), (21, 0, 21), (21, 20.5, 0.5), (21, 21, 0), (21, 99, 0), (0.5, 0.25, 0.25)],
    )
    def test_are(self, interval, age, expected):
        assert days_left(interval, 1_000, 1_000 + age * DAY) == expected


class TestRotates:
    def test_once_when_due_and_not_before(self, folder):
        made_at = folder.keys_rotated_at()
        first = folder.state().keys.current.key_id
        assert rotate_if_due(folder, made_at + 21 * DAY - 1) is False
        assert folder.state().keys.current.key_id == first
        assert rotate_if_due(folder, made_at + 21 * DAY) is True
        assert folder.state().keys.previous.key_id == first
        assert rotate_if_due(folder, made_at + 21 * DAY) is False
        assert folder.keys_rotated_at() == made_at + 21 * DAY

    def test_once_where_another_process_was_faster(self, folder):
        due = folder.keys_rotated_at() + 21 * DAY
        store.StateFolder(folder.folder).rotate_keys(due)
        again = folder.rotate_keys(due + 1, at_age=21 * DAY)
        assert again.current.key_id == folder.state().keys.current.key_id
        assert folder.keys_rotated_at() == due

    def test_in_the_running_server_and_stops_with_it(self, folder):
        clock = [folder.keys_rotated_at()]
        first = folder.state().keys.current.key_id

        async def run():
            stop = asyncio.Event()
            watch = asyncio.create_task(
                rotate_when_due(folder, stop, clock=lambda: clock[0], look=0.01)
            )
            await asyncio.sleep(0.1)
            assert folder.state().keys.current.key_id == first
            clock[0] += 21 * DAY
            async with asyncio.timeout(10):
                while folder.keys_rotated_at() != clock[0]:
                    await asyncio.sleep(0.01)
            stop.set()
            await asyncio.wait_for(watch, 5)

        asyncio.run(run())
        assert folder.state().keys.previous.key_id == first

    def test_on_while_the_folder_is_damaged_for_a_while(self, folder):
        path = folder.folder / "organisation.json"
        whole, due = path.read_text(), folder.keys_rotated_at() + 22 * DAY

        async def run():
            stop = asyncio.Event()
            path.write_text("{")
            watch = asyncio.create_task(rotate_when_due(folder, stop, clock=lambda: due, look=0.01))
            await asyncio.sleep(0.1)
            path.write_text(whole)
            async with asyncio.timeout(10):
                while folder.keys_rotated_at() != due:
                    await asyncio.sleep(0.01)
            stop.set()
            await asyncio.wait_for(watch, 5)

        asyncio.run(run())


class TestReads:
    def test_keys_of_an_earlier_version_as_old_as_their_file(self, folder):
        path = folder.folder / "keys.json"
        path.write_text(path.read_text().replace('"rotated_at"', '"other"'))
        os.utime(path, (1_000, 2_000))
        assert folder.keys_rotated_at() == 2_000
