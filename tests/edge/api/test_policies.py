from __future__ import annotations

import cloudflare
import pytest

from tests.edge.test_rules import RULES

EVERYONE = [{"everyone": {}}]


@pytest.fixture
def policies(client):
    return client.policies


@pytest.fixture
def make(policies):
    return lambda name="x", **more: policies.create(
        **{"name": name, "decision": "allow", "include": EVERYONE, **more}
    )


@pytest.fixture
def app(client):
    return client.applications.create(type="self_hosted", domain="app.test")


@pytest.fixture
def own(client, app):
    """Call the policies of one application."""
    resource = client.applications.policies

    def call(verb, *arguments, **named):
        return getattr(resource, verb)(*arguments, app_id=app.id, **named)

    return call


class TestReusable:
    @pytest.mark.parametrize(
        "rule", [rule for rule in RULES if "service_token" not in rule], ids=str
    )
    def test_have_any_rule_that_the_edge_knows(self, make, rule):
        made = make(include=[rule], require=[rule], exclude=[rule]).to_dict()
        assert made["include"] == made["require"] == made["exclude"] == [rule]

    def test_name_a_service_token_that_is_there(self, client, make):
        token = client.service_tokens.create(name="ci")
        rule = {"service_token": {"token_id": token.id}}
        assert make(include=[rule]).to_dict()["include"] == [rule]
        with pytest.raises(cloudflare.BadRequestError, match="service token not found"):
            make(include=[{"service_token": {"token_id": token.client_id}}])

    @pytest.mark.parametrize("decision", ["allow", "deny", "bypass", "non_identity"])
    def test_have_any_decision(self, make, decision):
        assert make(decision=decision).decision == decision

    @pytest.mark.parametrize(
        ("written", "shown"),
        [("0s", "0s"), ("90m", "1h30m"), ("24h", "24h"), ("1500ms", "2s"), (None, None)],
    )
    def test_have_a_session_duration(self, make, written, shown):
        assert make(session_duration=written).session_duration == shown

    def test_are_listed_changed_and_deleted(self, policies, make, clock):
        shipped = [each.id for each in policies.list()]
        made = make()
        clock[0] += 60
        changed = policies.update(
            made.id, name="y", decision="deny", include=[{"ip": {"ip": "192.0.2.0/24"}}]
        )
        assert (changed.id, changed.name, changed.decision) == (made.id, "y", "deny")
        assert changed.created_at == made.created_at
        assert changed.updated_at > made.updated_at
        assert [each.id for each in policies.list()] == [*shipped, made.id]
        assert policies.delete(made.id).id == made.id
        with pytest.raises(cloudflare.NotFoundError, match="not_found"):
            policies.get(made.id)

    def test_change_in_every_application_and_keep_their_place(self, client, policies, make):
        one, two = make("one"), make("two")
        apps = [
            client.applications.create(type="self_hosted", domain=f"{name}.test", policies=used)
            for name, used in (("a", [one.id, two.id]), ("b", [two.id, one.id]))
        ]
        policies.update(one.id, name="renamed", decision="allow", include=EVERYONE)
        names = [[each.name for each in client.applications.get(app.id).policies] for app in apps]
        assert names == [["renamed", "two"], ["two", "renamed"]]
        assert policies.get(one.id).app_count == 2

    def test_are_not_deleted_while_an_application_uses_them(self, client, policies, make):
        made = make()
        app = client.applications.create(type="self_hosted", domain="a.test", policies=[made.id])
        with pytest.raises(cloudflare.ConflictError, match="used by at least one app"):
            policies.delete(made.id)
        client.applications.delete(app.id)
        policies.delete(made.id)

    def test_say_what_has_no_effect(self, ask):
        body = {"name": "x", "decision": "allow", "include": EVERYONE, "approval_required": True}
        assert (
            "without effect on the local edge: approval_required"
            in ask("POST", "policies", body).said
        )


