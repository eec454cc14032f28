from __future__ import annotations

import base64
import json
import re
import socket
import struct
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jwt
import pytest

from barbican.edge.organisation.model import IdentityProvider, Person, PolicyDecision
from barbican.edge.organisation.selectors import EmailIs, Everyone
from barbican.edge.people.redirects import is_target
from barbican.edge.tokens.issuer import sign
from tests.edge.test_proxying import eventually
from tests.edge.walker import allow, claims_of
from tests.edge.wire import Talk, get

LOGIN = "/cdn-cgi/access/login/localhost"
TARGETS = (
    "/service-token/",
    "/service-token",
    "/service-token/?",
    "/service-token/a%2Fb%20c/?q=1+2&r=%2f&q=%E2%82%AC",
    "/service-token/;x=1//y?returnTo=http://other.example/&back=\\",
    "/service-token/%zz?%",
)
BAD_TARGETS = (
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "http://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "/%2Fevil.example",
    "/%5cevil.example",
    "/%252Fevil.example",
    "/%09/evil.example",
    "/service-token/%0d%0aSet-Cookie:x=1",
    "/service-token/\tx",
    "/service-token/\r\nLocation: //evil.example",
    "service-token/",
    "",
    "?x",
    "/service-token/#x",
    "/service-token/é",
    "@evil.example/",
)


def way_in(house, walker, target="/service-token/"):
    """Return the query of the login page, as the edge gives it to this browser."""
    page = walker.go(f"http://localhost:{house.port}{target}")
    return {name: each[0] for name, each in parse_qs(urlsplit(page.location).query).items()}


def login_page(house, walker, query, host="localhost"):
    url = f"{house.team}/cdn-cgi/access/login/{host}?{urlencode(query)}"
    return walker.go(url, headers=[("Accept", "text/html")])


def post_head(house, path, header):
    kind = "Content-Type: application/x-www-form-urlencoded"
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{house.port}", kind, header, "", ""]
    return "\r\n".join(lines).encode()


