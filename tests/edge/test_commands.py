from __future__ import annotations

import errno
import io
import itertools
import json
import os
import shutil
import socket
from unittest import mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from barbican.edge.certificates import authority, tls
from barbican.edge.config.loading import load
from barbican.edge.demo import environment, preparing
from barbican.edge.management.commands import runedge
from barbican.edge.people import revocations
from barbican.edge.state import store
from barbican.edge.state.private_files import is_fresh
from tests.edge.test_store import THEIRS


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    store.open_or_create(folder)
    return folder


async def nothing(*_args, **_options):
    return None


def full_after(count):
    """Return what `os.fsync` is on a disk with room for so many writes less one."""
    calls = itertools.count(1)

    def flush(_handle):
        if next(calls) >= count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return flush


class TestRunEdgeRefuses:
    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ({"bind": "0.0.0.0"}, "listens on loopback only"),
            ({"bind": "192.0.2.1"}, "listens on loopback only"),
            ({"bind": "::"}, "listens on loopback only"),
            ({"bind": "example.com"}, "listens on loopback only"),
            ({"origin": "127.0.0.1:8000"}, "--origin should be"),
            ({"origin": "http://127.0.0.1:8000/x"}, "--origin should be"),
            ({"origin": "file:///etc/passwd"}, "--origin should be"),
            ({"origin": "http://ada:secret@127.0.0.1:8000"}, "--origin should be"),
            ({"origin": "http://127.0.0.1:port"}, "--origin should be"),
            ({"origin": "http://127.0.0.1:65536"}, "--origin should be"),
            ({"origin": "http://[::1"}, "--origin should be"),
            ({"port": 65536}, "--port should be between 0 and 65535"),
            ({"port": -1}, "--port should be between 0 and 65535"),
            ({"api_port": 65536}, "--api-port should be between 0 and 65535"),
            ({"tls_port": 65536}, "--tls-port should be between 0 and 65535"),
            ({"tls_port": -1}, "--tls-port should be between 0 and 65535"),
            ({"port": 65535}, "No port is above 65535 for the management API: name one with"),
            ({"port": 18080, "api_port": 18080}, "--api-port should differ from --port, and both"),
            ({"port": 18080, "tls_port": 18080}, "--tls-port should differ from --port, and both"),
            ({"port": 18080, "tls_port": 18081}, "--tls-port should differ from --api-port, and"),
            ({"port": 18080, "api_port": 18082, "tls_port": 18082}, "both are 18082"),
            ({"json": True}, "--json goes with --check"),
        ],
    )
    def test_wrong_use_with_exit_code_2(self, state, options, sentence):
        given = {"state": str(state), "port": 0, **options}
        with pytest.raises(CommandError, match=sentence) as caught:
            call_command("runedge", **given)
        assert caught.value.returncode == 2

    @pytest.mark.parametrize("flags", [{}, {"check": True}])
    def test_a_configuration_in_a_pipe_with_exit_code_2(self, tmp_path, flags):
        pipe = tmp_path / "edge.toml"
        os.mkfifo(pipe)
        folder = tmp_path / "state"
        with pytest.raises(CommandError, match="it is no regular file") as caught:
            call_command("runedge", config=str(pipe), state=str(folder), port=0, **flags)
        assert (caught.value.returncode, "\n" in str(caught.value)) == (2, False)
        assert not folder.exists()

    def test_no_ports_that_differ_and_none_that_is_any(self, broken):
        given = {"port": 65535, "api_port": 65534, "tls_port": 65533}
        with pytest.raises(CommandError, match="has 2 errors"):
            call_command("runedge", config=broken, **given)
        with pytest.raises(CommandError, match="has 2 errors"):
            call_command("runedge", config=broken, port=0, api_port=0, tls_port=0)

    @pytest.mark.parametrize("flag", ["port", "api_port", "tls_port"])
    def test_a_taken_port_with_exit_code_2_and_makes_nothing(self, tmp_path, flag):
        folder = tmp_path / "state"
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(CommandError, match=f"Port {port} on 127.0.0.1") as caught:
                call_command("runedge", **{"state": str(folder), "port": 0, flag: port})
        assert str(caught.value).endswith(f"choose another one with --{flag.replace('_', '-')}.")
        assert caught.value.returncode == 2
        assert not folder.exists()

    def test_to_start_on_a_full_disk_until_there_is_room(self, tmp_path, monkeypatch):
        monkeypatch.setattr(runedge.Command, "_run", nothing)
        folder = tmp_path / "state"
        for missing in ("organisation.json", "api.json", "authority.pem"):
            with monkeypatch.context() as full:
                full.setattr("os.fsync", full_after(5))
                with pytest.raises(CommandError, match="No space left on device") as caught:
                    call_command("runedge", state=str(folder), port=0, tls_port=0)
            assert caught.value.returncode == 2
            assert not (folder / missing).exists()
            assert all(each.read_text() for each in folder.iterdir())
            assert not any(is_fresh(each.name) for each in folder.iterdir())
        call_command("runedge", state=str(folder), port=0, tls_port=0)
        assert (folder / "server.pem").exists()

    def test_a_state_that_is_a_file_with_exit_code_2(self, tmp_path):
        (tmp_path / "file").write_text("")
        for path in ("file", "file/below"):
            with pytest.raises(CommandError, match="Not a directory") as caught:
                call_command("runedge", state=str(tmp_path / path), port=0)
            assert caught.value.returncode == 2

    def test_a_damaged_state_folder_with_exit_code_2(self, tmp_path):
        (tmp_path / "keys.json").write_text("{")
        with pytest.raises(
            CommandError, match="is damaged, or not the edge's: name a new"
        ) as caught:
            call_command("runedge", state=str(tmp_path), port=0)
        assert caught.value.returncode == 2

    def test_somebody_else_s_folder_with_exit_code_2(self, tmp_path):
        (tmp_path / "thesis.odt").write_text("")
        before = tmp_path.stat().st_mode
        with pytest.raises(CommandError, match=r"holds 'thesis\.odt', which is not") as caught:
            call_command("runedge", state=str(tmp_path), port=0)
        assert caught.value.returncode == 2
        assert [each.name for each in tmp_path.iterdir()] == ["thesis.odt"]
        assert tmp_path.stat().st_mode == before

    def test_damaged_revocations_with_exit_code_2(self, state):
        path = state / "revocations.json"
        path.write_text("{")
        with pytest.raises(CommandError, match="is damaged: delete it") as caught:
            call_command("runedge", state=str(state), port=0)
        path.unlink()
        assert caught.value.returncode == 2


