from __future__ import annotations

import cloudflare
import pytest

from barbican.edge.organisation.model import CorsHeaders

EVERYONE = [{"everyone": {}}]
# Every field of an application that the local edge honours, with a value that is not the default.
EVERY_FIELD = {
    "name": "Everything",
    "type": "self_hosted",
    "domain": "b.test/x",
    "destinations": [{"type": "public", "uri": "a.test"}, {"type": "public", "uri": "b.test/x"}],
    "session_duration": "1h30m",
    "service_auth_401_redirect": True,
    "read_service_tokens_from_header": "Authorization",
    "cors_headers": {
        "allowed_origins": ["https://a.test"],
        "allowed_methods": ["GET"],
        "allowed_headers": ["X-One"],
        "allow_all_origins": False,
        "allow_all_methods": True,
        "allow_all_headers": True,
        "allow_credentials": True,
        "max_age": 60,
    },
    "http_only_cookie_attribute": True,
    "same_site_cookie_attribute": "lax",
    "path_cookie_attribute": True,
    "enable_binding_cookie": True,
    "allowed_idps": ["onetimepin"],
    "auto_redirect_to_identity": True,
    "custom_deny_message": "Not here",
    "custom_deny_url": "https://a.test/denied",
    "custom_non_identity_deny_url": "https://a.test/machines",
}


def inline(name, **more):
    return {"name": name, "decision": "allow", "include": EVERYONE, **more}


def application(domain="app.test", **more):
    return {"type": "self_hosted", "domain": domain, **more}


@pytest.fixture
def apps(client):
    return client.applications


@pytest.fixture
def make(apps):
    return lambda domain="app.test", **more: apps.create(**application(domain, **more))


class TestCreates:
    def test_one_with_every_field(self, apps, folder):
        made = apps.create(**EVERY_FIELD)
        shown = apps.get(made.id).to_dict()
        for name, value in EVERY_FIELD.items():
            if name != "destinations":
                assert shown[name] == value, name
        assert {each["uri"] for each in shown["destinations"]} == {"a.test", "b.test/x"}
        held = folder.state().organisation.application(made.aud)
        assert held.session_duration == 5_400
        assert held.cors_headers == CorsHeaders(
            ("https://a.test",),
            ("GET",),
            ("X-One",),
            allow_all_methods=True,
            allow_all_headers=True,
            allow_credentials=True,
            max_age=60,
        )
        assert held.http_only_cookie_attribute is True

    def test_one_with_nothing_but_a_domain(self, make, folder):
        made = make()
        assert (made.name, made.session_duration, made.policies) == ("app.test", "24h", [])
        assert len(bytes.fromhex(made.aud)) == 32
        assert folder.state().organisation.find("app.test", "/any")

    def test_one_with_the_older_list_of_domains(self, make):
        made = make(self_hosted_domains=["a.test", "app.test"])
        assert made.self_hosted_domains == ["app.test", "a.test"]

    def test_destinations_over_the_older_list(self, make):
        made = make(
            destinations=[{"type": "public", "uri": "app.test"}], self_hosted_domains=["old.test"]
        )
        assert made.self_hosted_domains == ["app.test"]

    def test_with_201_and_a_word_about_what_has_no_effect(self, ask):
        body = application(
            tags=["x"],
            app_launcher_visible=True,
            destinations=[{"type": "public", "uri": "app.test", "overrides": []}],
            cors_headers={"more": 1},
        )
        told = ask("POST", "apps", body)
        assert told.status == 201
        for name in (
            "tags",
            "app_launcher_visible",
            "destinations[0].overrides",
            "cors_headers.more",
        ):
            assert name in told.said


