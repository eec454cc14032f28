from __future__ import annotations

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import quote

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican.edge.organisation.callers import Identity
from barbican.edge.organisation.selectors import EmailIs
from barbican.edge.people import revocations as module
from barbican.edge.people import tokens
from barbican.edge.people.identities import MOST_TOKENS, Reader
from barbican.edge.people.revocations import Revocations, RevocationsError
from barbican.edge.server import Edge, Options
from barbican.edge.tokens.issuer import Issuer, sign
from barbican.edge.tokens.keys import SigningKey
from tests.edge.conftest import NOW, pair
from tests.edge.walker import allow, claims_of
from tests.edge.wire import get

ORIGIN = "http://127.0.0.1:8080"
PERSON = {
    "aud": ["a" * 64],
    "email": "ada@example.com",
    "exp": NOW + 60,
    "iat": NOW,
    "nbf": NOW,
    "iss": ORIGIN,
    "type": "app",
    "identity_nonce": "n",
    "sub": "uuid",
}
MACHINE = {**PERSON, "common_name": "x.access", "sub": "", "email": None}


@pytest.fixture
def reader(key_pair, tmp_path):
    return Reader(Issuer(ORIGIN, key_pair), Revocations(tmp_path / "revocations.json"))


def cookie(*tokens):
    return (("Cookie", "; ".join(f"CF_Authorization={each}" for each in tokens)),)


def without(claims):
    return {name: value for name, value in claims.items() if value is not None}


