"""Every state that the page can be in, each brought about by a real request."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from html import unescape

import pytest
from django.contrib.auth.models import User
from jsonschema import Draft202012Validator
from justhtml import JustHTML

from barbican.access import conf
from barbican.access.presented import ASSERTION
from barbican.portal import verdicts
from barbican.portal.explaining.explain import explain
from barbican.portal.explaining.views import applications
from tests import keyserver
from tests.issuer import (
    ABSENT,
    ADMIN_AUD_TAG,
    AUD_TAG,
    CLIENT_ID,
    EMAIL,
    OTHER_AUD_TAG,
    OTHER_CLIENT_ID,
    Issuer,
    new_key,
)

pytestmark = pytest.mark.django_db

SECRET = "cfast_" + "InventedSecretOfTheTests0123456789abcdef0" + "12345678"
WHOLE = "The yellow line is whole"
AT_THE_ORIGIN = "The yellow line stops at the origin check, which refused."
EDGE = {
    "HTTP_CF_RAY": "9338abe1c0ffee42-LHR",
    "HTTP_CF_CONNECTING_IP": "203.0.113.5",
    "HTTP_CF_IPCOUNTRY": "GB",
}


@dataclass(frozen=True)
class State:
    """What a person sees, and what a machine reads."""

    verdict: str
    headline: str
    caption: str  # of the drawing: where the line stops
    action: str  # the first thing to do
    journey: str  # the drawing in the text form
    says: tuple[str, ...] = ()  # in the panel
    edge: str = "Nothing shows that Access accepted this request."
    headers: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    keys: str = "good"
    note: str = ""

    @property
    def status(self):
        return verdicts.BY_CODE[self.verdict].status


PASSED = "caller ━━━ edge ━━━ tunnel ━━━ origin check ━━━ this page"
REFUSED = "caller ━━━ edge ━━━ tunnel ━━━✗ origin check ··· this page"
ACCEPTED = "Access accepted it: the team signed this token"


def states(issuer: Issuer) -> dict[str, State]:
    now = int(time.time())

    def token(value, **headers):
        return {ASSERTION: value, **EDGE, **headers}

    def refused(verdict, headline, action, value, *says, **more):
        return State(
            verdict, headline, AT_THE_ORIGIN, action, REFUSED, says,
            headers=token(value), **more,
        )  # fmt: skip

    good = issuer.service_token()
    stranger = new_key()
    return {
        "1 verified service token": State(
            "verified_service_token", "Verified service token", WHOLE, "Copy as JSON", PASSED,
            ("Copy Client ID", CLIENT_ID, "We verified it. 12 of 12 checks RS256, key",
             "expires in"), ACCEPTED, token(good),
        ),
        "2 verified person": State(
            "verified_person", f"Verified person: {EMAIL}", WHOLE, "Show me the curl command",
            PASSED, ("This page is for machines", "curl http://localhost", "Copy e-mail address"),
            ACCEPTED, token(issuer.person_token()),
        ),
        "3 verified certificate": State(
            "verified_certificate", "Verified client certificate: CN=test-client", WHOLE,
            "Copy as JSON", PASSED, ("The certificate itself stays at the edge",), ACCEPTED,
            token(issuer.certificate_token()),
        ),
        "3b certificate headers beside it": State(
            "verified_certificate", "Verified client certificate: CN=test-client", WHOLE,
            "Copy as JSON", PASSED, ("Certificate headers came too: they are not signed",),
            ACCEPTED, token(issuer.certificate_token(), HTTP_CF_CLIENT_CERT_SHA256="ab" * 32),
        ),
        "4 credentials and no assertion": State(
            "unverified_headers", "These headers did not come through Access",
            "The dashed way goes round the edge", "Close the direct route",
            "caller ╌╌╌ round the edge ╌╌╌✗ origin check ··· this page",
            ("Treat this secret as exposed: rotate it.", "cfast_••••5678"),
            "Access did not see it, or it would have kept these headers.",
            {"HTTP_CF_ACCESS_CLIENT_ID": CLIENT_ID, "HTTP_CF_ACCESS_CLIENT_SECRET": SECRET},
        ),
        "5 an e-mail header": State(
            "unverified_headers", "An e-mail header is not proof",
            "The yellow line stops before the edge", "How it works",
            "caller ━━━✗ edge ··· tunnel ··· origin check ··· this page",
            ("Anyone who can reach the origin can write such a header.",),
            headers={"HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": "eve@example.com"},
        ),
        "6 expired": refused(
            "expired", "Expired 4 min ago", "Send the headers again",
            issuer.service_token(exp=now - 270, iat=now - 330),
            "It was valid until", "Everything else passes.", edge="Access accepted it once",
        ),
        "6b expired and more": refused(
            "expired", "Expired 4 min ago", "Send the headers again",
            issuer.service_token(exp=now - 270, aud=[OTHER_AUD_TAG]),
            "It fails other checks too.", edge="Access accepted it once",
        ),
        "7 of the admin": refused(
            "wrong_audience", "Valid token, wrong application", "Set the AUD of this application",
            issuer.person_token(aud=[ADMIN_AUD_TAG]),
            AUD_TAG, ADMIN_AUD_TAG, "this portal's admin", edge="Access accepted it, for another",
        ),
        "7b of nobody here": refused(
            "wrong_audience", "Valid token, wrong application", "Set the AUD of this application",
            issuer.service_token(aud=[OTHER_AUD_TAG]),
            OTHER_AUD_TAG, "no application that is configured here",
            edge="Access accepted it, for another",
        ),
        "8 wrong issuer": refused(
            "wrong_issuer", "Signed for another team", "Check the team domain",
            issuer.service_token(iss="https://other.cloudflareaccess.com"),
            "https://other.cloudflareaccess.com", issuer.team_domain, edge="Signed with this team",
        ),
        "9 bad signature": refused(
            "bad_signature", "The token was changed or not signed by Cloudflare", "What to do",
            good[:-8] + "AAAAAAAA", "does not belong to this header",
        ),
        "10 unknown key": refused(
            "unknown_key", "Signed with a key we do not know", "Wait 30 s, or refresh the keys",
            issuer.sign(issuer.service_claims(), key=stranger, kid="5" * 64),
            "5" * 64, "Keys known", verdicts.short(issuer.key_id), "Last refresh", "Next refresh",
        ),
        "11 not yet valid": refused(
            "not_yet_valid", "Not valid yet: clocks differ by 7 min", "Check this server's clock",
            issuer.service_token(iat=now + 450, exp=now + 900), "Clocks differ by", "This server",
            edge="The team signed it, for a time",
        ),
        "12 stale keys": State(
            "verified_service_token", "Verified service token", WHOLE, "Copy as JSON", PASSED,
            ("Caution: verified with keys fetched 3 h ago", "endpoint is not answering"),
            ACCEPTED, token(good), keys="stale",
        ),
        "13 no keys": State(
            "keys_unavailable", "Cannot check right now",
            "The yellow line is broken before the origin check", "Retry",
            "caller ━━━ edge ━━━ tunnel ╌╌╌✗ origin check ··· this page",
            ("Last error", "it answered 503", "Next try", "can be taken as a fact"),
            "Not known: without the keys", token(good), keys="none",
        ),
        "14 nothing": State(
            "nothing_presented", "Nothing presented", "The yellow line never leaves the caller",
            "Send it through the edge",
            "caller ··· edge ··· tunnel ··· origin check ··· this page",
            ("No assertion, no token headers, no session cookie.", "Configure Access",
             "curl http://localhost"),
        ),
        "15 malformed": refused(
            "malformed", "Not a readable token", "What to do", "Bearer eyJhbGciOiJSUzI1NiJ9.x.y",
            "Bearer eyJhb… (31 characters)",
        ),
        "15b oversized": refused(
            "malformed", "Not a readable token", "What to do", "eyJ" + "A" * 9_000,
            "more than 8192 bytes", "eyJAAAAAAAAA… (9003 characters)",
        ),
        "15c two of them": refused(
            "malformed", "Not a readable token", "What to do", f"{good},{good}",
            "more than one header",
        ),
        "15d no token at all": refused(
            "malformed", "Not a readable token", "What to do", "a secret pass phrase",
            "•••• (20 characters; a token begins with eyJ)",
        ),
        "16 not configured": State(
            "not_configured", "Not configured", "No line is drawn", "How to set it up",
            "caller ··· edge ··· tunnel ··· origin check ··· this page",
            ("This demo is not set up here.",), "Not known: nothing can be checked here yet.",
            token(good), {"service_token": {"audience_tags": []}},
        ),
        "18 wrong kind": refused(
            "wrong_kind", "Valid token, wrong kind of caller", "How to call this demo",
            issuer.person_token(), "This demo is for a service token; you are here by a person",
            edge="Access accepted it: the team",
            settings={"service_token": {"audience_tags": [AUD_TAG], "welcomes": ["service_token"]}},
        ),
        "19 client not allowed": refused(
            "client_not_allowed", "Valid service token, not allowed here",
            "Add it to the allow-list", good, CLIENT_ID, edge="Access accepted it: the team",
            settings={
                "service_token": {"audience_tags": [AUD_TAG], "client_ids": [OTHER_CLIENT_ID]}
            },
        ),
        "20 algorithm refused": refused(
            "algorithm_refused", "Signed in a way we do not accept", "What to do",
            issuer.sign(issuer.service_claims(), alg="HS256"), "RS256", "HS256",
        ),
        "21 missing claim": refused(
            "missing_claim", "The token leaves out what we need", "What to do",
            issuer.service_token(exp=ABSENT), "no exp claim", edge="The team signed it, and",
        ),
        "22 wrong type": refused(
            "wrong_type", "This is a team login token, not an application token",
            "Send the application's own assertion", issuer.person_token(type="org"), "org",
            edge="The team signed it at a login.",
        ),
    }  # fmt: skip


NAMES = list(states(Issuer("http://127.0.0.1")))


@pytest.fixture
def bring_about(client, seeded, settings, team, key_server):
    """Put the portal into a state, and return how to ask it in one form."""

    def bring_about(name):
        state = states(team)[name]
        settings.ACCESS_APPLICATIONS = {
            **settings.ACCESS_APPLICATIONS,
            "admin": {"audience_tags": [ADMIN_AUD_TAG]},
            **state.settings,
        }
        store = conf.key_store()
        if state.keys == "stale":
            store.refresh_now()
            store._monotonic = lambda: time.monotonic() + 3 * 3_600 + 60
        if state.keys != "good":
            key_server.behave(keyserver.status(503))

        def ask(form, **headers):
            return client.get(f"/service-token/?format={form}", **state.headers, **headers)

        return state, ask

    return bring_about


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def panel_of(page):
    return re.search(r'<section class="verdict .*?\n</section>', page, re.DOTALL)[0]


@pytest.mark.parametrize("name", NAMES)
class TestEveryState:
    def test_is_a_page(self, bring_about, name):
        state, ask = bring_about(name)
        answer = ask("html")
        page = answer.content.decode()
        panel = panel_of(page)
        assert answer.status_code == state.status
        headline = re.search(r'class="verdict__headline">(.*?)</p>', panel)[1]
        assert unescape(headline) == state.headline
        action = re.search(r'class="button button--first" href="[^"]*"[^>]*>(.*?)</a>', panel)[1]
        assert unescape(action) == state.action
        assert state.caption in text_of(re.search(r"<figcaption>.*?</figcaption>", panel)[0])
        words = text_of(panel)
        for part in (*state.says, state.edge):
            assert part in words, part
        assert ("verdict--pass" in panel) is (state.status == 200)
        assert ("Auth Status : Verified" in words) is (state.status == 200)
        JustHTML(page, strict=True)

    def test_links_to_what_is_there(self, bring_about, name):
        page = bring_about(name)[1]("html").content.decode()
        anchors = re.findall(r'\sid="([^"]+)"', page)
        assert len(anchors) == len(set(anchors))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)

    def test_is_json_that_fits_the_openapi_document(self, bring_about, client, name):
        state, ask = bring_about(name)
        answer = ask("json")
        found = answer.json()
        assert (answer.status_code, found["verdict"]) == (state.status, state.verdict)
        components = client.get("/openapi.json").json()["components"]
        schema = "Evidence" if state.status == 200 else "Problem"
        Draft202012Validator(
            {"$ref": f"#/components/schemas/{schema}", "components": components}
        ).validate(found)
        assert found["verified"] is (state.status == 200)
        assert (found["principal"] is not None) is found["verified"]
        assert "status" not in found or found["status"] == answer.status_code

    def test_is_text_for_a_terminal(self, bring_about, name):
        state, ask = bring_about(name)
        answer = ask("txt")
        lines = answer.content.decode().splitlines()
        assert answer.status_code == state.status
        assert max(map(len, lines)) <= 80
        verified = state.status == 200
        assert lines[0].startswith("VERIFIED" if verified else f"NOT VERIFIED  {state.headline}")
        assert lines[2] == state.journey
        assert state.edge.split(":")[0] in " ".join(lines)
        assert sum(line.count(mark) for line in lines[3:] for mark in "✓✗") >= 1

    def test_is_markdown(self, bring_about, name):
        state, ask = bring_about(name)
        answer = ask("md")
        assert answer.status_code == state.status
        assert f"(`{state.verdict}`)" in answer.content.decode()

    def test_never_shows_a_secret(self, bring_about, name):
        state, ask = bring_about(name)
        secrets = [SECRET, "pass phrase"]
        token = state.headers.get(ASSERTION, "")
        secrets += [part.rpartition(".")[2] for part in token.split(",") if part.count(".") == 2]
        for form in ("html", "json", "txt", "md"):
            body = ask(form).content.decode()
            assert not [secret for secret in secrets if len(secret) > 8 and secret in body]

    def test_is_no_other_answers(self, bring_about, name):
        state, ask = bring_about(name)
        for form in ("html", "json", "txt", "md"):
            answer = ask(form)
            assert answer["Cache-Control"] == "no-store"
            assert answer["Vary"] == "Accept, User-Agent"
            assert not answer.has_header("ETag")
            assert not answer.has_header("Last-Modified")
            challenge = f'Cloudflare-Access error="{state.verdict}"'
            assert answer.headers.get("WWW-Authenticate") == (
                challenge if state.status == 401 else None
            )
            is_waiting = state.verdict == "keys_unavailable"
            assert answer.has_header("Retry-After") is is_waiting


class TestForgedHeaders:
    @pytest.mark.parametrize(
        "name", [name for name in NAMES if not name.startswith(("1 ", "2 ", "3", "12", "4 ", "5 "))]
    )
    def test_beside_a_refused_token_change_nothing(self, bring_about, name):
        state, ask = bring_about(name)
        forged = {"HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": "eve@example.com"}
        found = ask("json", **forged).json()
        verdict = "unverified_headers" if name == "14 nothing" else state.verdict
        assert (found["verdict"], found["principal"]) == (verdict, None)
        assert "eve@example.com" not in text_of(panel_of(ask("html", **forged).content.decode()))

    def test_of_the_edge_make_no_claim_of_access(self, bring_about):
        _, ask = bring_about("14 nothing")
        page = ask("html", **EDGE).content.decode()
        assert "Nothing shows that Access accepted this request." in page
        assert "203.0.113.5" in page
        assert "unsigned" in page

    def test_beside_a_good_token_are_a_caution(self, bring_about):
        _, ask = bring_about("1 verified service token")
        answer = ask("html", HTTP_CF_ACCESS_CLIENT_SECRET=SECRET)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "Caution: Raw credentials reached the origin" in text_of(panel_of(page))
        assert SECRET not in page

    def test_that_name_no_secret_need_no_rotation(self, client, seeded, team):
        page = client.get("/service-token/", HTTP_CF_ACCESS_CLIENT_ID=CLIENT_ID).content.decode()
        assert "bypassed it" in page
        assert "Treat this secret" not in panel_of(page)


class TestUnverifiedClaims:
    @pytest.mark.parametrize("name", ["9 bad signature", "13 no keys", "10 unknown key"])
    def test_are_struck_through_and_said_to_be(self, bring_about, name):
        page = bring_about(name)[1]("html").content.decode()
        row = re.search(r'<tr id="claim-common_name">.*?</tr>', page)[0]
        assert f"<s><code>{CLIENT_ID}</code></s>" in row
        assert "unverified" in row
        assert CLIENT_ID not in panel_of(page)

    def test_are_never_those_of_a_good_token(self, bring_about):
        page = bring_about("1 verified service token")[1]("html").content.decode()
        assert "unverified" not in page.partition('id="how-this-works"')[0]
        assert "<s>" not in page


class TestPasted:
    """Into “Explain this response”: what names an application or a key is no secret."""

    WARNS = {
        ("4 credentials and no assertion", "json"),
        ("10 unknown key", "html"),  # its list of the team's keys is one of values alone
    }

    @pytest.mark.parametrize("form", ["json", "txt", "html"])
    @pytest.mark.parametrize("name", NAMES)
    def test_warns_of_a_secret_only_where_one_came(self, bring_about, name, form):
        # The evidence: the page's samples have lines in which a secret would be named.
        body = bring_about(name)[1](form).content.decode().partition('id="how-this-works"')[0]
        found = explain(f"HTTP/1.1 401 Unauthorized\n\n{body}", known=applications())
        warns = any("looks like a secret" in each for each in found.warnings)
        assert warns is ((name, form) in self.WARNS)


class TestNotConfigured:
    @pytest.fixture
    def ask(self, bring_about):
        return bring_about("16 not configured")[1]

    def staff(self, client, **changes):
        user = User.objects.create_user("grace", EMAIL, "a long pass phrase", is_staff=True)
        for name, value in changes.items():
            setattr(user, name, value)
        user.save()
        client.force_login(user)

    def test_names_the_variable_to_staff(self, ask, client, settings):
        self.staff(client)
        settings.ACCESS_APPLICATIONS = {"service_token": {"audience_tags": []}}
        assert "SERVICE_TOKEN_AUD" in panel_of(ask("html").content.decode())
        settings.ACCESS_TEAM_DOMAIN = ""
        assert "ACCESS_TEAM_DOMAIN" in panel_of(ask("html").content.decode())

    @pytest.mark.parametrize(
        ("entry", "variable", "state", "hint"),
        [
            ({"audience_tags": []}, "SERVICE_TOKEN_AUD", "unset", "Set SERVICE_TOKEN_AUD"),
            ({"audience_tags": [AUD_TAG, "4F" * 32]}, "SERVICE_TOKEN_AUD",
             "malformed: an AUD tag is 64 hex digits", "Correct SERVICE_TOKEN_AUD"),
            ({"audience_tags": [AUD_TAG], "client_ids": ["robot"]}, "SERVICE_TOKEN_CLIENT_IDS",
             "malformed: a Client ID is 32 hex digits", "Correct SERVICE_TOKEN_CLIENT_IDS"),
        ],
    )  # fmt: skip
    def test_says_what_is_wrong_with_it_to_staff_alone(
        self, ask, client, settings, entry, variable, state, hint
    ):
        settings.ACCESS_APPLICATIONS = {"service_token": entry}
        for form in ("html", "json", "txt"):
            answer = ask(form)
            assert answer.status_code == 503
            told = answer.content.decode().partition('id="how-this-works"')[0]
            assert all(word not in told for word in ("unset", "malformed:", variable)), form
        assert hint not in client.get("/").content.decode()
        self.staff(client)
        panel = text_of(panel_of(ask("html").content.decode()))
        assert f"{variable} {state}" in panel
        named = re.findall(r"SERVICE_TOKEN_[A-Z_]+", panel)
        assert set(named) == {variable}
        assert hint in client.get("/").content.decode()

    def test_names_it_to_nobody_else(self, ask, client, settings):
        def is_named():
            return "SERVICE_TOKEN_AUD" in panel_of(ask("html").content.decode())

        settings.ACCESS_APPLICATIONS = {"service_token": {"audience_tags": []}}
        self.staff(client)
        assert is_named()
        client.logout()
        assert not is_named()

    @pytest.mark.parametrize("changes", [{"is_staff": False}, {"is_active": False}])
    def test_names_it_to_no_user_who_is_not_staff(self, ask, client, settings, changes):
        settings.ACCESS_APPLICATIONS = {"service_token": {"audience_tags": []}}
        self.staff(client, **changes)
        assert "SERVICE_TOKEN_AUD" not in panel_of(ask("html").content.decode())

    def test_names_it_to_a_session_only_with_the_person_that_the_admin_wants(self, ask, client):
        self.staff(client)
        assert "SERVICE_TOKEN_AUD" not in panel_of(ask("html").content.decode())

    def test_says_the_same_to_all_in_the_other_forms(self, ask, client, settings):
        settings.ACCESS_APPLICATIONS = {"service_token": {"audience_tags": []}}
        self.staff(client)
        for form in ("json", "txt"):
            assert "SERVICE_TOKEN_AUD" not in ask(form).content.decode()

    def test_looks_for_no_session_where_all_is_well(
        self, bring_about, client, settings, django_assert_num_queries
    ):
        self.staff(client)
        _, ask = bring_about("1 verified service token")
        ask("html")
        with django_assert_num_queries(0):
            ask("html")


class TestAudience:
    def test_names_the_demo_to_which_it_belongs(self, bring_about, team):
        from barbican.portal import findings

        bring_about("7 of the admin")
        found = findings.owner(frozenset({AUD_TAG}), "http://localhost")
        assert (found.value, found.href) == ("Service Token", "http://localhost/service-token/")


class TestMachines:
    METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

    @pytest.mark.parametrize("method", METHODS)
    def test_are_told_which_methods_there_are(self, client, seeded, team, method):
        answer = client.generic(method, "/service-token/?format=json")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
        assert answer.json()["status"] == 405

    @pytest.mark.parametrize("form", ["html", "json", "txt", "md"])
    @pytest.mark.parametrize("name", ["1 verified service token", "6 expired", "13 no keys"])
    def test_get_the_same_headers_from_head(self, bring_about, client, name, form):
        state, ask = bring_about(name)
        full = ask(form)
        head = client.head(f"/service-token/?format={form}", **state.headers)
        assert (head.status_code, head.content) == (full.status_code, b"")
        changing = {"Content-Length", "Retry-After"}  # seconds have passed
        assert {k: v for k, v in head.items() if k not in changing} == {
            k: v for k, v in full.items() if k not in changing
        }
        assert head.has_header("Content-Length")

    def test_are_never_told_that_a_verdict_has_not_changed(self, client, seeded, team):
        for conditions in (
            {"HTTP_IF_NONE_MATCH": "*"},
            {"HTTP_IF_NONE_MATCH": '"x", W/"y"'},
            {"HTTP_IF_MODIFIED_SINCE": "Wed, 25 Nov 2099 00:00:00 GMT"},
        ):
            answer = client.get("/service-token/?format=json", **conditions)
            assert answer.status_code == 401
            assert json.loads(answer.content)["verdict"] == "nothing_presented"

    @pytest.mark.parametrize("path", ["/openapi.json", "/robots.txt", "/sitemap.xml", "/llms.txt"])
    def test_need_not_fetch_again_what_shows_no_request(self, client, seeded, path):
        first = client.get(path)
        again = client.get(path, HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(path, HTTP_IF_NONE_MATCH='"another"').status_code == 200
        assert client.head(path)["ETag"] == first["ETag"]
