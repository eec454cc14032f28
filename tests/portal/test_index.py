from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator
from justhtml import JustHTML

from barbican.access import conf
from barbican.portal import board, methods
from barbican.portal.models import Demo
from barbican.portal.registry import demos
from tests import keyserver

pytestmark = pytest.mark.django_db


def words(client, **headers):
    return client.get("/", **headers).content.decode()


class TestMethods:
    def test_know_every_demo_that_is_installed(self):
        assert set(demos()) <= set(methods.BY_SLUG)

    def test_say_something_in_every_column(self):
        for method in methods.METHODS:
            assert all(getattr(method, name) for name in method.__slots__)


class TestBoard:
    def test_links_to_what_is_there_and_to_nothing_else(self, client, seeded, team):
        page = words(client)
        assert 'href="/service-token/"' in page
        assert "Mutual TLS" in page
        for method in methods.METHODS:
            assert (f'href="/{method.slug}/"' in page) == (method.slug in demos())

    def test_is_a_page_without_a_parse_error(self, client, seeded, team, editor):
        JustHTML(words(client), strict=True)
        JustHTML(words(editor), strict=True)

    def test_says_what_is_configured(self, client, seeded, team):
        assert "Configured" in words(client)
        assert client.get("/?format=json").json()["demos"][0]["state"] == "configured"

    @pytest.mark.parametrize(
        ("domain", "missing"),
        [("", "ACCESS_TEAM_DOMAIN"), ("https://example.cloudflareaccess.com", "SERVICE_TOKEN_AUD")],
    )
    def test_names_the_missing_variable_to_staff_alone(
        self, client, seeded, settings, domain, missing, django_user_model
    ):
        settings.ACCESS_TEAM_DOMAIN = domain
        settings.ACCESS_APPLICATIONS = {"service_token": {"audience_tags": []}}
        assert "Needs configuration" in words(client)
        assert missing not in words(client)
        client.force_login(django_user_model.objects.create_superuser("grace"))
        assert f"Set {missing}" in words(client)

    def test_shows_a_demo_that_is_off_to_staff_alone(self, client, editor, seeded, team):
        Demo.objects.update(is_published=False)
        assert 'href="/admin/portal/demo/"' in words(editor)
        editor.logout()
        page = words(editor)
        assert "/admin/portal/demo/" not in page
        assert 'href="/service-token/"' not in page
        assert editor.get("/?format=json").json()["demos"] == []

    def test_says_that_the_keys_are_unreachable(self, client, seeded, team, key_server):
        key_server.behave(keyserver.status(500))
        client.get("/service-token/", HTTP_CF_ACCESS_JWT_ASSERTION=team.service_token())
        assert "Keys unreachable" in words(client)
        assert client.get("/?format=json").json()["demos"][0]["state"] == "keys_unreachable"

    def test_fetches_no_keys(self, client, seeded, team, key_server):
        before = len(key_server.requests)
        words(client)
        assert len(key_server.requests) == before
        assert conf.key_store().state().fetches == 0

    def test_puts_the_column_with_a_demo_first(self, seeded, team):
        from barbican.portal import copy

        columns = board.columns(list(copy.edition().pages.values()), is_staff=False)
        assert [column.anchor for column in columns] == ["machines", "people"]


class TestThisRequest:
    def test_is_explained_where_nothing_was_presented(self, client, seeded, team):
        assert "Access adds no token to it" in words(client)

    def test_is_verified_only_by_a_token(self, client, seeded, team):
        token = team.service_token()
        assert "Verified service token" in words(client, HTTP_CF_ACCESS_JWT_ASSERTION=token)
        forged = {"HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": "eve@example.com"}
        page = words(client, **forged)
        assert "Not verified" in page
        assert "eve@example.com" not in page


class TestOrder:
    def test_is_what_can_be_opened_then_how_to_run_it_then_what_is_planned(
        self, client, seeded, team
    ):
        page = words(client)
        places = [
            page.index(f'id="{name}"')
            for name in ("this-request", "machines", "run-it", "people", "how-it-works")
        ]
        assert places == sorted(places)

    def test_keeps_what_a_phone_folds(self, client, seeded, team):
        page = words(client)
        for method in methods.METHODS:
            assert page.count("<summary>Login and rotation<span") == len(methods.METHODS)
            assert page.count(f"<dd>{method.rotation}</dd>") >= 1


class TestForms:
    def test_fit_the_openapi_document(self, client, seeded, team):
        document = client.get("/openapi.json").json()
        schema = {"$ref": "#/components/schemas/Index", "components": document["components"]}
        Draft202012Validator(schema).validate(client.get("/?format=json").json())
        Demo.objects.update(is_published=False)
        Draft202012Validator(schema).validate(client.get("/?format=json").json())

    def test_fit_a_terminal(self, client, seeded, team):
        lines = client.get("/?format=txt").content.decode().splitlines()
        assert max(map(len, lines)) <= 80
        assert any(line.startswith("open      http") for line in lines)

    def test_compare_the_methods_in_markdown(self, client, seeded, team):
        text = client.get("/?format=md").content.decode()
        assert "## Which one should I use?" in text
        assert text.count("\n| ") == len(methods.METHODS) + 2


class TestCosts:
    def test_no_query_without_a_session(self, client, seeded, team, django_assert_num_queries):
        words(client)
        with django_assert_num_queries(0):
            words(client)


class TestFooter:
    def test_says_how_old_the_keys_are(self, client, seeded, team):
        assert "keys fetched" not in words(client)
        for path in ("/service-token/", "/"):
            page = client.get(path, HTTP_CF_ACCESS_JWT_ASSERTION=team.service_token())
            assert b"keys fetched 0 s ago" in page.content