class TestRule20TheLoginPage:
    def test_rule_20_is_on_the_teams_host_and_says_that_it_is_local(self, house):
        page = house.somebody().visit(house.here)
        assert page.url.startswith(f"{house.team}{LOGIN}?kid={house.aud}&meta=")
        assert page.status == 200
        assert page.reply["Cf-Access-Domain"] == "localhost"
        for words in ("Sign in ・ Cloudflare Access", "local edge", "one-time code"):
            assert words in page.text

    @pytest.mark.parametrize(
        "host", ["localhost", "service-token.localhost", "[::1]", "other.test"]
    )
    def test_rule_20_is_on_no_other_host(self, house, host):
        query = urlencode(way_in(house, house.somebody()))
        assert get(house.port, f"{LOGIN}?{query}", host=f"{host}:{house.port}").status == 404

    def test_rule_20_keeps_nothing_and_is_framed_by_nobody(self, house):
        walker = house.somebody()
        first = walker.visit(house.here)
        second = walker.follow(walker.post(first, email="ada@example.com"))
        for page in (first, second):
            policy = page.reply["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "no-store" in page.reply["Cache-Control"]
            assert page.reply["X-Content-Type-Options"] == "nosniff"
            assert page.reply["Referrer-Policy"] == "same-origin"
            assert "<script" not in page.text
        assert "form-action 'self';" in first.reply["Content-Security-Policy"] + ";"

    def test_rule_20_gives_the_browser_its_cookie_once(self, house):
        walker = house.somebody()
        [cookie] = walker.visit(house.here).reply.values("Set-Cookie")
        assert re.fullmatch(
            r"CF_Session=[0-9a-f]{32}; Expires=[^;]+; Path=/cdn-cgi/access/; Secure; HttpOnly; "
            r"SameSite=None",
            cookie,
        )
        assert walker.visit(house.here).reply.values("Set-Cookie") == []

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({}, 200),
            ({"kid": "0" * 64}, 400),
            ({"kid": "other"}, 400),
            ({"meta": ""}, 400),
            ({"meta": "a.b.c"}, 400),
            ({"redirect_url": "/service-token/other"}, 400),
            ({"redirect_url": None}, 400),
            ({"kid": None}, 400),
            ({"meta": None}, 400),
        ],
    )
    def test_rule_20_opens_only_as_the_edge_made_the_way(self, house, change, status):
        walker = house.somebody()
        query = {**way_in(house, walker), **change}
        if query["kid"] == "other":
            query["kid"] = house.edge.organisation.applications[1].aud
        query = {name: value for name, value in query.items() if value is not None}
        assert login_page(house, walker, query).status == status

    @pytest.mark.parametrize(
        "change",
        [
            {"type": "app"},
            {"iss": "http://127.0.0.1:1"},
            {"hostname": "evil.example"},
            {"iat": 0},
            {"kid": "0" * 64},
        ],
    )
    def test_rule_20_believes_no_meta_that_says_something_else(self, house, change):
        walker = house.somebody()
        query = way_in(house, walker)
        changed = {**claims_of(query["meta"]), **change}
        query["meta"] = sign(changed, house.edge.folder.state().keys.current)
        assert login_page(house, walker, query).status == 400

    def test_rule_20_believes_no_meta_of_a_strangers_key(self, house, key_pair):
        walker = house.somebody()
        query = way_in(house, walker)
        query["meta"] = sign(claims_of(query["meta"]), key_pair.current)
        assert login_page(house, walker, query).status == 400

    def test_rule_20_has_an_hour(self, house):
        walker = house.somebody()
        house.edge.clock[0] = float(int(house.edge.clock[0]))
        query = way_in(house, walker)
        house.wait(3599)
        assert login_page(house, walker, query).status == 200
        house.wait(1)
        assert login_page(house, walker, query).status == 400

    def test_rule_20_takes_no_parameter_twice(self, house):
        walker = house.somebody()
        query = urlencode(way_in(house, walker))
        assert walker.go(f"{house.team}{LOGIN}?{query}&kid={house.aud}").status == 400

    def test_rule_20_is_of_the_host_in_its_path(self, house):
        walker = house.somebody()
        query = way_in(house, walker)
        assert login_page(house, walker, query, host="service-token.localhost").status == 400

    def test_rule_20_shows_a_name_as_text(self, house):
        house.change(name='<script>alert(1)</script>"')
        page = house.somebody().visit(house.here)
        assert b"<script>" not in page.reply.body
        assert "Sign in to <script>" in page.text

    def test_rule_20_offers_what_the_application_allows(self, house):
        other = IdentityProvider("0" * 8, "Other", "github")
        providers = house.edge.organisation.identity_providers
        house.change_team(identity_providers=(*providers, other))
        assert house.somebody().visit(house.here).status == 200
        house.change(allowed_idps=(other.id,))
        page = house.somebody().visit(house.here)
        assert (page.status, "no login method" in page.text) == (403, True)

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
    def test_rule_20_is_read_or_posted(self, house, method):
        query = urlencode(way_in(house, house.somebody()))
        assert house.somebody().go(f"{house.team}{LOGIN}?{query}", method=method).status == 405

    @pytest.mark.parametrize(
        ("kind", "body", "status"),
        [
            ("application/json", b"{}", 415),
            ("multipart/form-data; boundary=x", b"--x--", 415),
            ("application/x-www-form-urlencoded", b"email=" + b"a" * 8192, 413),
            ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 2), 400),
            ("application/x-www-form-urlencoded", b"email=%ff%fe", 400),
            ("application/x-www-form-urlencoded", b"", 400),
        ],
    )
    def test_rule_20_takes_small_forms_only(self, house, kind, body, status):
        query = urlencode(way_in(house, house.somebody()))
        reply = get(
            house.port,
            f"{LOGIN}?{query}",
            [("Content-Type", kind)],
            host=f"127.0.0.1:{house.port}",
            method="POST",
            body=body,
        )
        assert reply.status == status


