from __future__ import annotations

import json

import pytest

from barbican.edge.api.envelope import ApiRequest, Reply
from barbican.edge.api.router import Api

TOKEN_ID = "7f5e0a53-0000-4000-8000-000000000000"


class TestAuthenticates:
    @pytest.mark.parametrize(
        ("auth", "status", "code"),
        [
            ((), 400, 9106),
            ("", 400, 9106),
            ("Bearer wrong", 401, 10000),
            ("bearer wrong", 401, 10000),
            ("Bearer", 400, 6003),
            ("Bearer ", 400, 6003),
            ("Basic dXNlcjpwYXNz", 400, 6003),
            ("Bearer two words", 400, 6003),
            ('Bearer "quoted"', 400, 6003),
            ("Bearer é\ud800", 400, 6003),
            ("wrong", 400, 6003),
            (("Bearer a", "Bearer b"), 400, 6003),
        ],
        ids=ascii,
    )
    def test_nobody_with(self, ask, auth, status, code):
        told = ask("GET", "service_tokens", auth=auth)
        assert (told.status, told.code, told.result) == (status, code, None)

    def test_nobody_with_the_token_twice(self, ask, folder):
        right = f"Bearer {folder.api_credentials()[1]}"
        assert ask("GET", "service_tokens", auth=(right, right)).code == 6003

    def test_nobody_before_it_says_what_is_there(self, ask):
        for rest in ("service_tokens", "nothing", f"apps/{TOKEN_ID}"):
            assert ask("GET", rest, auth="Bearer wrong").code == 10000

    def test_and_names_the_malformed_header(self, ask):
        [problem] = ask("GET", "keys", auth="Basic x").envelope["errors"]
        assert problem["error_chain"] == [
            {"code": 6111, "message": "Invalid format for Authorization header"}
        ]

    def test_the_token_by_itself(self, client, ask):
        found = client.sdk.user.tokens.verify()
        assert (found.status, len(found.id)) == ("active", 32)
        told = ask("GET", "", path="/client/v4/user/tokens/verify", auth="Bearer wrong")
        assert told.status == 401


class TestRoutes:
    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/client/v4",
            "/client/v4/accounts",
            "/client/v4/accounts/{account}/access/nothing",
            "/client/v4/accounts/{account}/access/apps/",
            "/client/v4/accounts/{account}/access/service_tokens/x/y/z",
            "/client/v4/accounts/{account}/access/policies/x/make_reusable",
            "/client/v4/accounts/short/access/apps",
            "/client/v4/zones/{account}/access/apps",
            "/client/v4/user/nothing",
            "/client/v4/accounts/{account}/access/%61pps",
            "http://127.0.0.1/client/v4/accounts/{account}/access/apps",
        ],
    )
    def test_nowhere(self, ask, folder, path):
        told = ask("GET", "", path=path.format(account=folder.api_credentials()[0]))
        assert told.status == 404
        assert [each["code"] for each in told.envelope["errors"]] == [7003, 7000]

    def test_to_no_other_account(self, ask):
        told = ask("GET", "apps", account="0" * 32)
        assert (told.status, told.code) == (403, 10000)

    @pytest.mark.parametrize(
        ("method", "rest", "allowed"),
        [
            ("PATCH", "service_tokens", "GET, POST"),
            ("POST", f"service_tokens/{TOKEN_ID}", "DELETE, GET, PUT"),
            ("GET", f"service_tokens/{TOKEN_ID}/rotate", "POST"),
            ("DELETE", "apps", "GET, POST"),
            ("POST", "keys", "GET, PUT"),
            ("DELETE", "certificates/settings", "GET, PUT"),
            ("OPTIONS", "apps", "GET, POST"),
            ("TRACE", "apps", "GET, POST"),
        ],
    )
    def test_no_method_but_those_it_names(self, ask, method, rest, allowed):
        told = ask(method, rest)
        assert (told.status, told.code) == (405, 10405)
        assert told.headers == {"Allow": allowed}

    def test_head_as_get(self, ask):
        assert ask("HEAD", "service_tokens").result == ask("GET", "service_tokens").result

    def test_what_is_added_from_outside(self, folder):
        account, token = folder.api_credentials()
        more = {"echo/{word}": {"GET": lambda call: Reply(call.ids["word"])}}
        api = Api(folder, account, token, clock=lambda: 0.0, routes=more)
        path = f"/client/v4/accounts/{account}/access/echo/hello"
        _status, _headers, envelope = api.answer(
            ApiRequest("GET", path, authorization=(f"Bearer {token}",))
        )
        assert envelope == {"success": True, "errors": [], "messages": [], "result": "hello"}


BODIES = {
    "no JSON": b"{",
    "a list": b"[]",
    "a text": b'"x"',
    "not a number": b'{"name": NaN}',
    "endless": b'{"name": 1e999}',
    "too deep": b'{"name":' * 20_000,
    "no UTF-8": b'{"name": "\xff"}',
    "a huge number": b'{"name": ' + b"9" * 5_000 + b"}",
}


class TestRefuses:
    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
    @pytest.mark.parametrize(
        ("method", "rest"),
        [
            ("POST", "service_tokens"),
            ("POST", "apps"),
            ("POST", "policies"),
            ("POST", "certificates"),
            ("PUT", "keys"),
            ("PUT", "organizations"),
            ("PUT", "certificates/settings"),
        ],
    )
    def test_a_body_that_is(self, ask, folder, method, rest, body):
        before = folder.state().organisation
        told = ask(method, rest, body)
        assert (told.status, told.code) == (400, 12130)
        assert folder.state().organisation == before

    @pytest.mark.parametrize(
        "query", ["page=0", "page=x", "page=1.5", "per_page=-1", "page=9999999999", "a=1&" * 51]
    )
    @pytest.mark.parametrize("rest", ["service_tokens", "apps", "policies", "certificates"])
    def test_a_query_of(self, ask, rest, query):
        told = ask("GET", rest, query=query)
        assert (told.status, told.code) == (400, 12130)


class TestKeepsQuiet:
    def test_about_every_secret_in_every_list(self, ask, folder):
        for rest in ("service_tokens", "apps", "policies", "certificates", "keys", "organizations"):
            shown = json.dumps(ask("GET", rest).envelope)
            for token in folder.state().organisation.service_tokens:
                assert token.client_secret not in shown

    def test_about_credentials_when_a_request_is_printed(self, folder):
        request = ApiRequest("GET", "/", "", ("Bearer secret",), b"body")
        assert "secret" not in repr(request)
        assert "body" not in repr(request)


class TestStateFolder:
    def test_damage_is_said_and_nothing_breaks(self, ask, folder):
        (folder.folder / "organisation.json").write_text("{")
        for method, body in (("GET", None), ("POST", {"name": "x"})):
            told = ask(method, "service_tokens", body)
            assert (told.status, told.code) == (500, 10001)
            assert "is damaged" in told.message

    def test_a_full_disk_leaves_all_as_it_was(self, ask, folder, monkeypatch):
        before = (folder.folder / "organisation.json").read_bytes()

        def fail(_handle):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", fail)
        told = ask("POST", "service_tokens", {"name": "x"})
        assert (told.status, told.code) == (500, 10001)
        assert "No space left" in told.message
        monkeypatch.undo()
        assert (folder.folder / "organisation.json").read_bytes() == before
        assert ask("POST", "service_tokens", {"name": "x"}).status == 201
