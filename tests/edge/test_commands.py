from __future__ import annotations

import io
import json
import socket

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from barbican.edge import store


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    store.open_or_create(folder)
    return folder


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
            ({"port": 70000}, "--port should be"),
        ],
    )
    def test_wrong_use_with_exit_code_2(self, state, options, sentence):
        given = {"state": str(state), "port": 0, **options}
        with pytest.raises(CommandError, match=sentence) as caught:
            call_command("runedge", **given)
        assert caught.value.returncode == 2

    def test_a_taken_port_with_exit_code_2(self, state):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(CommandError, match=f"Port {port} on 127.0.0.1") as caught:
                call_command("runedge", state=str(state), port=port)
        assert caught.value.returncode == 2

    def test_a_damaged_state_folder_with_exit_code_2(self, tmp_path):
        (tmp_path / "keys.json").write_text("{")
        with pytest.raises(CommandError, match="is damaged: delete the folder") as caught:
            call_command("runedge", state=str(tmp_path), port=0)
        assert caught.value.returncode == 2


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

    def test_needs_a_state_folder(self, tmp_path):
        with pytest.raises(CommandError, match="Start the edge once") as caught:
            call_command("rotate_edge_keys", state=str(tmp_path / "none"))
        assert caught.value.returncode == 2
