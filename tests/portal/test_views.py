from __future__ import annotations

import pytest

from tests import keyserver
from tests.issuer import OTHER_AUD_TAG

pytestmark = pytest.mark.django_db


class TestIndex:
    def test_is_open_whatever_comes(self, client, seeded, team):
        for token in ("garbage", team.service_token(aud=[OTHER_AUD_TAG]), team.service_token()):
            for form in ("html", "json", "txt", "md"):
                answer = client.get(f"/?format={form}", HTTP_CF_ACCESS_JWT_ASSERTION=token)
                assert answer.status_code == 200
                assert answer["Vary"] == "Accept, User-Agent"

    def test_says_what_this_request_is(self, client, seeded, team):
        token = team.service_token()
        found = client.get("/?format=json", HTTP_CF_ACCESS_JWT_ASSERTION=token).json()
        assert (found["verdict"], found["verdict_on"]) == (
            "verified_service_token",
            "service-token",
        )
        assert client.get("/?format=json").json()["verdict"] == "nothing_presented"

    def test_says_what_is_not_configured(self, client, seeded):
        assert b"Needs configuration" in client.get("/").content

    def test_leads_somewhere_from_a_terminal(self, client, seeded):
        text = client.get("/", HTTP_USER_AGENT="curl/8").content.decode()
        assert "http://localhost/service-token/" in text


class TestHealth:
    def test_is_ok_at_any_host_without_a_query(self, client, django_assert_num_queries):
        with django_assert_num_queries(0):
            answer = client.get("/healthz", HTTP_HOST="10.1.2.3")
        assert (answer.status_code, answer.content) == (200, b"ok\n")


class TestReadiness:
    def test_is_200_when_all_is_well(self, client, seeded, team):
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["signing_keys"]["keys"] == [team.key_id]

    def test_is_503_without_keys(self, client, seeded, team, key_server):
        key_server.behave(keyserver.status(500))
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["signing_keys"]["last_error"] == "it answered 500"

    def test_is_503_without_a_configuration(self, client, seeded):
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["configuration"]["ok"] is False


class TestSmallFiles:
    @pytest.mark.parametrize(
        ("path", "kind", "words"),
        [
            ("/robots.txt", "text/plain", "Disallow: /admin/"),
            ("/sitemap.xml", "application/xml", "<loc>http://localhost/service-token/</loc>"),
            ("/.well-known/security.txt", "text/plain", "Expires: 2"),
            ("/openapi.json", "application/json", '"openapi": "3.1.0"'),
        ],
    )
    def test_say_what_they_say(self, client, seeded, path, kind, words):
        answer = client.get(path)
        assert answer["Content-Type"].startswith(kind)
        assert words in answer.content.decode()


class TestFavicon:
    def test_is_where_every_browser_asks_for_it(self, client):
        assert client.get("/favicon.ico")["Location"] == "/static/img/favicon-32.png"


class TestErrors:
    def test_speak_the_callers_language(self, client, db):
        page = client.get("/nowhere", HTTP_ACCEPT="text/html,*/*")
        assert (page.status_code, b"Page not found" in page.content) == (404, True)
        problem = client.get("/nowhere", HTTP_ACCEPT="application/json")
        assert problem["Content-Type"] == "application/problem+json"
        assert problem.json()["status"] == 404
        assert problem.json()["instance"] == f"urn:request:{problem['X-Request-Id']}"
        text = client.get("/nowhere", HTTP_USER_AGENT="curl/8").content.decode()
        assert text.startswith("404  Page not found")

    def test_of_a_fault_need_nothing(self, client, db, monkeypatch):
        def break_down(*_arguments):
            raise RuntimeError("cfast_InventedSecretOfTheTests0123456789")

        monkeypatch.setattr("barbican.portal.views.copy.edition", break_down)
        client.raise_request_exception = False
        for accept in ("text/html,*/*", "application/json", "text/plain"):
            answer = client.get("/", HTTP_ACCEPT=accept)
            assert answer.status_code == 500
            assert b"cfast_" not in answer.content
            assert b"RuntimeError" not in answer.content
