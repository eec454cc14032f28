from __future__ import annotations

import json
import socket
import time
from http import HTTPStatus

import pytest

from barbican.edge.answers.replies import Answer
from barbican.edge.wire import connections
from barbican.edge.wire.limits import MOST_MANAGERS
from tests.edge.wire import Talk, get, send


@pytest.fixture
def port(api, start_api):
    return start_api(api)


@pytest.fixture
def where(folder):
    return f"/client/v4/accounts/{folder.api_credentials()[0]}/access/service_tokens"


@pytest.fixture
def auth(folder):
    return [("Authorization", f"Bearer {folder.api_credentials()[1]}")]


class TestAnswers:
    @pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "LOCALHOST:8081", "[::1]:8081"])
    def test_to_loopback_names(self, port, where, auth, host):
        reply = get(port, where, auth, host=host)
        assert (reply.status, reply["Content-Type"]) == (200, "application/json")
        assert reply["Cache-Control"] == "no-store"
        assert json.loads(reply.body)["success"] is True

    @pytest.mark.parametrize(
        "host", ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test", "10.0.0.1", ""]
    )
    def test_to_no_other_name_even_with_the_token(self, port, where, auth, host):
        reply = get(port, where, auth, host=host)
        assert reply.status == 421
        assert "loopback names only" in json.loads(reply.body)["errors"][0]["message"]

    def test_to_no_two_hosts(self, port, where, auth):
        reply = get(port, where, [*auth, ("Host", "evil.test")], host="localhost")
        assert reply.status in {400, 421}

    def test_head_with_no_body(self, port, where, auth):
        reply = get(port, where, auth, method="HEAD")
        assert (reply.status, reply.body) == (200, b"")

    @pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
    def test_with_no_header_of_cors(self, port, where, auth, method):
        asked = [
            *auth,
            ("Origin", "https://evil.test"),
            ("Access-Control-Request-Method", "GET"),
        ]
        reply = get(port, where, asked, method=method)
        assert not any(name.lower().startswith("access-control") for name, _ in reply.headers)
        if method == "OPTIONS":
            assert (reply.status, reply["Allow"]) == (405, "GET, POST")

    def test_with_a_page_of_its_own(self, api, start_api):
        def page(method, host):
            return Answer(
                HTTPStatus.OK, (("Content-Type", "text/plain"),), f"{method} {host}".encode()
            )

        port = start_api(api, pages={"/mailbox": page})
        assert get(port, "/mailbox?x=1", host="localhost:1").body == b"GET localhost:1"
        assert get(port, "/mailbox", host="evil.test").status == 421
        assert get(port, "/mailboxes").status == 400  # the API's own: no token


class TestRefuses:
    @pytest.mark.parametrize(
        "raw",
        [
            "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization : Bearer {}\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\x01\r\n\r\n",
            "Bearer {}\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}" + "x" * 20_000 + "\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n",
        ],
    )
    def test_what_is_no_http_and_quotes_nothing_of_it(self, port, where, auth, raw, caplog, capfd):
        reply = send(port, raw.format("a-secret-of-ours").encode())
        assert reply.status in {400, 431}
        assert json.loads(reply.body)["success"] is False
        said = capfd.readouterr()
        for text in (reply.body.decode(), str(reply.headers), caplog.text, said.out, said.err):
            assert "secret-of-ours" not in text
        assert get(port, where, auth).status == 200

    def test_headers_that_never_end(self, port, monkeypatch):
        monkeypatch.setattr(connections, "HEAD_TIME", 0.1)
        with Talk(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ") as talk:
            assert b" 408 " in talk.until(b"\r\n")

    def test_more_callers_than_it_has_handles_for(self, port, where, auth):
        talks = [Talk(port) for _ in range(MOST_MANAGERS)]
        try:
            assert get(port, where, auth).status == 503
        finally:
            for talk in talks:
                talk.socket.close()
        deadline = time.monotonic() + 5
        while (status := get(port, where, auth).status) == 503 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert status == 200


class TestReads:
    def test_a_body_up_to_its_limit(self, port, where, auth):
        body = json.dumps({"name": "x", "more": "x" * 200_000}).encode()
        assert get(port, where, auth, method="POST", body=body).status == 201

    @pytest.mark.parametrize("size", [256 * 1024 + 1, 3_000_000])
    def test_no_larger_one(self, port, where, auth, folder, size):
        before = folder.state().organisation
        reply = get(port, where, auth, method="POST", body=b" " * size)
        assert reply.status == 413
        assert folder.state().organisation == before

    def test_a_chunked_one(self, port, where, auth):
        lines = [f"POST {where} HTTP/1.1", "Host: localhost", "Connection: close",
                 "Transfer-Encoding: chunked", f"{auth[0][0]}: {auth[0][1]}"]  # fmt: skip
        raw = "\r\n".join([*lines, "", 'd\r\n{"name": "ab"', "1\r\n}", "0", "", ""])
        assert send(port, raw.encode()).status == 201

    def test_no_secret_into_what_it_says_of_a_wrong_token(self, port, where):
        reply = get(port, where, [("Authorization", "Bearer not-a-secret-of-ours")])
        assert b"not-a-secret-of-ours" not in reply.body

    def test_half_a_request_and_goes_on(self, port, where, auth):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"POST {where} HTTP/1.1\r\nHost: localhost\r\nCont".encode())
        assert get(port, where, auth).status == 200