class TestFinds:
    def test_one_by_id_and_by_aud(self, apps, make):
        made = make()
        assert apps.get(made.aud).id == apps.get(made.id).id == made.id

    def test_some_by_name_domain_aud_and_page(self, apps, make):
        first, second = make("one.test", name="One"), make("two.test/x", name="Two more")

        def ids(**asked):
            return [each.id for each in apps.list(**asked)]

        assert ids(aud=first.aud) == [first.id]
        assert ids(name="two") == ids(search="TWO.TEST") == ids(domain="two.test") == [second.id]
        assert ids(name="Two", exact=True) == []
        assert (
            ids(name="Two more", exact=True) == ids(domain="two.test/x", exact=True) == [second.id]
        )
        assert len(ids(per_page=1)) == 4


class TestPolicies:
    def test_are_kept_in_the_order_of_their_precedence(self, make):
        made = make(policies=[inline("late", precedence=9), inline("early", precedence=2)])
        assert [(each.name, each.precedence) for each in made.policies] == [
            ("early", 2),
            ("late", 9),
        ]

    def test_are_reusable_ones_by_id_or_by_object(self, client, make):
        one, two, three = (
            client.policies.create(name=name, decision="allow", include=EVERYONE).id
            for name in ("one", "two", "three")
        )
        made = make(policies=[one, {"id": three, "precedence": 7}, two])
        assert [(each.id, each.precedence) for each in made.policies] == [
            (one, 1), (three, 7), (two, 8),
        ]  # fmt: skip
        assert client.policies.get(one).app_count == 1
        assert client.policies.get(one).reusable is True

    def test_stay_where_an_update_names_none_and_go_where_it_names_an_empty_list(self, apps, make):
        made = make(policies=[inline("x")])
        assert len(apps.update(made.id, **application(name="new")).policies) == 1
        assert apps.update(made.id, **application(policies=[])).policies == []

    def test_come_back_as_they_were_shown(self, apps, make, folder):
        made = make(policies=[inline("one"), inline("two")])
        before = folder.state().organisation.application(made.aud).policies
        shown = [{**each, "precedence": 2 - place} for place, each in
                 enumerate(made.to_dict()["policies"])]  # fmt: skip
        apps.update(made.id, **application(policies=shown))
        after = folder.state().organisation.application(made.aud).policies
        assert [each.id for each in after] == [each.id for each in reversed(before)]

    @pytest.mark.parametrize(
        ("policies", "why"),
        [
            ([inline("a", precedence=1), inline("b", precedence=1)], "precedences must be unique"),
            (["nobody"], "policy not found"),
            ([{"id": "nobody"}], "policy not found"),
            ([5], "IDs and objects"),
            ([{"name": "x"}], "decision should be"),
            ([inline("a", precedence=0)], "precedence should be"),
            ([inline("a", include=[])], "one rule at least"),
            ("x", "should be a list"),
        ],
        ids=str,
    )
    def test_are_refused_when(self, ask, policies, why):
        told = ask("POST", "apps", application(policies=policies))
        assert (told.status, told.code) == (400, 12130)
        assert why in told.message

    def test_are_refused_when_reusable_and_inline_ones_are_mixed(self, client, ask):
        made = client.policies.create(name="x", decision="allow", include=EVERYONE)
        for mixed in ([made.id, inline("y")], [made.id, made.id]):
            told = ask("POST", "apps", application(policies=mixed))
            assert (told.status, told.code) == (400, 12130)


class TestUpdates:
    def test_everything_but_identity(self, apps, make, clock):
        made = make(custom_deny_message="old", session_duration="1h")
        clock[0] += 60
        after = apps.update(made.id, **application("other.test", name="new"))
        assert (after.id, after.aud) == (made.id, made.aud)
        assert (after.domain, after.name) == ("other.test", "new")
        assert (after.custom_deny_message, after.session_duration) == ("", "24h")
        assert after.to_dict()["created_at"] == made.to_dict()["created_at"]
        assert after.to_dict()["updated_at"] != made.to_dict()["updated_at"]

    def test_what_it_was_shown_to_the_same(self, ask):
        shown = ask("POST", "apps", EVERY_FIELD).result
        told = ask("PUT", f"apps/{shown['id']}", shown)
        assert told.status == 200
        assert {**told.result, "updated_at": ""} == {**shown, "updated_at": ""}
        assert "stays as it is: id, uid, aud" in told.said

    def test_nothing_of_a_deleted_one_and_gives_a_new_aud(self, apps, make):
        made = make()
        assert apps.delete(made.id).id == made.id
        with pytest.raises(cloudflare.NotFoundError, match="unknown_application"):
            apps.update(made.id, **application())
        assert make().aud != made.aud


