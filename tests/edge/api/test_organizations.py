from __future__ import annotations

import cloudflare
import pytest

from barbican.edge.api.router import Api
from tests.edge.api.conftest import connect


class TestOrganisation:
    def test_is_shown(self, client, folder):
        found = client.organizations.list()
        assert found.name == folder.state().organisation.team_name
        assert (found.session_duration, found.strict_service_token_auth) == ("24h", True)

    def test_has_the_address_of_the_running_edge(self, folder, start_api):
        credentials = folder.api_credentials()
        api = Api(folder, *credentials, clock=lambda: 0.0, team_domain="127.0.0.1:8080")
        client = connect(start_api(api), folder)
        assert client.organizations.list().auth_domain == "127.0.0.1:8080"
        client.sdk.close()

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_changes_what_is_named_and_nothing_else(self, ask, folder, method):
        before = folder.state().organisation
        told = ask(method, "organizations", {"strict_service_token_auth": False})
        assert told.result["strict_service_token_auth"] is False
        told = ask(method, "organizations", {"session_duration": "15m", "name": "other"})
        after = folder.state().organisation
        assert (after.is_strict, after.session_duration, after.team_name) == (False, 900, "other")
        assert after.service_tokens == before.service_tokens

    def test_says_what_cannot_be_changed_and_what_has_no_effect(self, client, ask):
        told = ask("PUT", "organizations", {"auth_domain": "x", "deny_unmatched_requests": True})
        assert "stays as it is: auth_domain" in told.said
        assert "without effect on the local edge: deny_unmatched_requests" in told.said

    def test_cannot_be_made_again(self, client):
        with pytest.raises(cloudflare.ConflictError, match="exists already"):
            client.organizations.create(auth_domain="x", name="y")

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ({"strict_service_token_auth": "no"}, "true or false"),
            ({"session_duration": "14m59s"}, "15m or longer"),
            ({"session_duration": "0s"}, "15m or longer"),
            ({"session_duration": "soon"}, "no duration"),
            ({"name": ""}, "name should be"),
        ],
        ids=str,
    )
    def test_takes_no(self, ask, folder, body, why):
        before = folder.state().organisation
        told = ask("PUT", "organizations", body)
        assert (told.status, told.code) == (400, 12130)
        assert why in told.message
        assert folder.state().organisation == before


class TestIdentityProviders:
    def test_are_listed_and_got(self, client):
        [found] = client.identity_providers.list()
        assert (found.id, found.type) == ("onetimepin", "onetimepin")
        assert client.identity_providers.get("onetimepin").name == found.name

    def test_are_not_there_under_another_id(self, ask):
        told = ask("GET", "identity_providers/nobody")
        assert (told.status, told.code) == (404, 12135)

    def test_cannot_be_added(self, ask):
        assert ask("POST", "identity_providers", {"type": "okta"}).status == 405