BROKEN = '[choices]\nlogout_delay = -1\n[[applications]]\nname = "A"\n'


@pytest.fixture
def broken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "edge.toml").write_text(BROKEN)
    return "edge.toml"


class TestRunEdgeChecks:
    def test_the_shipped_file(self):
        out = io.StringIO()
        call_command("runedge", check=True, stdout=out)
        assert "edge.toml is sound: 2 applications" in out.getvalue()

    def test_the_shipped_file_for_a_program(self):
        out = io.StringIO()
        call_command("runedge", check=True, json=True, stdout=out)
        found = json.loads(out.getvalue())
        assert (found["valid"], found["applications"], found["errors"]) == (True, 2, [])

    def test_a_broken_file_with_exit_code_2(self, broken):
        with pytest.raises(CommandError) as caught:
            call_command("runedge", check=True, config=broken)
        assert caught.value.returncode == 2
        assert str(caught.value).splitlines() == [
            "edge.toml has 2 errors.",
            "edge.toml:2: 'logout_delay' should be a whole number from 0, and not -1.",
            "edge.toml:3: An application needs 'destinations'.",
        ]

    def test_a_broken_file_for_a_program(self, broken):
        out = io.StringIO()
        with pytest.raises(CommandError) as caught:
            call_command("runedge", check=True, json=True, config=broken, stdout=out)
        assert caught.value.returncode == 2
        assert [each["line"] for each in json.loads(out.getvalue())["errors"]] == [2, 3]

    def test_nothing_else_and_makes_no_state(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "edge.toml").write_text('[[applications]]\nname = "A"\ndestinations = ["a"]\n')
        call_command("runedge", check=True, config="edge.toml", stdout=io.StringIO())
        assert [each.name for each in tmp_path.iterdir()] == ["edge.toml"]

    def test_before_it_starts_too(self, broken, tmp_path):
        with pytest.raises(CommandError, match="has 2 errors") as caught:
            call_command("runedge", config=broken, port=0)
        assert caught.value.returncode == 2
        assert [each.name for each in tmp_path.iterdir()] == ["edge.toml"]

    def test_a_domain_that_is_none(self):
        with pytest.raises(CommandError, match="is no domain that the edge can serve") as caught:
            call_command("runedge", check=True, base_domain="https://example.com")
        assert caught.value.returncode == 2