class TestRule20ABrokenForm:
    @pytest.mark.parametrize("path", [LOGIN, "/cdn-cgi/access/logout", "/cdn-cgi/access/nothing"])
    @pytest.mark.parametrize("is_reset", [False, True])
    @pytest.mark.parametrize(
        ("header", "part"),
        [
            ("Content-Length: 100", b"email=ada"),
            ("Transfer-Encoding: chunked", b"20\r\nemail"),
            ("Content-Length: 100\r\nExpect: 100-continue", b""),
        ],
    )
    def test_rule_20_is_no_fault_of_the_edge(self, house, path, is_reset, header, part):
        with Talk(house.port, post_head(house, path, header) + part) as talk:
            if is_reset:
                talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert eventually(lambda: house.edge.lines)
        assert [line.partition(" -> ")[2] for line in house.edge.lines] == [
            "answered 400 (path reserved by Access; The caller left in the middle of its form.)"
        ]
        assert [*house.edge.edge.journal][-1].status == 400

    def test_rule_20_in_chunks_that_are_none_gets_400(self, house):
        with Talk(house.port, post_head(house, LOGIN, "Transfer-Encoding: chunked")) as talk:
            talk.say(b"5\r\nemail\r\n")
            assert not eventually(lambda: house.edge.lines, 0.2)
            talk.say(b"zz\r\n")
            assert talk.reply().status == 400
        assert eventually(lambda: house.edge.lines)
        assert "The form's body is no proper HTTP." in house.edge.lines[0]


class TestRule20AForm:
    def post(self, house, walker, **changes):
        page = walker.visit(house.here)
        given = {"seal": page.field("seal"), "email": "ada@example.com", **changes}
        return page, urlencode(given).encode()

    KIND = ("Content-Type", "application/x-www-form-urlencoded")

    def test_rule_20_of_our_own_is_taken(self, house):
        walker = house.somebody()
        page, body = self.post(house, walker)
        assert walker.go(page.url, method="POST", body=body, headers=[self.KIND]).status == 302

    def test_rule_20_with_a_forged_seal_is_not(self, house):
        walker = house.somebody()
        for seal in ("", "0" * 64, "é"):
            page, body = self.post(house, walker, seal=seal)
            reply = walker.go(page.url, method="POST", body=body, headers=[self.KIND])
            assert reply.status == 400
            assert "Invalid session. Please try logging in again" in reply.text

    def test_rule_20_of_another_browser_is_not(self, house):
        _page, body = self.post(house, house.somebody())
        walker = house.somebody()
        page = walker.visit(house.here)
        assert walker.go(page.url, method="POST", body=body, headers=[self.KIND]).status == 400

    def test_rule_20_without_the_browsers_cookie_is_not(self, house):
        walker = house.somebody()
        page, body = self.post(house, walker)
        sent = walker.go(page.url, method="POST", body=body, headers=[self.KIND], cookies=False)
        assert sent.status == 400

    @pytest.mark.parametrize(
        "origin_header", ["null", "http://localhost:{}", "http://evil.example", "http://127.0.0.1"]
    )
    def test_rule_20_that_stood_on_another_site_is_not(self, house, origin_header):
        walker = house.somebody()
        page, body = self.post(house, walker)
        forged = ("Origin", origin_header.format(house.port))
        sent = walker.go(page.url, method="POST", body=body, headers=[self.KIND, forged])
        assert sent.status == 400
        ours = ("Origin", house.team)
        good = walker.go(page.url, method="POST", body=body, headers=[self.KIND, ours])
        assert good.status == 302


