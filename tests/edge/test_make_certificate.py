from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import call_command
from django.core.management.base import CommandError

from barbican.edge.certificates import chains
from barbican.edge.organisation.model import PolicyDecision
from barbican.edge.organisation.selectors import CommonNameIs
from barbican.edge.state import store


@pytest.fixture
def state(tmp_path):
    store.open_or_create(tmp_path / "state")
    return tmp_path / "state"


def run(state, name="build-agent", **options):
    out = io.StringIO()
    call_command("make_certificate", name, state=str(state), stdout=out, **options)
    return out.getvalue()


class TestMakeCertificate:
    def test_makes_what_the_uploaded_ca_vouches_for(self, state):
        files = json.loads(run(state, json=True))
        (uploaded,) = store.StateFolder(state).state().organisation.certificates
        made = x509.load_pem_x509_certificate(Path(files["certificate"]).read_bytes())
        (attribute,) = made.subject
        assert attribute.value == "build-agent"
        assert len(chains.windows(made.public_bytes(Encoding.DER), uploaded.pem)) == 1
        assert "service-token.localhost" in uploaded.associated_hostnames

    def test_leaves_every_policy_alone(self, state):
        before = store.StateFolder(state).state().organisation.applications
        assert "Now add a Service Auth policy" in run(state)
        assert store.StateFolder(state).state().organisation.applications == before

    def test_adds_a_service_auth_policy_when_asked(self, state):
        assert "Now add" not in run(state, admit=True, host=["localhost"])
        first, second = store.StateFolder(state).state().organisation.applications
        policy = first.policies[-1]
        assert policy.decision is PolicyDecision.NON_IDENTITY
        assert policy.include == (CommonNameIs("build-agent"),)
        assert len(second.policies) == 1

    def test_keeps_the_ca_for_the_next_one(self, state):
        run(state)
        run(state, "other-agent")
        assert len(store.StateFolder(state).state().organisation.certificates) == 1

    def test_leaves_what_reset_edge_knows(self, state):
        run(state, admit=True)
        call_command("reset_edge", state=str(state), no_input=True, stdout=io.StringIO())
        assert not state.exists()

    def test_prints_one_curl_command_and_no_key(self, state):
        (line,) = run(state, admit=True, tls_port=9443).splitlines()
        assert line.startswith("curl --cacert ")
        assert line.endswith(" https://localhost:9443/service-token/")
        assert "PRIVATE" not in line

    def test_keeps_every_key_for_its_owner_alone(self, state):
        run(state)
        assert state.stat().st_mode & 0o777 == 0o700
        for file in ("authority.pem", "build-agent.key"):
            assert (state / file).stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        ("name", "options", "sentence"),
        [
            ("", {}, "NAME should be letters"),
            ("../a", {}, "NAME should be letters"),
            ("a" * 65, {}, "NAME should be letters"),
            (f"{'0' * 32}.access", {}, "NAME should be letters"),
            ("a.ACCESS", {}, "NAME should be letters"),
            ("a", {"days": 0}, "--days should be between"),
            ("a", {"days": 3651}, "--days should be between"),
            ("a", {"host": ["*.localhost"]}, "--host should be"),
            ("a", {"host": ["localhost/x"]}, "--host should be"),
            ("a", {"host": ["http://localhost"]}, "--host should be"),
        ],
    )
    def test_refuses_wrong_use_with_exit_code_2(self, state, name, options, sentence):
        with pytest.raises(CommandError, match=sentence) as caught:
            run(state, name, **options)
        assert caught.value.returncode == 2
        assert not (state / "authority.pem").exists()

    def test_never_writes_over_a_key(self, state):
        before = json.loads(run(state, json=True))
        with pytest.raises(CommandError, match="is there already") as caught:
            run(state)
        assert caught.value.returncode == 2
        assert "PRIVATE" in Path(before["key"]).read_text()

    def test_needs_a_state_folder(self, tmp_path):
        with pytest.raises(CommandError, match="Start the edge once") as caught:
            run(tmp_path / "none")
        assert caught.value.returncode == 2

    @pytest.mark.parametrize("command", ["make_certificate", "runedge"])
    def test_says_that_the_ca_is_damaged_with_exit_code_2(self, state, command):
        (state / "authority.pem").write_text("damaged")
        given = ["a"] if command == "make_certificate" else []
        options = {"port": 0, "tls_port": 0} if command == "runedge" else {}
        with pytest.raises(CommandError, match="is damaged: delete it") as caught:
            call_command(command, *given, state=str(state), stdout=io.StringIO(), **options)
        assert caught.value.returncode == 2