class TestReads:
    @pytest.mark.parametrize(
        ("change", "is_known"),
        [
            ({}, True),
            ({"aud": "a" * 64}, True),
            ({"type": "org"}, False),
            ({"type": None}, False),
            ({"type": ["app"]}, False),
            ({"iss": "http://127.0.0.1:8081"}, False),
            ({"iss": None}, False),
            ({"exp": NOW}, False),
            ({"exp": NOW + 1}, True),
            ({"exp": None}, False),
            ({"exp": "9999999999"}, False),
            ({"exp": True}, False),
            ({"exp": 1e400}, False),
            ({"exp": 10**400}, False),
            ({"iat": float("nan")}, False),
            ({"iat": -1}, False),
            ({"iat": None}, False),
            ({"iat": "x"}, False),
            ({"sub": ""}, False),
            ({"sub": 7}, False),
            ({"email": ""}, False),
            ({"email": ["ada@example.com"]}, False),
            ({"aud": None}, False),
            ({"aud": [7, {}]}, False),
            ({"aud": {}}, False),
        ],
    )
    def test_rule_24_tokens_that_are_sound(self, reader, key_pair, organisation, change, is_known):
        token = sign(without({**PERSON, **change}), key_pair.current)
        for headers in (cookie(token), (("cf-access-token", token),)):
            found = reader.applications(headers, organisation, NOW)
            assert bool(found) is is_known
        if is_known:
            assert (found[0].email, found[0].token) == ("ada@example.com", token)
            assert found[0].login_method == "onetimepin"

    def test_rule_24_a_machines_token(self, reader, key_pair, organisation):
        token = sign(without(MACHINE), key_pair.current)
        [found] = reader.applications(cookie(token), organisation, NOW)
        assert (found.common_name, found.email, found.subject) == ("x.access", "", "")

    def test_rule_24_every_audience(self, reader, key_pair, organisation):
        token = sign({**PERSON, "aud": ["a", "b"]}, key_pair.current)
        found = reader.applications(cookie(token), organisation, NOW)
        assert [each.audience_tag for each in found] == ["a", "b"]

    def test_rule_24_several_cookies_by_their_type(self, reader, key_pair, organisation):
        app = sign(PERSON, key_pair.current)
        org = sign({**PERSON, "type": "org", "sub": "other"}, key_pair.current)
        for order in ((app, org), (org, app), ("junk", org, app)):
            [found] = reader.applications(cookie(*order), organisation, NOW)
            assert found.subject == "uuid"
            assert reader.session(cookie(*order), organisation, NOW).subject == "other"

    def test_rule_24_a_few_tokens_and_no_more(self, reader, key_pair, organisation):
        good = sign(PERSON, key_pair.current)
        for junk, is_known in ((MOST_TOKENS - 1, True), (MOST_TOKENS, False)):
            many = [f"junk{number}" for number in range(junk)]
            assert bool(reader.applications(cookie(*many, good), organisation, NOW)) is is_known

    def test_keys_that_are_published_and_no_others(self, reader, key_pair, organisation):
        now, before = (sign(PERSON, key) for key in (key_pair.current, key_pair.previous))
        assert len(reader.applications(cookie(now, before), organisation, NOW)) == 2
        reader.issuer.keys = reader.issuer.keys.rotated()
        [found] = reader.applications(cookie(now, before), organisation, NOW)
        assert found.token == now  # also what was read before: the dropped key is no longer ours

    def test_no_strangers_key_under_a_key_id_of_ours(self, reader, house_keys, organisation):
        ours = reader.issuer.keys.current.key_id
        stranger = SigningKey(ours, house_keys.current.private, "")
        token = sign(PERSON, stranger)
        assert reader.applications(cookie(token), organisation, NOW) == ()

    @pytest.mark.parametrize("algorithm", ["none", "HS256"])
    def test_no_other_algorithm(self, reader, key_pair, organisation, algorithm):
        secret = None if algorithm == "none" else "x" * 64
        headers = {"kid": key_pair.current.key_id}
        forged = jwt.encode(PERSON, secret, algorithm=algorithm, headers=headers)
        assert reader.applications(cookie(forged), organisation, NOW) == ()

    def test_no_token_with_a_changed_part(self, reader, key_pair, organisation):
        token = sign(PERSON, key_pair.current)
        other = sign({**PERSON, "sub": "eve"}, key_pair.previous)
        head, body, signature = token.split(".")
        for forged in (
            f"{head}.{other.split('.')[1]}.{signature}",
            f"{head}.{body}.{signature[:-4]}AAAA",
            f"{head}.{body}.",
            f"{head}.{body}",
            token + "x" * 9000,
        ):
            assert reader.applications(cookie(forged), organisation, NOW) == ()

    @given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
    def test_whatever_comes_without_a_fault(self, text):
        assert tokens.read(HOSTILE, text) is None

    @pytest.mark.parametrize(
        "header",
        ["{}", "[]", "[" * 3000, '{"kid":[]}', '{"kid":"\\ud800"}', '{"kid":1e999}', "\xff"],
    )
    def test_whatever_head_comes_without_a_fault(self, reader, organisation, header):
        head = base64.urlsafe_b64encode(header.encode("latin-1")).decode().rstrip("=")
        assert reader.applications(cookie(f"{head}.e30.AAAA"), organisation, NOW) == ()

    def test_a_token_once(self, reader, key_pair, organisation, monkeypatch):
        token = sign(PERSON, key_pair.current)
        reader.applications(cookie(token), organisation, NOW)
        monkeypatch.setattr(tokens, "read", None)  # a second reading would fail
        assert reader.applications(cookie(token), organisation, NOW)
        assert not reader.applications(cookie(token), organisation, NOW + 60)

    def test_and_forgets_rather_than_grow(self, reader, key_pair, organisation, monkeypatch):
        monkeypatch.setattr("barbican.edge.people.identities.CACHED_TOKENS", 2)
        for number in range(4):
            token = sign({**PERSON, "sub": str(number)}, key_pair.current)
            assert reader.applications(cookie(token), organisation, NOW)
        assert len(reader._known) == 2


HOSTILE = Issuer(ORIGIN, None)
HOSTILE.keys = type("Keys", (), {"current": type("K", (), {"key_id": "k"}), "previous": None})
HOSTILE.keys.previous = HOSTILE.keys.current