class TestResetEdge:
    @pytest.fixture
    def folder(self, state, tmp_path):
        copied = tmp_path / "state"
        shutil.copytree(state, copied)
        return copied

    def reset(self, folder, said="", **options):
        out = io.StringIO()
        with mock.patch("sys.stdin", io.StringIO(said)):
            call_command("reset_edge", state=str(folder), stdout=out, **options)
        return out.getvalue()

    def test_throws_everything_away(self, folder):
        for name in ("demo.sqlite3", "demo.sqlite3-wal", "secret_key", "prepared", "server.pem",
                     ".keys.json.0123456789abcdef", "keys.json"):  # fmt: skip
            (folder / name).write_text("even when it is damaged")
        assert f"{folder} is gone." in self.reset(folder, no_input=True)
        assert not folder.exists()

    @pytest.mark.parametrize("said", ["yes\n", "YES\n", " yes "])
    def test_throws_it_away_after_a_yes(self, folder, said):
        self.reset(folder, said)
        assert not folder.exists()

    @pytest.mark.parametrize("said", ["", "\n", "no\n", "y\n", "yesterday\n"])
    def test_keeps_it_after_anything_else(self, folder, said):
        before = {each.name: each.read_bytes() for each in folder.iterdir()}
        with pytest.raises(CommandError, match="Nothing was thrown away") as caught:
            self.reset(folder, said)
        assert caught.value.returncode == 1
        assert {each.name: each.read_bytes() for each in folder.iterdir()} == before

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("README.md", "also holds 'README.md', which is not the edge's"),
            ("photos/", "also holds 'photos', which is not the edge's"),
            ("link.json", "also holds 'link.json', which is not the edge's"),
        ],
    )
    def test_refuses_a_folder_with_something_else_in_it(self, folder, name, sentence):
        path = folder / name
        if name.endswith("/"):
            path.mkdir()
        elif name.startswith("link"):
            path.symlink_to(folder / "keys.json")
        else:
            path.write_text("")
        with pytest.raises(CommandError, match=sentence) as caught:
            self.reset(folder, no_input=True)
        assert caught.value.returncode == 2
        assert (folder / "keys.json").exists()

    @pytest.mark.parametrize("name", ["none", "empty", "link", "file"])
    def test_refuses_what_is_no_state_folder(self, folder, tmp_path, name):
        (tmp_path / "empty").mkdir()
        (tmp_path / "empty" / "api.json").write_text("{}")
        (tmp_path / "link").symlink_to(folder)
        (tmp_path / "file").write_text("")
        with pytest.raises(CommandError, match="no state folder") as caught:
            self.reset(tmp_path / name, no_input=True)
        assert caught.value.returncode == 2
        assert (folder / "keys.json").exists()
        assert (tmp_path / "empty" / "api.json").exists()

    @pytest.mark.parametrize("content", THEIRS)
    @pytest.mark.parametrize("name", ["keys.json", "organisation.json"])
    def test_keeps_a_folder_of_somebody_elses_keys(self, tmp_path, name, content):
        theirs = {name: content, "issuer.key": "PRIVATE", "ca.pem": "CA", "users.sqlite3": "USERS"}
        for each, text in theirs.items():
            (tmp_path / each).write_text(text)
        with pytest.raises(CommandError, match="is no state folder of an edge") as caught:
            self.reset(tmp_path, no_input=True)
        assert caught.value.returncode == 2
        assert {each.name: each.read_text() for each in tmp_path.iterdir()} == theirs

    @pytest.mark.parametrize(
        "name", ["package.json", "ca.pem", "users.sqlite3", "log.jsonl", "yarn.lock", ".x.key",
                 "two words.key", ".notes.0123456789abcdef"],
    )  # fmt: skip
    def test_keeps_a_file_that_no_edge_has_named(self, folder, name):
        (folder / name).write_text("theirs")
        with pytest.raises(CommandError, match="which is not the edge's: nothing was removed"):
            self.reset(folder, no_input=True)
        assert (folder / name).exists()
        assert (folder / "keys.json").exists()

    def test_knows_every_file_that_is_ever_written(self, folder):
        written = [
            store.API_FILE, store.APPLIED_FILE, revocations.FILE, revocations.LOCK,
            authority.AUTHORITY_FILE, authority.CERTIFICATE_FILE, tls.SERVER_FILE,
            preparing.PREPARED_FILE, preparing.DATABASE_FILE, environment.SECRET_KEY_FILE,
            *(f"{preparing.DATABASE_FILE}-{end}" for end in ("journal", "shm", "wal")),
            "a.crt", "a.key", f"{'a._-' * 16}.key",
        ]  # fmt: skip
        for name in written:
            (folder / name).write_text("")
            (folder / f".{name}.0123456789abcdef").write_text("")
        self.reset(folder, no_input=True)
        assert not folder.exists()


