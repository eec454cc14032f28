from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from barbican.edge.state import private_files, store
from tests.e2e.stack import ROOT

NOBODY = 65534  # a user without rights, for a suite that root runs

# Writes two contents by turns, of very different size, until it is killed.
WRITER = """
import sys
from pathlib import Path
from barbican.edge.state import private_files

path = Path(sys.argv[1])
contents = [Path(each).read_text() for each in sys.argv[2:4]]
print("ready", flush=True)
while True:
    for content in contents:
        private_files.write(path, content)
"""
# Writes until a limit of the system stops it in the middle of a file, as a full disk does.
FILLER = """
import resource, signal, sys
from pathlib import Path
from barbican.edge.state.store import StateError, StateFolder

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = StateFolder(Path(sys.argv[1]))
organisation = folder.state().organisation
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    folder.write_organisation(organisation)
except StateError as error:
    print(error)
"""


def python(code, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return store.open_or_create(tmp_path_factory.mktemp("state") / "new")


class TestWrites:
    def test_for_the_owner_alone(self, tmp_path):
        path = tmp_path / "a"
        path.write_text("open")
        path.chmod(0o644)
        private_files.write(path, "secret")
        assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("secret", 0o600)
        assert list(tmp_path.iterdir()) == [path]

    def test_the_old_or_the_new_content_however_it_is_killed(self, made, tmp_path):
        folder = tmp_path / "state"
        folder.mkdir()
        for name in ("keys.json", "applied.json"):
            (folder / name).write_bytes((made.folder / name).read_bytes())
        short = (made.folder / "organisation.json").read_text()
        contents = []
        for name, blanks in (("short", 0), ("long", 2_000_000)):
            contents.append(json.dumps({**json.loads(short), "filler": " " * blanks}))
            (tmp_path / name).write_text(contents[-1])
        path = folder / "organisation.json"
        path.write_text(short)
        left_behind, moments = 0, random.Random(4)
        for _ in range(12):
            writer = python(WRITER, path, tmp_path / "short", tmp_path / "long")
            with writer:
                assert writer.stdout.readline() == "ready\n"
                time.sleep(moments.uniform(0, 0.06))
                writer.send_signal(signal.SIGKILL)
            assert path.read_text() in (short, *contents)
            assert store.StateFolder(folder).state().organisation == made.state().organisation
            left_behind = max(left_behind, len(list(folder.iterdir())) - 3)
        assert left_behind > 0  # it was killed in the middle of a write, at least once
        private_files.sweep(folder, time.time() + private_files.LEFT_BEHIND + 1)
        assert {each.name for each in folder.iterdir()} == {
            "keys.json", "organisation.json", "applied.json",
        }  # fmt: skip

    def test_nothing_on_a_full_disk(self, made):
        before = (made.folder / "organisation.json").read_bytes()
        names = {each.name for each in made.folder.iterdir()}
        with python(FILLER, made.folder) as filler:
            said, wrong = filler.communicate(timeout=30)
        assert said == (
            f"Cannot write {made.folder / 'organisation.json'}: File too large."
            " What was there is unchanged.\n"
        ), wrong
        assert (made.folder / "organisation.json").read_bytes() == before
        assert {each.name for each in made.folder.iterdir()} == names


@contextmanager
def nobody():
    """Act as a user without rights, where root runs the suite."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def readable(made):
    """A copy of the state, in a folder that somebody without rights owns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in made.folder.iterdir():
            (folder / each.name).write_bytes(each.read_bytes())
            if os.geteuid() == 0:
                os.chown(folder / each.name, NOBODY, NOBODY)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield folder
        folder.chmod(0o700)


class TestRefuses:
    def test_a_folder_that_cannot_be_written_in_one_sentence(self, readable):
        before = (readable / "keys.json").read_bytes()
        with nobody():
            folder = store.StateFolder(readable)
            folder.state()
            readable.chmod(0o500)
            with pytest.raises(store.StateError) as caught:
                folder.rotate_keys()
        assert str(caught.value) == (
            f"Cannot write {readable / 'keys.json'}: Permission denied."
            " What was there is unchanged."
        )
        assert (readable / "keys.json").read_bytes() == before

    def test_a_folder_that_cannot_be_read_in_one_sentence(self, readable):
        with nobody():
            readable.chmod(0o000)
            with pytest.raises(store.StateError, match="Cannot read the state folder"):
                store.StateFolder(readable).state()


class TestSweeps:
    @pytest.mark.parametrize(
        ("name", "age", "is_left"),
        [
            (".keys.json.0123456789abcdef", 61, False),
            (".keys.json.0123456789abcdef", 59, True),
            ("keys.json", 9999, True),
            (".gitignore", 9999, True),
            (".keys.json.0123456789abcde", 9999, True),
            ("keys.json.0123456789abcdef", 9999, True),
        ],
    )
    def test_what_nobody_works_on(self, tmp_path, name, age, is_left):
        path = tmp_path / name
        path.write_text("")
        private_files.sweep(tmp_path, path.stat().st_mtime + age)
        assert path.exists() is is_left

    def test_when_the_folder_is_opened(self, made):
        left = made.folder / ".organisation.json.0123456789abcdef"
        left.write_text("half")
        os.utime(left, (0, 0))
        store.open_or_create(made.folder)
        assert not left.exists()