class TestRevokes:
    def held(self, tmp_path):
        return Revocations(tmp_path / "revocations.json")

    def test_rule_25_what_was_issued_before(self, tmp_path):
        held = self.held(tmp_path)
        held.revoke("ada", NOW + 0.5)
        for issued_at, is_refused in ((NOW - 1, True), (NOW, True), (NOW + 1, False)):
            assert held.refuse("ada", issued_at, "n", NOW + 1) is is_refused
        assert not held.refuse("grace", NOW - 1, "n", NOW + 1)

    def test_rule_25_not_a_session_that_begins_in_the_same_second(self, tmp_path):
        held = self.held(tmp_path)
        held.revoke("ada", NOW + 0.1)
        held.spare("ada", "new", NOW + 0.2)
        assert held.refuse("ada", NOW, "old", NOW + 1)
        assert not held.refuse("ada", NOW, "new", NOW + 1)
        assert held.refuse("ada", NOW, "", NOW + 1)
        assert not self.held(tmp_path).refuse("ada", NOW, "new", NOW + 1)

    def test_rule_25_after_the_delay(self, tmp_path):
        held = self.held(tmp_path)
        held.revoke("ada", NOW, delay=25)
        for seconds, is_refused in ((0, False), (24.9, False), (25, True)):
            assert held.refuse("ada", NOW - 1, "", NOW + seconds) is is_refused
        assert held.refuse("ada", NOW - 1, "", NOW, at_once=True)

    def test_rule_25_and_a_second_logout_lets_nothing_live_longer(self, tmp_path):
        held = self.held(tmp_path)
        held.revoke("ada", NOW, delay=25)
        held.revoke("ada", NOW + 20, delay=25)  # within the delay
        assert held.refuse("ada", NOW - 1, "", NOW + 25)
        held.revoke("ada", NOW + 100, delay=25)  # long after it
        assert held.refuse("ada", NOW - 1, "", NOW + 101)
        assert not held.refuse("ada", NOW + 99, "", NOW + 101)
        assert held.refuse("ada", NOW + 99, "", NOW + 125)

    def test_rule_25_across_a_restart(self, tmp_path):
        self.held(tmp_path).revoke("ada", NOW)
        assert self.held(tmp_path).refuse("ada", NOW, "", NOW)
        mode = (tmp_path / "revocations.json").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600

    def test_rule_25_heeds_what_another_process_wrote(self, tmp_path):
        one, other = self.held(tmp_path), self.held(tmp_path)
        other.revoke("ada", NOW)
        assert one.refuse("ada", NOW, "", NOW)
        one.revoke("grace", NOW)
        assert other.refuse("ada", NOW, "", NOW)
        assert other.refuse("grace", NOW, "", NOW)

    def test_rule_25_and_none_is_lost_that_another_edge_writes_meanwhile(self, tmp_path):
        def work(writer):
            held = self.held(tmp_path)  # each with a view of its own, as processes have
            for number in range(20):
                held.revoke(f"{writer}-{number}", NOW)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        held = self.held(tmp_path)
        names = [f"{writer}-{number}" for writer in range(4) for number in range(20)]
        assert [name for name in names if not held.refuse(name, NOW, "", NOW)] == []

    def test_for_as_long_as_a_token_can_live(self, tmp_path):
        held = self.held(tmp_path)
        held.revoke("ada", NOW)
        held.revoke("grace", NOW + module.LONGEST_SESSION)
        assert held.refuse("ada", NOW, "", NOW)
        held.revoke("grace", NOW + module.LONGEST_SESSION + 1)
        assert not held.refuse("ada", NOW, "", NOW)

    def test_all_rather_than_let_one_live_again(self, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "MOST_NAMES", 2)
        held = self.held(tmp_path)
        for number, name in enumerate(("ada", "grace", "joan")):
            held.revoke(name, NOW + number)
        for name in ("ada", "anybody"):
            assert held.refuse(name, NOW, "", NOW + 5)
            assert not held.refuse(name, NOW + 1, "", NOW + 5)
        content = json.loads((tmp_path / "revocations.json").read_text())
        assert len(content["revoked"]) == 2

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "{}", '{"format": 2}', '{"format":1,"floor":0,"revoked":{"a":[1]}}']
    )
    def test_nothing_from_a_damaged_file_and_says_so(self, tmp_path, text):
        path = tmp_path / "revocations.json"
        path.write_text(text)
        with pytest.raises(RevocationsError, match=r"is damaged: delete it"):
            Revocations(path)

    def test_on_with_what_it_knew_when_the_file_is_damaged_later(self, tmp_path):
        held = self.held(tmp_path)
        held.revoke("ada", NOW)
        (tmp_path / "revocations.json").write_text("{")
        assert held.refuse("ada", NOW, "", NOW)