class TestRevokes:
    def test_tokens_from_before(self, apps, make, folder, clock):
        made = make()
        apps.revoke_tokens(made.id)
        apps.update(made.id, **application(name="new"))
        held = folder.state().organisation.application(made.aud)
        assert held.has_revoked(clock[0] - 1)
        assert not held.has_revoked(clock[0])


class TestRefuses:
    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ({}, "type should be self_hosted"),
            ({"type": "saas", "domain": "x.test"}, "type should be self_hosted"),
            ({"type": "self_hosted"}, "not a destination"),
            (application("https://x.test"), "not a destination"),
            (application("*a*.test"), "two wildcards"),
            (application(destinations=[{"uri": "y.test"}]), "domain not included in destinations"),
            (application(self_hosted_domains=["y.test"]), "not included in self_hosted_domains"),
            (application(destinations=[{"type": "private", "cidr": "192.0.2.0/24"}]), "be public"),
            (application(destinations=["app.test"]), "list of objects"),
            (application(session_duration="long"), "no duration"),
            (application(session_duration="forever"), "no duration"),
            (application(session_duration=60), "a text such as"),
            (application(service_auth_401_redirect=1), "true or false"),
            (application(cors_headers=[]), "should be an object"),
            (application(cors_headers={"max_age": 86_401}), "cors_headers.max_age should be"),
            (application(cors_headers={"allowed_methods": "GET"}), "should be a list"),
            (application(cors_headers={}, options_preflight_bypass=True), "while cors_headers"),
            (application(read_service_tokens_from_header="a b"), "a header's name"),
            (application(read_service_tokens_from_header="a: b"), "a header's name"),
            (application(same_site_cookie_attribute="lax; Domain=x"), "none, lax or strict"),
            (application(allowed_idps=["nobody"]), "identity providers of the organization"),
            (application(auto_redirect_to_identity=True), "exactly one identity provider"),
            (application(custom_deny_url="javascript:alert(1)"), "an address such as"),
            (application(custom_deny_url="https://a.test/\r\nX: y"), "printable"),
            (application(custom_deny_url="https://[/"), "an address such as"),
            (application(custom_deny_message="x" * 1_001), "at most 1000"),
        ],
        ids=lambda value: str(value)[:70],
    )
    def test_an_application_with(self, ask, folder, body, why):
        before = folder.state().organisation
        told = ask("POST", "apps", body)
        assert (told.status, told.code) == (400, 12130)
        assert why in told.message
        assert folder.state().organisation == before

    def test_a_destination_that_another_one_has(self, make, apps):
        make()
        other = make("other.test")
        with pytest.raises(cloudflare.ConflictError, match="application_already_exists"):
            make("APP.test:443")
        with pytest.raises(cloudflare.ConflictError):
            apps.update(other.id, **application())
        apps.update(other.id, **application("other.test"))

    @pytest.mark.parametrize(
        ("method", "rest"),
        [
            ("GET", ""),
            ("PUT", ""),
            ("DELETE", ""),
            ("POST", "/revoke_tokens"),
            ("GET", "/policies"),
        ],
    )
    def test_an_unknown_id(self, ask, method, rest):
        told = ask(method, f"apps/{'0' * 64}{rest}", application())
        assert (told.status, told.code) == (404, 11021)