class TestRotateEdgeKeys:
    def test_rule_28_names_both_keys(self, state):
        before = store.StateFolder(state).state().keys
        out = io.StringIO()
        call_command("rotate_edge_keys", state=str(state), json=True, stdout=out)
        answer = json.loads(out.getvalue())
        after = store.StateFolder(state).state().keys
        assert answer == {"current": after.current.key_id, "previous": before.current.key_id}

    def test_prints_no_key(self, state):
        out = io.StringIO()
        call_command("rotate_edge_keys", state=str(state), stdout=out)
        assert store.StateFolder(state).state().keys.current.key_id in out.getvalue()
        assert "PRIVATE" not in out.getvalue()

    def test_says_what_is_wrong_and_not_that_an_edge_is_missing(self, state, monkeypatch):
        monkeypatch.setattr("os.fsync", full_after(1))
        with pytest.raises(CommandError, match="No space left on device") as caught:
            call_command("rotate_edge_keys", state=str(state))
        assert str(caught.value).endswith("What was there is unchanged.")
        assert caught.value.returncode == 2

    def test_needs_a_state_folder(self, tmp_path):
        with pytest.raises(CommandError, match="Start the edge once") as caught:
            call_command("rotate_edge_keys", state=str(tmp_path / "none"))
        assert caught.value.returncode == 2


class TestMakeToken:
    def test_names_the_first_machine_where_the_demo_s_is_not_there(self, tmp_path):
        claims = signed(tmp_path, '[[service_tokens]]\nname = "deploy"\n')
        assert claims["common_name"].endswith(".access")

    def test_says_that_there_is_none_with_exit_code_2(self, tmp_path):
        with pytest.raises(CommandError, match="There is no service token here") as caught:
            signed(tmp_path, "")
        assert caught.value.returncode == 2


def signed(folder, tokens):
    file = folder / "edge.toml"
    file.write_text(f'[[applications]]\nname = "A"\ndestinations = ["a.localhost"]\n{tokens}')
    store.open_or_create(folder / ".edge", configuration=load(file, "localhost"))
    out = io.StringIO()
    call_command("make_token", state=str(folder / ".edge"), json=True, stdout=out)
    return json.loads(out.getvalue())["claims"]
