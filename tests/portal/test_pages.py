from __future__ import annotations

import json
import re
from time import time

import pytest
from jsonschema import Draft202012Validator
from justhtml import JustHTML
from openapi_spec_validator import validate

from barbican.access import errors
from barbican.portal import verdicts
from tests import keyserver
from tests.issuer import ABSENT, CLIENT_ID, EMAIL, OTHER_AUD_TAG, new_key

pytestmark = pytest.mark.django_db
FORMS = ("html", "json", "txt", "md")


@pytest.fixture
def ask(client, seeded):
    def ask(token=None, form="json", **headers):
        if token is not None:
            headers["HTTP_CF_ACCESS_JWT_ASSERTION"] = token
        return client.get(f"/service-token/?format={form}", **headers)

    return ask


def tokens(issuer):
    """A token for every verdict that a token alone can bring about."""
    return {
        "verified_service_token": issuer.service_token(),
        "verified_person": issuer.person_token(),
        "verified_certificate": issuer.certificate_token(),
        "nothing_presented": None,
        "malformed": "a.b",
        "algorithm_refused": issuer.sign(issuer.service_claims(), alg="none"),
        "unknown_key": issuer.sign(issuer.service_claims(), key=new_key()),
        "bad_signature": issuer.service_token()[:-8] + "AAAAAAAA",
        "missing_claim": issuer.service_token(common_name=ABSENT),
        "wrong_issuer": issuer.service_token(iss="https://other.example"),
        "expired": issuer.service_token(exp=int(time()) - 900),
        "not_yet_valid": issuer.service_token(iat=int(time()) + 900),
        "wrong_type": issuer.service_token(type="org"),
        "wrong_audience": issuer.service_token(aud=[OTHER_AUD_TAG]),
    }


@pytest.fixture
def schemas(client, seeded):
    document = client.get("/openapi.json").json()
    validate(document)
    return document


class TestEveryVerdict:
    def test_has_its_own_row(self):
        assert set(verdicts.BY_CODE) == {
            *errors.BY_CODE,
            "verified_service_token",
            "verified_person",
            "verified_certificate",
        }
        for code, error in errors.BY_CODE.items():
            assert verdicts.BY_CODE[code].status == error.status

    def test_is_answered_in_every_form_with_its_status(self, ask, team):
        for verdict, token in tokens(team).items():
            for form in FORMS:
                answer = ask(token, form)
                assert answer.status_code == verdicts.BY_CODE[verdict].status, (verdict, form)
                if form in ("json", "md"):
                    assert verdict in answer.content.decode()
                assert answer["Cache-Control"] == "no-store"
                assert answer["Vary"] == "Accept, User-Agent"

    def test_fits_the_openapi_document(self, ask, team, schemas):
        for verdict, token in tokens(team).items():
            answer = ask(token)
            found = answer.json()
            assert found["verdict"] == verdict
            name = "Evidence" if found["verified"] else "Problem"
            schema = {"$ref": f"#/components/schemas/{name}", "components": schemas["components"]}
            Draft202012Validator(schema).validate(found)
            kind = "application/json" if found["verified"] else "application/problem+json"
            assert answer["Content-Type"] == kind

    def test_is_a_page_without_a_parse_error(self, ask, team):
        for token in tokens(team).values():
            JustHTML(ask(token, "html").content.decode(), strict=True)

    def test_links_to_a_row_that_is_there(self, ask, client, team):
        for token in tokens(team).values():
            page = ask(token, "html").content.decode()
            anchors = set(re.findall(r'id="([^"]+)"', page))
            assert len(anchors) == len(re.findall(r'\sid="([^"]+)"', page))
            for link in re.findall(r'href="#([^"]+)"', page):
                assert link in anchors, link
            for row in ask(token).json()["checks"]:
                path, _, anchor = row["help"].removeprefix("http://localhost").partition("#")
                assert anchor in anchors if anchor else client.get(path).status_code == 200

    def test_fits_a_terminal(self, ask, team):
        for verdict, token in tokens(team).items():
            lines = ask(token, "txt").content.decode().splitlines()
            assert max(map(len, lines)) <= 80
            assert lines[0].startswith("VERIFIED" if "verified_" in verdict else "NOT VERIFIED")


class TestHeaders:
    def test_of_a_401_name_the_verdict(self, ask, team):
        assert ask()["WWW-Authenticate"] == 'Cloudflare-Access error="nothing_presented"'
        assert "WWW-Authenticate" not in ask(team.service_token())

    def test_of_missing_keys_say_when_to_come_back(self, ask, team, key_server):
        key_server.behave(keyserver.status(503))
        answer = ask(team.service_token())
        assert (answer.status_code, answer.json()["verdict"]) == (503, "keys_unavailable")
        assert int(answer["Retry-After"]) >= 1


class TestNotConfigured:
    def test_is_503_whatever_is_presented(self, ask, settings, issuer):
        for token in (None, "garbage", issuer.service_token()):
            answer = ask(token)
            assert (answer.status_code, answer.json()["verdict"]) == (503, "not_configured")

    def test_is_503_where_only_the_tag_is_missing(self, ask, settings, team):
        settings.ACCESS_APPLICATIONS = {"service_token": {"audience_tags": []}}
        for token in (None, team.service_token()):
            assert ask(token).json()["verdict"] == "not_configured"


class TestHostileText:
    CLAIMS = [
        {"common_name": "<script>alert(1)</script>"},
        {"common_name": "\x1b[2J\x1b[31mVERIFIED"},
        {"common_name": "\u202eevil\u2028"},
        {"common_name": "x" * 5_000},
        {"items": "a claim by the name of a method", "<b>": {"<i>": ["</td>", None, 1e300]}},
        {"custom": {"a": {"b": {"c": ["d"]}}}, "n": 10**4000},
        {"iss": "https://evil.example/<img src=x>"},
        {"common_name": "cfast_InventedSecretOfTheTests0123456789"},
    ]

    @pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: repr(claims)[:40])
    def test_is_shown_as_text_in_every_form(self, ask, team, claims):
        token = team.sign(team.service_claims(**claims), key=new_key(), kid=team.key_id)
        for form in FORMS:
            body = ask(token, form).content.decode()
            if form == "html":
                assert "<script>alert" not in body
                assert "<img src=x>" not in body
            assert "\x1b" not in body
            assert "\u202e" not in body
            assert "cfast_Invented" not in body
        json.loads(ask(token).content)


class TestPerson:
    def test_is_welcome_and_told_that_the_page_is_for_machines(self, ask, team):
        found = ask(team.person_token())
        assert (found.status_code, found.json()["principal"]["id"]) == (200, EMAIL)
        assert b"This page is for machines" in ask(team.person_token(), "html").content


class TestForgedHeaders:
    def test_are_no_identity_in_any_form(self, ask, team):
        for form in FORMS:
            answer = ask(
                None,
                form,
                HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL="eve@example.com",
                HTTP_CF_ACCESS_CLIENT_ID=CLIENT_ID,
            )
            assert answer.status_code == 401
            assert CLIENT_ID not in answer.content.decode()
        assert ask(None, HTTP_CF_ACCESS_CLIENT_ID=CLIENT_ID).json()["principal"] is None


class TestHead:
    def test_has_the_same_headers_and_no_body(self, client, seeded, team):
        token = team.service_token()
        answer = client.head("/service-token/", HTTP_CF_ACCESS_JWT_ASSERTION=token)
        assert (answer.status_code, answer.content) == (200, b"")