class TestRule21TheCallback:
    def granted(self, house, walker):
        """Return the redirect to the callback, not yet followed."""
        page = house.asked_for_code(walker)
        return walker.post(page, code=house.mails()[0].pin)

    @pytest.mark.parametrize("target", TARGETS)
    def test_rule_21_leads_to_the_first_target_byte_for_byte(self, house, origin, target):
        walker = house.somebody()
        page = house.asked_for_code(walker, url=f"http://localhost:{house.port}{target}")
        back = walker.post(page, code=house.mails()[0].pin)
        assert back.location.startswith(f"http://localhost:{house.port}/cdn-cgi/access/authorized?")
        arrived = walker.go(back.location)
        assert arrived.status == 302
        assert arrived.location == f"http://localhost:{house.port}{target}"
        assert walker.follow(arrived).status == 200
        assert origin.seen[-1].target == target
        assert origin.seen[-1].values("Cf-Access-Authenticated-User-Email") == ["ada@example.com"]

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LocalHost"])
    def test_rule_21_keeps_the_host_and_the_local_port(self, house, host):
        walker = house.somebody()
        url = f"http://{host}:{house.port}/service-token/"
        page = house.asked_for_code(walker, url=url)
        arrived = walker.follow(walker.post(page, code=house.mails()[0].pin))
        assert (arrived.status, arrived.url) == (200, url.lower())

    def test_rule_21_sets_the_applications_cookie(self, house):
        house.edge.clock[0] = 1_790_000_000.5
        house.change_team(country="GB")
        walker = house.somebody()
        arrived = walker.go(self.granted(house, walker).location)
        [cookie] = arrived.reply.values("Set-Cookie")
        assert "; Expires=Tue, 22 Sep 2026 14:13:20 GMT; Path=/; Secure" in cookie
        token = walker.cookie("localhost", "CF_Authorization")
        keys = house.edge.folder.state().keys
        assert jwt.get_unverified_header(token) == {
            "alg": "RS256",
            "kid": keys.current.key_id,
            "typ": "JWT",
        }
        claims = claims_of(token)
        assert re.fullmatch(r"[0-9a-f-]{36}", claims.pop("sub"))
        assert re.fullmatch(r"[A-Za-z0-9]{16}", claims.pop("identity_nonce"))
        assert claims == {
            "aud": [house.aud],
            "email": "ada@example.com",
            "exp": 1_790_086_400,
            "iat": 1_790_000_000,
            "nbf": 1_790_000_000,
            "iss": house.team,
            "type": "app",
            "country": "GB",
        }

    def test_rule_21_state_says_where_to_and_is_compared(self, house):
        walker = house.somebody()
        back = self.granted(house, walker).location
        state = parse_qs(urlsplit(back).query)["state"][0]
        said = json.loads(base64.urlsafe_b64decode(state + "=" * (-len(state) % 4)))
        wanted = {"hostname": "localhost", "redirectURL": "/service-token/", "isSSO": False}
        assert said == wanted
        said["redirectURL"] = "//evil.example/"
        forged = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
        assert walker.go(back.replace(state, quote(forged))).status == 400

    def test_rule_21_nonce_is_good_once(self, house):
        walker = house.somebody()
        back = self.granted(house, walker).location
        assert [walker.go(back).status for _ in range(3)] == [302, 400, 400]

    def test_rule_21_nonce_is_burnt_by_a_wrong_try(self, house):
        walker = house.somebody()
        back = self.granted(house, walker).location
        assert walker.go(back, cookies=False).status == 400
        assert walker.go(back).status == 400

    def test_rule_21_nonce_has_a_minute(self, house):
        for seconds, status in ((59, 302), (60, 400)):
            walker = house.somebody()
            back = self.granted(house, walker).location
            house.wait(seconds)
            assert walker.go(back).status == status

    def test_rule_21_needs_the_browser_in_which_it_began(self, house):
        victim, thief = house.somebody(), house.somebody()
        thief.visit(house.here)
        back = self.granted(house, victim).location
        assert thief.go(back).status == 400

    def test_rule_21_gives_a_session_to_nobody_who_sent_the_way_in(self, house):
        # A thief's own way in, opened by the victim: what comes of it fits neither of them.
        thief, victim = house.somebody(), house.somebody()
        victim.visit(house.here)
        query = way_in(house, thief)
        page = login_page(house, victim, query)
        page = victim.follow(victim.post(page, email="ada@example.com"))
        back = victim.post(page, code=house.mails()[0].pin).location
        assert victim.go(back).status == 400
        assert thief.go(back).status == 400

    @pytest.mark.parametrize("port", ["", ":80", ":6666", ":65535"])
    def test_rule_21_is_at_this_edge_whatever_port_the_way_in_was_asked_with(self, house, port):
        # At another port somebody else may listen, who would get the nonce of whoever is logged in.
        thief, victim = house.somebody(), house.logged_in()
        page = thief.go(f"http://localhost{port}/service-token/")
        query = {name: each[0] for name, each in parse_qs(urlsplit(page.location).query).items()}
        back = login_page(house, victim, query)
        assert back.status == 302
        assert back.location.startswith(f"http://localhost:{house.port}/cdn-cgi/access/authorized?")

    def test_rule_21_is_on_its_own_application_host_only(self, house):
        walker = house.somebody()
        back = self.granted(house, walker).location
        moved = back.replace("//localhost:", "//service-token.localhost:")
        assert walker.go(moved).status == 400

    @pytest.mark.parametrize(
        "query", ["", "?nonce=", "?nonce=x&state=e30", "?nonce=x&nonce=x", "?nonce=%ff&state=%00"]
    )
    def test_rule_21_refuses_bad_parameters(self, house, query):
        walker = house.somebody()
        walker.visit(house.here)
        url = f"http://localhost:{house.port}/cdn-cgi/access/authorized{query}"
        assert walker.go(url).status == 400
        assert walker.go(url, method="POST").status == 405

    def test_rule_21_asks_the_policies_again(self, house):
        walker = house.somebody()
        back = self.granted(house, walker).location
        house.change(policies=(allow(EmailIs("grace@example.com")),))
        page = walker.go(back)
        assert (page.status, "That account does not have access" in page.text) == (403, True)
        assert not walker.cookie("localhost", "CF_Authorization")

    def test_rule_21_two_tabs_log_in_at_once(self, house):
        walker = house.somebody()
        first = walker.visit(house.here + "?tab=1")
        second = walker.visit(house.here + "?tab=2")
        for page, tab in ((first, 1), (second, 2)):
            asked = walker.follow(walker.post(page, email="ada@example.com"))
            arrived = walker.follow(walker.post(asked, code=house.mails()[0].pin))
            assert (arrived.status, arrived.url) == (200, f"{house.here}?tab={tab}")

    def test_rule_21_without_secure_cookies(self, house):
        choices = house.edge.organisation.choices
        house.change_team(choices=replace(choices, secure_cookies=False))
        walker = house.somebody()
        page = house.asked_for_code(walker)
        back = walker.post(page, code=house.mails()[0].pin)
        arrived = walker.go(back.location)
        for cookie in (*back.reply.values("Set-Cookie"), *arrived.reply.values("Set-Cookie")):
            assert "Secure" not in cookie
            assert "samesite=none" not in cookie.lower()