class TestOfOneApplication:
    def test_are_made_listed_changed_and_deleted(self, client, own, app):
        shipped = [each.id for each in client.policies.list()]
        late = own("create", name="late", decision="allow", include=EVERYONE, precedence=10)
        early = own("create", name="early", decision="allow", include=EVERYONE, precedence=5)
        last = own("create", name="last", decision="allow", include=EVERYONE)
        assert [(each.id, each.precedence) for each in own("list")] == [
            (early.id, 5), (late.id, 10), (last.id, 11),
        ]  # fmt: skip
        own("update", early.id, name="now last", decision="deny", include=EVERYONE, precedence=20)
        assert [each.name for each in own("list")] == ["late", "last", "now last"]
        own("update", late.id, name="still first", decision="deny", include=EVERYONE)
        assert own("get", late.id).precedence == 10
        assert own("delete", last.id).id == last.id
        assert [each.id for each in own("list")] == [late.id, early.id]
        assert [each.id for each in client.policies.list()] == shipped

    def test_have_a_precedence_of_their_own(self, own):
        own("create", name="x", decision="allow", include=EVERYONE, precedence=1)
        with pytest.raises(cloudflare.BadRequestError, match="precedences must be unique"):
            own("create", name="y", decision="allow", include=EVERYONE, precedence=1)
        assert len(list(own("list"))) == 1

    def test_become_reusable_ones(self, ask, client, own, app):
        made = own("create", name="x", decision="allow", include=EVERYONE, precedence=3)
        told = ask("PUT", f"apps/{app.id}/policies/{made.id}/make_reusable")
        assert (told.status, told.result["reusable"], told.result["precedence"]) == (200, True, 3)
        assert client.policies.get(made.id).app_count == 1
        client.policies.update(made.id, name="y", decision="allow", include=EVERYONE)
        assert [(each.name, each.precedence) for each in own("list")] == [("y", 3)]
        for call in (
            lambda: own("delete", made.id),
            lambda: own("update", made.id, name="z", decision="allow", include=EVERYONE),
        ):
            with pytest.raises(cloudflare.BadRequestError, match="the policy is reusable"):
                call()

    def test_are_not_those_of_another_one(self, ask, own, app):
        made = own("create", name="x", decision="allow", include=EVERYONE)
        other = ask("POST", "apps", {"type": "self_hosted", "domain": "other.test"}).result["id"]
        for method in ("GET", "PUT", "DELETE"):
            body = {"name": "x", "decision": "allow", "include": EVERYONE}
            told = ask(method, f"apps/{other}/policies/{made.id}", body)
            assert (told.status, told.code) == (404, 12135)


class TestRefuses:
    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"name": None}, "name should be"),
            ({"decision": None}, "decision should be one of allow, deny, bypass, non_identity"),
            ({"decision": "perhaps"}, "decision should be one of"),
            ({"include": None}, "one rule at least"),
            ({"include": {}}, "should be a list"),
            ({"include": [{"okta": {"name": "x"}}]}, "There is no selector 'okta' here"),
            ({"include": [{"group": {"id": "x"}}]}, "There is no selector 'group' here"),
            ({"require": [{"ip": {"ip": "192.0.2.1/24"}}]}, "invalid 'require' configuration"),
            ({"exclude": [{}]}, "invalid 'exclude' configuration"),
            ({"include": [{"login_method": {"id": "nobody"}}]}, "login method not found"),
            ({"session_duration": "1 day"}, "no duration"),
        ],
        ids=str,
    )
    def test_a_policy_with(self, ask, folder, changes, why):
        before = folder.state().organisation
        body = {"name": "x", "decision": "allow", "include": EVERYONE, **changes}
        told = ask("POST", "policies", body)
        assert (told.status, told.code) == (400, 12130)
        assert why in told.message
        assert folder.state().organisation == before

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_an_unknown_id(self, ask, method):
        body = {"name": "x", "decision": "allow", "include": EVERYONE}
        told = ask(method, "policies/7f5e0a53-0000-4000-8000-000000000000", body)
        assert (told.status, told.code) == (404, 12135)