class TestRule25LoggingOut:
    @pytest.mark.parametrize("where", ["here", "there", "team"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_rule_25_ends_every_session_of_the_person(self, house, origin, where, method):
        walker = house.logged_in()
        walker.visit(house.there)
        stolen = dict(walker.cookies)
        other = house.logged_in("grace@example.com")
        host = {
            "here": f"http://localhost:{house.port}",
            "there": house.there[:-1],
            "team": house.team,
        }[where]
        out = walker.go(f"{host}/cdn-cgi/access/logout", method=method)
        assert (out.status, "You are signed out" in out.text) == (200, True)
        walker.cookies.update(stolen)
        origin.seen.clear()
        for url in (house.here, house.there):
            assert "Sign in to" in walker.visit(url).text
        assert origin.seen == []
        assert other.visit(house.here).url == house.here

    def test_rule_25_clears_the_cookie_of_the_visited_host_only(self, house):
        walker = house.logged_in()
        walker.visit(house.there)
        walker.go(f"http://localhost:{house.port}/cdn-cgi/access/logout")
        assert not walker.cookie("localhost", "CF_Authorization")
        assert walker.cookie("service-token.localhost", "CF_Authorization")
        assert walker.cookie("127.0.0.1", "CF_Authorization", "/cdn-cgi/access/")

    def test_rule_25_at_the_team_clears_the_global_session(self, house):
        walker = house.logged_in(url=f"{house.team}/service-token/")
        walker.go(f"{house.team}/cdn-cgi/access/logout")
        assert not walker.cookie("127.0.0.1", "CF_Authorization", "/cdn-cgi/access/")
        assert not walker.cookie("127.0.0.1", "CF_Authorization")

    def test_rule_25_clears_the_cookie_where_it_was_set(self, house):
        house.change(path_cookie_attribute=True, enable_binding_cookie=True)
        walker = house.logged_in()
        assert walker.cookie("localhost", "CF_Authorization", "/service-token")
        assert walker.cookie("localhost", "CF_Binding", "/service-token")
        walker.go(f"http://localhost:{house.port}/cdn-cgi/access/logout")
        left = [name for host, _path, name in walker.cookies if host == "localhost"]
        assert left == ["CF_AppSession"]

    def test_rule_25_says_when_it_cannot_be_written_and_holds_all_the_same(
        self, house, origin, monkeypatch
    ):
        def fail(_handle):
            raise OSError(28, "No space left on device")

        walker = house.logged_in()
        with monkeypatch.context() as full:
            full.setattr("os.fsync", fail)
            reply = walker.go(f"http://localhost:{house.port}/cdn-cgi/access/logout")
        assert reply.status == 500
        assert "cannot write revocations.json (No space left on device)" in reply.text
        origin.seen.clear()
        assert "Sign in to" in walker.visit(house.here).text
        assert origin.seen == []
        out = walker.go(f"http://localhost:{house.port}/cdn-cgi/access/logout")
        assert out.status == 200

    def test_rule_25_lets_in_whoever_logs_in_again_at_once(self, house):
        walker = house.logged_in()
        walker.go(f"{house.team}/cdn-cgi/access/logout")
        page = walker.follow(walker.post(walker.visit(house.here), email="ada@example.com"))
        page = walker.follow(walker.post(page, code=house.mails()[0].pin))
        assert (page.status, page.url) == (200, house.here)

    def test_rule_25_is_heeded_after_the_delay(self, house):
        choices = replace(house.edge.organisation.choices, logout_delay=25)
        house.change_team(choices=choices)
        walker = house.logged_in()
        stolen = dict(walker.cookies)
        walker.go(f"http://localhost:{house.port}/cdn-cgi/access/logout")
        walker.cookies.update(stolen)
        house.wait(24)
        assert walker.go(house.here).status == 200
        # Within the delay the old session gets nothing new.
        assert "Sign in to" in walker.visit(house.there).text
        house.wait(1)
        assert walker.go(house.here).status == 302

    def test_rule_25_survives_a_restart(self, house, loop):
        walker = house.logged_in()
        token = walker.cookie("localhost", "CF_Authorization")
        walker.go(f"{house.team}/cdn-cgi/access/logout")
        folder, clock = house.edge.folder, house.edge.clock[0]

        async def again():
            edge = Edge(folder, Options("http://127.0.0.1:1"), team_domain=house.team,
                        write_line=print)  # fmt: skip
            await edge.upstream.close()
            return edge.people.identities(cookie(token), folder.state().organisation, clock)

        assert loop.run(again()) == ()

    def test_rule_25_by_a_machine_ends_nobodys_session(self, start_edge, origin):
        edge = start_edge(is_legacy=True)
        reply = get(edge.port, "/service-token/", pair(edge.organisation))
        given = ("Cookie", reply["Set-Cookie"].partition(";")[0])
        assert get(edge.port, "/cdn-cgi/access/logout", [given]).status == 200
        assert not (edge.folder.folder / "revocations.json").exists()

    def test_rule_25_of_nobody_is_a_page_and_changes_nothing(self, house):
        for headers in ([], [("Cookie", "CF_Authorization=forged")]):
            assert get(house.port, "/cdn-cgi/access/logout", headers).status == 200
        assert not (house.edge.folder.folder / "revocations.json").exists()

    def test_rule_25_is_on_hosts_with_applications_only(self, house):
        for path in ("logout", "get-identity", "certs", "authorized"):
            found = get(house.port, f"/cdn-cgi/access/{path}", host="other.test")
            assert found.status == 404


class TestRule22ReturnTo:
    GOOD = (
        "http://localhost:{}/elsewhere/?x=1#y",
        "http://service-token.localhost:{}",
        "http://127.0.0.1:{}/cdn-cgi/access/get-identity",
        "/service-token/?a=b",
        "HTTP://LOCALHOST:{}/",
    )
    BAD = (
        "",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "http://evil.example/",
        "http://evil.example:{}/",
        "http://localhost.evil.example:{}/",
        "http://localhost:{}@evil.example/",
        "http://user@localhost:{}/",
        "http://localhost:{}\\@evil.example/",
        "http://localhost:1/",
        "http://localhost/",
        "ftp://localhost:{}/",
        "javascript:alert(1)//localhost:{}/",
        "http:localhost:{}/",
        "http:///localhost:{}/",
        "http://localhost:{}/\r\nX: y",
        "http://localhost:{}/%0d%0a",
        "http://localhost:{}//evil.example",
        "%2F%2Fevil.example",
        "/%2Fevil.example",
        "/%5Cevil.example",
        "localhost:{}/",
    )

    def leave(self, house, walker, wanted):
        given = quote(wanted.format(house.port), safe="")
        return walker.go(
            f"http://localhost:{house.port}/cdn-cgi/access/logout?returnTo={given}",
            headers=[("Accept", "text/html")],
        )

    @pytest.mark.parametrize("wanted", GOOD)
    def test_rule_22_to_the_team_and_its_applications_is_followed(self, house, wanted):
        walker = house.logged_in()
        out = self.leave(house, walker, wanted)
        assert out.status == 302
        here = f"http://localhost:{house.port}" if wanted.startswith("/") else ""
        assert out.location == here + wanted.format(house.port)
        assert not walker.cookie("localhost", "CF_Authorization")

    @pytest.mark.parametrize("wanted", BAD)
    def test_rule_22_to_anywhere_else_is_refused_and_ends_nothing(self, house, wanted):
        walker = house.logged_in()
        out = self.leave(house, walker, wanted)
        assert (out.status, "Invalid redirect URL" in out.text) == (400, True)
        assert out.reply.values("Location") == []
        assert walker.go(house.here).status == 200


class TestRule26GetIdentity:
    def ask(self, house, token="", url=""):
        given = [("Cookie", f"CF_Authorization={token}")] if token else []
        return house.somebody().go(
            f"{url or house.team}/cdn-cgi/access/get-identity", headers=given
        )

    def test_rule_26_says_who_a_person_is(self, house):
        walker = house.logged_in()
        token = walker.cookie("localhost", "CF_Authorization")
        claims = claims_of(token)
        account_id, _api_token = house.edge.folder.api_credentials()
        for url in (house.team, f"http://localhost:{house.port}"):
            page = self.ask(house, token, url)
            assert page.status == 200
            assert page.reply["Content-Type"] == "application/json"
            assert json.loads(page.text) == {
                "id": claims["sub"],
                "name": "",
                "email": "ada@example.com",
                "idp": {"id": "onetimepin", "type": "onetimepin"},
                "geo": {"country": ""},
                "user_uuid": claims["sub"],
                "account_id": account_id,
                "iat": claims["iat"],
                "ip": "127.0.0.1",
                "auth_status": "NONE",
                "common_name": "",
                "service_token_id": "",
                "service_token_status": False,
                "is_warp": False,
                "is_gateway": False,
                "gateway_account_id": "",
                "device_id": "",
                "devicePosture": {},
                "device_sessions": {},
                "mtls_auth": {
                    "cert_issuer_ski": "",
                    "cert_presented": False,
                    "cert_serial": "",
                    "cert_issuer_dn": "",
                    "auth_status": "NONE",
                },
                "version": 2,
            }

    def test_rule_26_says_who_has_logged_in_to_the_team(self, house):
        walker = house.logged_in()
        page = walker.go(f"{house.team}/cdn-cgi/access/get-identity")
        assert json.loads(page.text)["email"] == "ada@example.com"

    def test_rule_26_says_which_service_token_it_is(self, start_edge, origin):
        edge = start_edge(is_legacy=True)
        reply = get(edge.port, "/service-token/", pair(edge.organisation))
        given = ("Cookie", reply["Set-Cookie"].partition(";")[0])
        found = json.loads(get(edge.port, "/cdn-cgi/access/get-identity", [given]).body)
        client_id = pair(edge.organisation)[0][1]
        assert (found["service_token_status"], found["service_token_id"]) == (True, client_id)
        assert (found["common_name"], found["user_uuid"]) == ("", "")
        assert "email" not in found

    @pytest.mark.parametrize("token", ["", "forged", "a.b.c", "x" * 9000])
    def test_rule_26_refuses_a_bad_cookie(self, house, token):
        page = self.ask(house, token)
        assert (page.status, set(json.loads(page.text))) == (400, {"err"})

    def test_rule_26_refuses_with_the_status_that_was_chosen(self, house):
        choices = house.edge.organisation.choices
        house.change_team(choices=replace(choices, get_identity_error_status=403))
        assert self.ask(house).status == 403

    def test_rule_26_refuses_the_token_of_another_host(self, house):
        house.logged_in()
        token = house.logged_in().cookie("localhost", "CF_Authorization")
        assert self.ask(house, token, house.there[:-1]).status == 400

    def test_rule_26_refuses_what_is_over(self, house):
        walker = house.logged_in()
        token = walker.cookie("localhost", "CF_Authorization")
        house.wait(86_401)
        assert self.ask(house, token).status == 400

    def test_rule_26_refuses_after_a_logout(self, house):
        walker = house.logged_in()
        token = walker.cookie("localhost", "CF_Authorization")
        walker.go(f"{house.team}/cdn-cgi/access/logout")
        assert self.ask(house, token).status == 400


class TestAnApplicationsTokens:
    def test_can_be_revoked_for_everybody(self, house):
        walker = house.logged_in()
        path = house.edge.folder.folder / module.FILE
        Revocations(path).revoke(house.aud, house.edge.clock[0])
        assert walker.go(house.here).status == 302
        house.wait(1)
        assert walker.visit(house.here).url == house.here  # the global session still stands

    def test_end_with_the_policy_that_admitted(self, house):
        walker = house.logged_in()
        house.change(policies=(allow(),))
        assert walker.go(house.here).status == 200
        house.change(policies=(allow(EmailIs("grace@example.com")),))
        denied = walker.go(house.here, headers=[("Accept", "text/html")])
        assert (denied.status, "That account does not have access" in denied.text) == (403, True)
        walker.visit(f"http://localhost:{house.port}{denied.link('sign out')}")
        page = house.asked_for_code(walker, "grace@example.com")
        page = walker.follow(walker.post(page, code=house.mails()[0].pin))
        assert (page.status, page.url) == (200, house.here)


class TestAnIdentity:
    def test_never_shows_its_token(self):
        assert "secret" not in repr(Identity("a", 0, 0, token="secret"))
