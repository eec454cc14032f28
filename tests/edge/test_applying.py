from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from barbican.edge.config.loading import parse
from barbican.edge.organisation.applying import NOTHING, apply
from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.minting import service_token
from barbican.edge.organisation.model import (
    Application,
    CaCertificate,
    Person,
    Policy,
    PolicyDecision,
)
from barbican.edge.organisation.selectors import Everyone, ServiceTokenIs

NOW = 1_790_000_000.0
LATER = NOW + 1000.0
FILE = """
[[service_tokens]]
name = "robot"

[[policies]]
name = "Shared"
decision = "service_auth"
include = [{ service_token = "robot" }]

[[applications]]
name = "App"
destinations = ["app.{base_domain}"]
policies = ["Shared", { name = "Own", decision = "allow", include = ["everyone"] }]

[[people]]
email = "Ada@example.com"
"""
BY_API = Policy("By API", PolicyDecision.ALLOW, (Everyone(),), id="p", is_reusable=True)


def configured(text):
    return parse(text, Path("edge.toml"), "localhost", "edge.toml")


class Edge:
    """An organisation and what was applied to it last, with time going on."""

    def __init__(self, text=FILE):
        self.now = NOW
        self.organisation, self.applied = apply(configured(text), None, NOTHING, NOW)

    def apply(self, text):
        self.now = LATER
        self.organisation, self.applied = apply(
            configured(text), self.organisation, self.applied, LATER
        )
        return self.organisation

    def change(self, **changes):
        self.organisation = replace(self.organisation, **changes)


@pytest.fixture
def edge():
    return Edge()


def named(things, name):
    [found] = [each for each in things if each.name == name]
    return found


class TestMakes:
    def test_what_the_file_names(self, edge):
        made = edge.organisation
        [token], [shared], [app] = made.service_tokens, made.policies, made.applications
        assert shared.include == (ServiceTokenIs(token.id),)
        assert app.policies[0] == shared
        assert app.policies[1].name == "Own"
        assert len(app.aud) == 64
        assert len({token.id, shared.id, app.id, app.policies[1].id}) == 4
        assert (token.created_at, shared.created_at, app.created_at) == (NOW, NOW, NOW)
        assert made.people == (Person("Ada@example.com"),)

    @pytest.mark.parametrize(
        ("line", "duration", "expires_at"),
        [
            ("", "8760h", NOW + 365 * 24 * 3600),
            ('duration = "1h"', "1h", NOW + 3600),
            ('duration = "-1h"', "-1h", NOW - 3600),
            ('duration = "forever"', "forever", None),
            ("expires_at = 2026-09-21T15:00:00Z", f"{1_790_002_800 - int(NOW)}s", 1_790_002_800.0),
        ],
    )
    def test_a_token_that_ends(self, line, duration, expires_at):
        [token] = Edge(f'[[service_tokens]]\nname = "a"\n{line}').organisation.service_tokens
        assert (token.duration, token.expires_at) == (duration, expires_at)


class TestKeeps:
    def test_everything_that_has_its_name_still(self, edge):
        before = edge.organisation
        after = edge.apply(FILE + "[choices]\nlogout_delay = 1\n")
        assert replace(after, choices=before.choices) == before

    def test_ids_and_secrets_of_what_changes(self, edge):
        before = edge.organisation
        after = edge.apply(
            FILE.replace('name = "robot"', 'name = "robot"\nenabled = false')
            .replace('name = "App"', 'name = "App"\nsession_duration = "1h"')
            .replace('decision = "service_auth"', 'decision = "bypass"')
        )
        [old_token], [token] = before.service_tokens, after.service_tokens
        assert token == replace(old_token, is_enabled=False, updated_at=LATER)
        [old_app], [app] = before.applications, after.applications
        assert (app.id, app.aud, app.session_duration) == (old_app.id, old_app.aud, 3600)
        assert (app.created_at, app.updated_at) == (NOW, LATER)
        assert app.policies[0].decision is PolicyDecision.BYPASS
        assert [each.id for each in app.policies] == [each.id for each in old_app.policies]
        assert app.policies[1] == old_app.policies[1]

    def test_the_day_of_expiry_until_the_duration_changes(self, edge):
        [before] = edge.organisation.service_tokens
        [same] = edge.apply(FILE + "[choices]\nlogout_delay = 1").service_tokens
        assert same.expires_at == before.expires_at
        [after] = edge.apply(
            FILE.replace('"robot"\n', '"robot"\nduration = "1h"\n', 1)
        ).service_tokens
        assert after.expires_at == LATER + 3600
        assert after.client_secret == before.client_secret

    def test_an_explicit_end_and_counts_anew_without_it(self, edge):
        text = FILE.replace('"robot"\n', '"robot"\nexpires_at = 2026-09-22T00:00:00Z\n', 1)
        [dated] = edge.apply(text).service_tokens
        [again] = edge.apply(text + "[choices]\nlogout_delay = 1").service_tokens
        assert again == dated
        [after] = edge.apply(FILE).service_tokens
        assert after.expires_at == LATER + 365 * 24 * 3600

    def test_a_secret_that_the_api_rotated(self, edge):
        [token] = edge.organisation.service_tokens
        rotated = replace(token, client_secret="new", previous_client_secret="old")
        edge.change(service_tokens=(rotated,))
        [after] = edge.apply(FILE + "[choices]\nlogout_delay = 1").service_tokens
        assert (after.client_secret, after.previous_client_secret) == ("new", "old")

    def test_what_came_through_the_api_behind_the_rest(self, edge):
        token = replace(service_token("other", None), id="t")
        app = Application("Theirs", "a" * 64, (Destination("app.localhost"),), (BY_API,), id="x")
        edge.change(
            service_tokens=(token, *edge.organisation.service_tokens),
            applications=(app, *edge.organisation.applications),
            policies=(BY_API, *edge.organisation.policies),
            people=(Person("grace@example.com"), *edge.organisation.people),
            certificates=(CaCertificate("c", "CA", "pem", "0a"),),
            certificate_forwarding=frozenset({"mtls.localhost"}),
        )
        after = edge.apply(FILE + "[choices]\nlogout_delay = 1")
        assert [each.name for each in after.service_tokens] == ["robot", "other"]
        assert [each.name for each in after.applications] == ["App", "Theirs"]
        assert [each.name for each in after.policies] == ["Shared", "By API"]
        assert [each.email for each in after.people] == ["Ada@example.com", "grace@example.com"]
        assert [each.name for each in after.certificates] == ["CA"]
        assert after.certificate_forwarding == {"mtls.localhost"}
        assert after.applications[1] == app
        found, _destination = after.find("app.localhost", "/")
        assert found.name == "App"