class TestRule22ARedirect:
    @pytest.mark.parametrize("target", BAD_TARGETS)
    def test_rule_22_off_the_application_is_refused(self, house, target):
        walker = house.somebody()
        query = {**way_in(house, walker), "redirect_url": target}
        page = login_page(house, walker, query)
        assert (page.status, "Invalid redirect URL" in page.text) == (400, True)

    @pytest.mark.parametrize("target", [*BAD_TARGETS, "/elsewhere/", "/service-token/../x"])
    def test_rule_22_is_refused_also_where_the_edge_had_signed_it(self, house, target):
        walker = house.somebody()
        query = way_in(house, walker)
        changed = {**claims_of(query["meta"]), "redirect_url": target}
        query["meta"] = sign(changed, house.edge.folder.state().keys.current)
        page = login_page(house, walker, {**query, "redirect_url": target})
        assert (page.status, "Invalid redirect URL" in page.text) == (400, True)

    @pytest.mark.parametrize("target", TARGETS)
    def test_rule_22_on_the_application_is_kept(self, target):
        assert is_target(target)

    @pytest.mark.parametrize("target", BAD_TARGETS)
    def test_rule_22_that_a_browser_may_take_off_the_host_is_no_target(self, target):
        assert not is_target(target)


class TestSingleSignOn:
    def test_skips_the_login_page(self, house):
        walker = house.logged_in()
        sent = walker.go(house.there + "x?y")
        back = walker.go(sent.location)
        assert back.status == 302
        assert back.location.startswith(house.there + "cdn-cgi/access/authorized?nonce=")
        arrived = walker.follow(back)
        assert (arrived.status, arrived.url) == (200, house.there + "x?y")
        first = claims_of(walker.cookie("localhost", "CF_Authorization"))
        second = claims_of(walker.cookie("service-token.localhost", "CF_Authorization"))
        assert first["aud"] != second["aud"]
        assert first["identity_nonce"] == second["identity_nonce"]
        assert first["sub"] == second["sub"]

    def test_lasts_as_long_as_the_organisation_says(self, house):
        house.edge.clock[0] = float(int(house.edge.clock[0]))
        house.change_team(session_duration=7200)
        walker = house.logged_in()
        house.wait(7199)
        assert walker.visit(house.there).url == house.there
        walker.cookies.pop(("service-token.localhost", "/", "CF_Authorization"))
        house.wait(1)
        assert "Sign in to" in walker.visit(house.there).text

    def test_asks_the_policies_of_the_second_application(self, house):
        walker = house.logged_in()
        house.change(1, policies=(allow(EmailIs("grace@example.com")),))
        page = walker.visit(house.there)
        assert page.status == 403
        assert "That account does not have access" in page.text
        page = walker.follow(walker.post(page, email="grace@example.com"))
        page = walker.follow(walker.post(page, code=house.mails()[0].pin))
        assert (page.status, page.url) == (200, house.there)

    def test_is_no_way_into_an_application_by_itself(self, house, origin):
        walker = house.logged_in()
        session = walker.cookie("127.0.0.1", "CF_Authorization", "/cdn-cgi/access/")
        assert claims_of(session)["type"] == "org"
        origin.seen.clear()
        for header in (("Cookie", f"CF_Authorization={session}"), ("Cf-Access-Token", session)):
            assert get(house.port, "/service-token/", [header]).status == 302
        assert origin.seen == []

    def test_is_not_taken_from_an_application_token(self, house):
        walker = house.logged_in()
        token = walker.cookie("localhost", "CF_Authorization")
        stranger = house.somebody()
        stranger.cookies["127.0.0.1", "/cdn-cgi/access/", "CF_Authorization"] = token
        assert "Sign in to" in stranger.visit(house.there).text

    def test_never_leaves_the_teams_pages(self, house, origin):
        walker = house.logged_in(url=f"{house.team}/service-token/")
        assert walker.visit(f"{house.team}/service-token/").status == 200
        [cookies] = origin.seen[-1].values("Cookie")
        assert cookies.count("CF_Authorization=") == 1
        assert claims_of(cookies.split("CF_Authorization=")[1].split(";")[0])["type"] == "app"


