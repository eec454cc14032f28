"""Whatever a body holds, the answer is an envelope and the state folder can be read again."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barbican.edge.state import store

FIELDS = [
    "name", "type", "domain", "destinations", "self_hosted_domains", "policies", "session_duration",
    "cors_headers", "allowed_idps", "same_site_cookie_attribute", "custom_deny_url", "enabled",
    "duration", "client_secret_version", "previous_client_secret_expires_at", "decision", "include",
    "require", "exclude", "precedence", "certificate", "associated_hostnames", "settings",
    "key_rotation_interval_days", "strict_service_token_auth", "id", "uri", "hostname", "max_age",
    "ip", "email", "everyone",
]  # fmt: skip
LIKELY = ["self_hosted", "app.test", "24h", "0s", "allow", "public", "a.test/*", "192.0.2.0/24"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(LIKELY)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
# What lets a good part of the bodies get past the fields that have to be there.
BODIES = st.builds(
    lambda start, more: {**start, **more},
    st.sampled_from(
        [
            {},
            {"name": "x", "type": "self_hosted", "domain": "app.test"},
            {"name": "x", "decision": "allow", "include": [{"everyone": {}}]},
        ]
    ),
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4),
)


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _handle: None)


class TestNeverBreaks:
    @pytest.mark.parametrize(
        ("method", "rest"),
        [
            ("POST", "service_tokens"),
            ("PUT", "service_tokens/{token}"),
            ("POST", "service_tokens/{token}/rotate"),
            ("POST", "apps"),
            ("PUT", "apps/{app}"),
            ("POST", "apps/{app}/policies"),
            ("POST", "policies"),
            ("POST", "certificates"),
            ("PUT", "certificates/settings"),
            ("PUT", "organizations"),
        ],
    )
    @settings(
        max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(body=BODIES)
    def test_on(self, ask, folder, method, rest, body):
        held = folder.state().organisation
        path = rest.format(token=held.service_tokens[0].id, app=held.applications[0].id)
        told = ask(method, path, body)
        assert told.envelope["success"] is (told.status < 300)
        assert told.status in {200, 201, 400, 404, 409}
        again = store.StateFolder(folder.folder).state().organisation
        assert again == folder.state().organisation
        shown = ask("GET", "apps", query="per_page=1000")
        assert shown.status == 200
