from __future__ import annotations

import asyncio
import os
import threading

import pytest

from barbican.edge.config.report import ConfigError
from barbican.edge.config.watching import INTERVAL, Watch
from barbican.edge.state import store
from barbican.edge.state.following import Follower, follow
from barbican.edge.state.store import StateFolder
from tests.edge.test_config import certificate

FILE = '[[applications]]\nname = "{}"\ndestinations = ["localhost"]\n'


class Case:
    def __init__(self, folder, key_pair):
        self.path = folder / "edge.toml"
        self.path.write_text(FILE.format("first"))
        self.watch = Watch(self.path, "localhost", "edge.toml")
        (folder / "state").mkdir()
        StateFolder(folder / "state").write_keys(key_pair)
        state = store.open_or_create(folder / "state", configuration=self.watch.configuration)
        self.follower = Follower(self.watch, state)
        self.state = state

    def write(self, text):
        self.path.write_text(text)

    def looks(self, count=3):
        return [line for _ in range(count) for line in self.follower.step()]

    def names(self):
        return [
            each.name for each in StateFolder(self.state.folder).state().organisation.applications
        ]


@pytest.fixture
def case(tmp_path, key_pair):
    return Case(tmp_path, key_pair)


class TestFollows:
    def test_a_change(self, case):
        assert case.looks() == []
        case.write(FILE.format("second"))
        assert case.looks() == ["edge.toml has changed: the edge goes by it from now on."]
        assert case.names() == ["second"]
        assert case.looks() == []

    def test_a_file_that_took_the_place_of_the_old_one(self, case):
        fresh = case.path.with_name("fresh")
        fresh.write_text(FILE.format("other"))
        stat = case.path.stat()
        os.utime(fresh, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        fresh.replace(case.path)
        case.looks()
        assert case.names() == ["other"]

    def test_no_comment(self, case):
        case.write("# new\n" + FILE.format("first"))
        assert case.looks() == []

    def test_nothing_that_is_written_still(self, case):
        aud = case.state.state().organisation.applications[0].aud
        for text in ("[organisation]", "[organisation]\n", FILE.format("first") + "\n"):
            case.write(text)
            assert case.looks(1) == []
        case.looks()
        assert case.state.state().organisation.applications[0].aud == aud

    def test_no_broken_file_and_says_so_once(self, case):
        case.write(FILE.format("second") + "policy = 1\n[choices]\na = 1\n")
        assert case.looks(6) == [
            "edge.toml:4: There is no key 'policy' here. Did you mean 'policies'?",
            "edge.toml:6: There is no key 'a' here.",
            "edge.toml is not applied: the edge goes on as before.",
        ]
        assert case.names() == ["first"]
        case.write(FILE.format("third"))
        case.looks()
        assert case.names() == ["third"]

    def test_a_file_that_is_away_for_a_while(self, case):
        case.path.rename(case.path.with_name("away"))
        assert case.looks() == [
            "Cannot read edge.toml: No such file or directory.",
            "edge.toml is not applied: the edge goes on as before.",
        ]
        case.path.with_name("away").rename(case.path)
        assert case.looks() == ["edge.toml is sound again, and says what it said before."]
        assert case.looks() == []
        assert case.names() == ["first"]

    def test_a_certificate_that_the_file_names(self, case):
        text = FILE.format("first") + '[[certificates]]\nname = "CA"\nfile = "ca.pem"\n'
        case.write(text)
        assert len(case.looks()) == 2  # there is none yet
        certificate(case.path.with_name("ca.pem"))
        assert len(case.looks()) == 1
        [before] = case.state.state().organisation.certificates
        certificate(case.path.with_name("ca.pem"))
        assert len(case.looks()) == 1
        [after] = case.state.state().organisation.certificates
        assert (after.id, after.pem == before.pem) == (before.id, False)

    def test_a_change_that_cannot_be_written_until_it_can(self, case, monkeypatch):
        def fail(_handle):
            raise OSError(28, "No space left on device")

        case.write(FILE.format("second"))
        with monkeypatch.context() as full:
            full.setattr("os.fsync", fail)
            [said] = case.looks(6)
        assert "No space left on device. What was there is unchanged." in said
        assert said.endswith("edge.toml is not applied yet.")
        assert case.names() == ["first"]
        assert case.looks() == ["edge.toml has changed: the edge goes by it from now on."]
        assert case.names() == ["second"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (".".join("a" * 20_000) + " = 1", "edge.toml:1: This is nested more than 32 deep."),
            ("a = " + "[" * 500_000, "edge.toml:1: This is nested more than 32 deep."),
            ("#" * 50_000_000, "edge.toml is larger than 1048576 bytes."),
        ],
    )
    def test_no_file_that_is_made_to_be_slow(self, case, text, said):
        case.write(text)
        assert case.looks(6) == [said, "edge.toml is not applied: the edge goes on as before."]
        assert case.names() == ["first"]
        case.write(FILE.format("second"))
        case.looks()
        assert case.names() == ["second"]

    def test_without_holding_anybody_up_while_it_reads(self, case, monkeypatch):
        goes_on = threading.Event()
        waited = []

        def look():
            waited.append(goes_on.wait(5))
            return False

        async def run():
            stop = asyncio.Event()
            task = asyncio.create_task(follow(case.watch, case.state, stop, print))
            await asyncio.sleep(0.05)
            goes_on.set()  # what else the edge does goes on meanwhile
            stop.set()
            await task

        monkeypatch.setattr(case.watch, "look", look)
        asyncio.run(run())
        assert waited == [True]

    def test_within_a_second(self, case):
        async def run():
            stop, lines = asyncio.Event(), []
            task = asyncio.create_task(follow(case.watch, case.state, stop, lines.append))
            await asyncio.sleep(0.05)
            case.write(FILE.format("second"))
            for _ in range(100):
                await asyncio.sleep(0.02)
                if lines:
                    break
            stop.set()
            await task
            return lines

        assert asyncio.run(run()) == ["edge.toml has changed: the edge goes by it from now on."]
        assert 2 * INTERVAL < 1


class TestStarts:
    def test_not_with_a_broken_file(self, tmp_path):
        (tmp_path / "edge.toml").write_text("a")
        with pytest.raises(ConfigError):
            Watch(tmp_path / "edge.toml", "localhost", "edge.toml")