class TestRule23TheIdentityToken:
    def test_rule_23_names_one_person_the_same_whenever_they_come(self, house):
        tokens = [
            claims_of(house.logged_in(email).cookie("localhost", "CF_Authorization"))
            for email in ("ada@example.com", "Ada@Example.com", "grace@example.com")
        ]
        first, again, other = tokens
        assert first["sub"] == again["sub"] != other["sub"]
        assert first["email"] == again["email"] == "ada@example.com"
        assert len({each["identity_nonce"] for each in tokens}) == 3

    @pytest.mark.parametrize(
        ("custom", "kept"),
        [
            ({}, None),
            ({"groups": ["a", "b"], "n": 1}, ["groups", "n"]),
            ({"first": "x" * 400, "second": "y" * 400, "third": "z" * 400}, ["first", "second"]),
            ({"huge": "x" * 2000, "small": 1}, None),
        ],
    )
    def test_rule_23_carries_custom_values_until_they_are_too_long(self, house, custom, kept):
        person = Person("Ada@example.com", "Ada", "FR", custom)
        house.change_team(people=(person,))
        claims = claims_of(house.logged_in().cookie("localhost", "CF_Authorization"))
        assert claims["country"] == "FR"
        assert (list(claims["custom"]) if kept else claims.get("custom")) == kept

    @pytest.mark.parametrize(
        ("policy", "application", "lifetime"),
        [
            (None, None, 86_400),
            (None, 3600, 3600),
            (600, 3600, 600),
            (0, 3600, 60),
            (None, 0, 60),
            (10**8, None, 730 * 3600),
        ],
    )
    def test_rule_23_lasts_as_policy_or_application_say(self, house, policy, application, lifetime):
        house.change(policies=(allow(session_duration=policy),), session_duration=application)
        claims = claims_of(house.logged_in().cookie("localhost", "CF_Authorization"))
        assert claims["exp"] - claims["iat"] == lifetime

    def test_rule_23_reaches_the_origin_as_it_was_presented(self, house, origin):
        walker = house.logged_in()
        forged = [
            ("Cf-Access-Jwt-Assertion", "forged"),
            ("Cf-Access-Authenticated-User-Email", "root@example.com"),
        ]
        assert walker.go(house.here, headers=forged).status == 200
        seen = origin.seen[-1]
        token = walker.cookie("localhost", "CF_Authorization")
        assert seen.values("Cf-Access-Jwt-Assertion") == [token]
        assert seen.values("Cf-Access-Authenticated-User-Email") == ["ada@example.com"]


