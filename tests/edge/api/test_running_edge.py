"""Cloudflare's own client manages; the running edge heeds it on the next request."""

from __future__ import annotations

import jwt
import pytest

EVERYONE = [{"everyone": {}}]


def names(token):
    return [{"service_token": {"token_id": token.id}}]


@pytest.fixture
def token(team):
    return team.client.service_tokens.create(name="ci", duration="1h")


@pytest.fixture
def policy(team, token):
    return team.client.policies.create(
        name="ci", decision="non_identity", include=names(token), session_duration="2m"
    )


@pytest.fixture
def app(team, policy):
    return team.client.applications.create(
        type="self_hosted", domain="app.test", name="App", policies=[policy.id],
        service_auth_401_redirect=True,
    )  # fmt: skip


class TestApplications:
    def test_protect_from_the_moment_they_are_made_until_they_are_deleted(self, team, token):
        assert team.status() == 200
        app = team.client.applications.create(type="self_hosted", domain="app.test")
        assert team.status() == team.status(token) == 403
        team.client.applications.delete(app.id)
        assert team.status() == 200

    def test_sign_with_their_aud_and_the_policys_session(self, team, app, token, origin):
        assert team.status(token) == 200
        [assertion] = origin.seen[-1].values("Cf-Access-Jwt-Assertion")
        claims = jwt.decode(assertion, options={"verify_signature": False})
        assert (claims["aud"], claims["common_name"]) == ([app.aud], token.client_id)
        assert claims["exp"] - claims["iat"] == 120

    def test_move_with_their_destinations(self, team, app, token):
        team.client.applications.update(
            app.id, type="self_hosted", domain="other.test/deep",
            destinations=[{"type": "public", "uri": "other.test/deep"}],
        )  # fmt: skip
        assert team.status() == 200
        assert team.status(host="other.test", path="/") == 200
        assert team.status(host="other.test", path="/deep/er") == 403
        assert team.status(token, host="other.test", path="/deep") == 200

    def test_answer_401_or_403_as_they_are_set(self, team, app):
        assert team.status() == 401
        team.client.applications.update(app.id, type="self_hosted", domain="app.test")
        assert team.status() == 403

    def test_read_a_token_from_the_header_that_is_named(self, team, app, token):
        value = (
            f'{{"cf-access-client-id": "{token.client_id}",'
            f' "cf-access-client-secret": "{token.client_secret}"}}'
        )
        assert team.status(headers=[("X-Token", value)]) == 401
        team.client.applications.update(
            app.id, type="self_hosted", domain="app.test", read_service_tokens_from_header="X-Token"
        )
        assert team.status(headers=[("X-Token", value)]) == 200


class TestPolicies:
    def test_let_in_and_shut_out(self, team, app, policy, token):
        assert team.status(token) == 200
        other = team.client.service_tokens.create(name="other")
        assert team.status(other) == 403
        team.client.policies.update(
            policy.id, name="ci", decision="non_identity", include=names(other)
        )
        assert team.status(other) == 200
        assert team.status(token) == 403

    def test_open_all_by_bypass_and_send_people_to_log_in(self, team, app):
        own = team.client.applications.policies
        opened = own.create(app_id=app.id, name="open", decision="bypass", include=EVERYONE)
        assert team.status() == 200
        own.delete(opened.id, app_id=app.id)
        own.create(app_id=app.id, name="people", decision="allow", include=EVERYONE)
        assert team.status() == 302

    def test_gone_from_the_application_let_nobody_in(self, team, app, token):
        team.client.applications.update(app.id, type="self_hosted", domain="app.test", policies=[])
        assert team.status(token) == 403


class TestServiceTokens:
    def test_are_stopped_by_disabling_both_secrets_and_started_again(self, team, app, token):
        resource = team.client.service_tokens
        rotated = resource.rotate(
            token.id, previous_client_secret_expires_at="2100-01-01T00:00:00Z"
        )
        assert team.status(token) == team.status(token, secret=rotated.client_secret) == 200
        resource.update(token.id, enabled=False)
        assert team.status(token) == team.status(token, secret=rotated.client_secret) == 401
        resource.update(token.id, enabled=True)
        assert team.status(token) == team.status(token, secret=rotated.client_secret) == 200

    def test_have_one_good_secret_after_a_rotation_without_grace(self, team, app, token):
        rotated = team.client.service_tokens.rotate(token.id)
        assert team.status(token) == 401
        assert team.status(token, secret=rotated.client_secret) == 200

    def test_lose_the_old_secret_at_once_when_the_grace_is_moved(self, team, app, token):
        resource = team.client.service_tokens
        resource.rotate(token.id, previous_client_secret_expires_at="2100-01-01T00:00:00Z")
        assert team.status(token) == 200
        resource.update(token.id, previous_client_secret_expires_at="2020-01-01T00:00:00Z")
        assert team.status(token) == 401

    def test_end_and_are_refreshed(self, team, app, token):
        team.edge.clock[0] += 3_599
        assert team.status(token) == 200
        team.edge.clock[0] += 2
        assert team.status(token) == 401
        team.client.service_tokens.refresh(token.id)
        assert team.status(token) == 200

    def test_are_unknown_once_deleted(self, team, app, policy, token):
        team.client.policies.update(
            policy.id,
            name="any",
            decision="non_identity",
            include=[{"any_valid_service_token": {}}],
        )
        assert team.status(token) == 200
        team.client.service_tokens.delete(token.id)
        assert team.status(token) == 401


class TestOrganisation:
    def test_strict_mode_is_switched(self, team, app, token):
        team.client.applications.policies.create(
            app_id=app.id, name="people", decision="allow", include=EVERYONE
        )
        assert team.status(token, secret="wrong") == 401
        assert team.get(token).values("Set-Cookie") == []
        team.client.organizations.update(strict_service_token_auth=False)
        assert team.status(token, secret="wrong") == 302
        assert "CF_Authorization=" in team.get(token)["Set-Cookie"]


class TestKeys:
    def test_sign_and_are_published_after_a_rotation(self, team, app, token, origin):
        def kid():
            team.get(token)
            [assertion] = origin.seen[-1].values("Cf-Access-Jwt-Assertion")
            return jwt.get_unverified_header(assertion)["kid"]

        before = kid()
        team.client.keys.rotate()
        assert kid() != before
        published = team.get(path="/cdn-cgi/access/certs").body.decode()
        assert before in published
        assert kid() in published