class TestTakesOver:
    def test_what_has_the_name_already(self, edge):
        edge.applied = NOTHING  # as in a folder from before there was a file
        before = edge.organisation
        after = edge.apply(FILE)
        assert after == before

    def test_what_the_api_renamed(self, edge):
        [token] = edge.organisation.service_tokens
        edge.change(service_tokens=(replace(token, name="renamed"),))
        [after] = edge.apply(FILE + "[choices]\nlogout_delay = 1").service_tokens
        assert (after.id, after.name) == (token.id, "robot")

    def test_nothing_under_a_name_that_another_thing_of_the_file_has(self, edge):
        [token] = edge.organisation.service_tokens
        edge.change(service_tokens=(replace(token, name="second"),))
        text = FILE + '[[service_tokens]]\nname = "second"\n'
        after = edge.apply(text)
        assert named(after.service_tokens, "robot").id == token.id
        assert named(after.service_tokens, "second").id != token.id


class TestMakesAgain:
    def test_what_the_api_deleted(self, edge):
        [before] = edge.organisation.service_tokens
        edge.change(service_tokens=())
        [after] = edge.apply(FILE + "[choices]\nlogout_delay = 1").service_tokens
        assert (after.name, after.id != before.id) == ("robot", True)


class TestRemoves:
    def test_what_was_in_the_file_and_is_gone(self, edge):
        after = edge.apply('[organisation]\nteam_name = "alone"')
        assert after.applications == after.policies == after.service_tokens == after.people == ()

    def test_no_application_of_the_api_with_a_policy_that_is_gone(self, edge):
        [shared] = edge.organisation.policies
        app = Application("Theirs", "a" * 64, (Destination("b"),), (shared, BY_API), id="x")
        edge.change(applications=(*edge.organisation.applications, app), policies=(shared, BY_API))
        [after] = edge.apply('[organisation]\nteam_name = "alone"').applications
        assert after == replace(app, policies=(BY_API,))

    def test_hosts_that_forward_no_more(self):
        edge = Edge()
        edge.change(certificate_forwarding=frozenset({"old.localhost", "api.localhost"}))
        edge.applied = replace(edge.applied, certificate_forwarding=("old.localhost",))
        assert edge.apply(FILE).certificate_forwarding == {"api.localhost"}


class TestUpdates:
    def test_a_reusable_policy_where_the_api_uses_it(self, edge):
        [shared] = edge.organisation.policies
        app = Application("Theirs", "a" * 64, (Destination("b"),), (shared,), id="x")
        edge.change(applications=(*edge.organisation.applications, app))
        after = edge.apply(FILE.replace('decision = "service_auth"', 'decision = "bypass"'))
        theirs = named(after.applications, "Theirs")
        assert theirs.policies == after.policies
        assert theirs.policies[0].decision is PolicyDecision.BYPASS

    def test_over_what_the_api_changed(self, edge):
        [token] = edge.organisation.service_tokens
        edge.change(service_tokens=(replace(token, is_enabled=False),), is_strict=False)
        after = edge.apply(FILE + "[choices]\nlogout_delay = 1")
        assert after.service_tokens[0].is_enabled
        assert after.is_strict