def unnamed(page, email):
    return re.sub(r'value="\w+"|meta=[\w.-]+', "", page.text).replace(email, "somebody")


def names(page):
    return [name for name, _value in page.reply.headers]


class TestWhoGetsACode:
    @pytest.mark.parametrize(
        ("policies", "email", "is_mailed"),
        [
            ([allow()], "ada@example.com", True),
            ([allow()], "ada@example.org", False),
            ([allow()], "ada@sub.example.com", False),
            ([allow(Everyone())], "anybody@anywhere.test", True),
            ([allow(Everyone(), decision=PolicyDecision.DENY), allow()], "ada@example.com", False),
            ([allow(), allow(Everyone(), decision=PolicyDecision.DENY)], "ada@example.com", True),
            ([allow(exclude=(EmailIs("ada@example.com"),))], "ada@example.com", False),
            ([allow(require=(EmailIs("grace@example.com"),))], "ada@example.com", False),
        ],
    )
    def test_is_decided_by_the_policies_and_never_said(self, house, policies, email, is_mailed):
        house.change(policies=tuple(policies))
        page = house.asked_for_code(house.somebody(), email)
        assert (page.status, len(house.mails())) == (200, int(is_mailed))
        assert "A code has been emailed to you" in page.text
        # To the byte what another address gets, but for what is random.
        other = house.asked_for_code(house.somebody(), "zzz@nowhere.test")
        assert unnamed(page, email) == unnamed(other, "zzz@nowhere.test")
        assert names(page) == names(other)

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@example.com\r\nBcc: all@example.com",
            "ada@example.com, eve@example.com",
            "adä@example.com",
            f"{'a' * 250}@example.com",
            '"><script>@example.com',
        ],
    )
    def test_is_nobody_without_an_address(self, house, email):
        walker = house.somebody()
        page = walker.post(walker.visit(house.here), email=email)
        assert page.status == 400
        assert 'aria-describedby="problem email-hint"' in page.text
        assert 'aria-invalid="true"' in page.text
        assert b"<script" not in page.reply.body
        assert house.mails() == []
