from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time

import aiohttp
import pytest

from barbican.edge.wire.listening import listen
from tests.edge.conftest import PAIR, pair
from tests.edge.wire import get, send


class TestForwards:
    @pytest.mark.parametrize(
        "target",
        [
            "/x?",
            "/x?a=%zz&b=%2F&&c",
            "/caf%C3%A9/%7Ea%2fb",
            "/a//b/../c/./d",
            "/a;b=c?d?e",
            "/100%",
            '/q?x="<>{}|^`',
            "//double",
        ],
    )
    def test_rule_31_path_and_query_byte_for_byte(self, strict_edge, origin, target):
        assert get(strict_edge.port, target).status == 200
        assert origin.seen[0].target == target

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE", "PATCH", "PUT", "POST"])
    def test_rule_31_every_method(self, strict_edge, origin, method):
        assert get(strict_edge.port, "/", method=method).status == 200
        assert origin.seen[0].method == method

    def test_rule_31_a_body_with_its_length_or_in_chunks(self, strict_edge, origin):
        big = b"x" * 3_000_000
        assert json.loads(get(strict_edge.port, "/", method="POST", body=big).body)["size"] == len(
            big
        )
        assert origin.seen[0].values("Content-Length") == [str(len(big))]
        chunked = (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            b"Connection: close\r\n\r\n5\r\nhello\r\n4\r\n you\r\n0\r\n\r\n"
        )
        assert send(strict_edge.port, chunked).status == 200
        assert origin.seen[1].body == b"hello you"

    def test_rule_31_an_encoded_body_as_it_is(self, strict_edge, origin):
        get(strict_edge.port, "/", [("Content-Encoding", "gzip")], method="POST", body=b"not gzip")
        assert origin.seen[0].body == b"not gzip"
        reply = get(strict_edge.port, "/gzip")
        assert (reply.body, reply["Content-Encoding"]) == (b"\x1f\x8bnot", "gzip")

    def test_rule_31_an_upload_while_it_comes(self, strict_edge, origin):
        origin.first_chunk.clear()
        with socket.create_connection(("127.0.0.1", strict_edge.port), timeout=10) as connection:
            connection.sendall(
                b"POST /stream-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nfirst"
            )
            assert origin.first_chunk.wait(5)
            connection.sendall(b"later")
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert response.status == 200

    def test_rule_31_an_answer_while_it_comes(self, strict_edge, origin):
        origin.release.clear()
        connection = http.client.HTTPConnection("127.0.0.1", strict_edge.port, timeout=10)
        connection.request("GET", "/stream-out", headers={"Host": "localhost"})
        response = connection.getresponse()
        assert response.read(5) == b"first"
        origin.release.set()
        assert response.read() == b"second"
        connection.close()

    def test_rule_31_an_upload_that_waits_for_100(self, strict_edge, origin):
        with socket.create_connection(("127.0.0.1", strict_edge.port), timeout=10) as connection:
            connection.sendall(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
                b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
            )
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"body")
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert response.status == 200
        assert origin.seen[0].body == b"body"
        assert origin.seen[0].values("Expect") == ["100-continue"]

    def test_no_other_upgrade(self, strict_edge, origin):
        h2c = [
            ("Upgrade", "h2c"),
            ("Connection", "Upgrade, HTTP2-Settings"),
            ("HTTP2-Settings", "A"),
        ]
        raw = "".join(f"{name}: {value}\r\n" for name, value in h2c)
        reply = send(strict_edge.port, f"GET / HTTP/1.1\r\nHost: localhost\r\n{raw}\r\n".encode())
        assert reply.status == 200
        assert not {"upgrade", "http2-settings"} & {n.lower() for n, _v in origin.seen[0].headers}

    def test_a_redirect_to_the_caller(self, strict_edge, origin):
        reply = get(strict_edge.port, "/redirect")
        assert (reply.status, reply["Location"], len(origin.seen)) == (302, "/elsewhere", 1)

    def test_no_hop_by_hop_header_of_the_origin(self, strict_edge, origin):
        reply = get(strict_edge.port, "/")
        assert reply.values("X-Hop") == []
        assert reply["Cf-Ray"] != "forged"

    def test_many_requests_on_one_connection(self, strict_edge, origin):
        connection = http.client.HTTPConnection("127.0.0.1", strict_edge.port, timeout=10)
        for number in range(5):
            connection.request("POST", f"/{number}", body=b"x" * number)
            assert connection.getresponse().read()
        connection.close()
        assert [seen.target for seen in origin.seen] == ["/0", "/1", "/2", "/3", "/4"]


class TestJoins:
    @pytest.mark.parametrize("mode", ["strict", "legacy"])
    def test_rule_31_a_web_socket(self, strict_edge, legacy_edge, origin, loop, mode):
        edge = strict_edge if mode == "strict" else legacy_edge
        url = f"http://127.0.0.1:{edge.port}/service-token/socket"

        async def talk():
            headers = dict(pair(edge.organisation))
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(url, headers=headers) as joined,
            ):
                cookie = joined._response.headers.get("Set-Cookie", "")
                assert cookie.startswith("CF_Authorization=") is (mode == "legacy")  # rule 6
                await joined.send_str("hello")
                return await asyncio.wait_for(joined.receive_str(), 5)

        assert loop.run(talk()) == "echo hello"
        assert len(origin.seen[0].values("Cf-Access-Jwt-Assertion")) == 1

    def test_no_stranger(self, strict_edge, origin):
        upgrade = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ]
        assert get(strict_edge.port, "/service-token/socket", upgrade).status == 401
        assert origin.seen == []

    def test_an_origin_that_wants_no_socket_by_plain_request(self, strict_edge, origin):
        upgrade = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ]
        raw = "\r\n".join(
            ["GET /no-socket HTTP/1.1", "Host: localhost", *(f"{n}: {v}" for n, v in upgrade)]
        )
        assert send(strict_edge.port, f"{raw}\r\n\r\n".encode()).status == 200


class TestDenies:
    def test_an_upload_without_reading_it(self, strict_edge, origin):
        raw = (
            b"POST /service-token/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        assert send(strict_edge.port, raw).status == 401


RAW = {
    "absolute target": b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "absolute target elsewhere": b"GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "CONNECT": b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nab",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "odd encoding": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "blank before the colon": b"GET / HTTP/1.1\r\nHost: localhost\r\nCf-Ray : x\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n Cf-Ray: x\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: service-token.localhost\r\n\r\n",
    "no host": b"GET / HTTP/1.0\r\n\r\n",
    "fragment": b"GET /service-token#x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "bare byte in the path": b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "bare byte in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: \xff\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\x00b\r\n\r\n",
    "dot segments": b"GET /x/../service-token/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "double slash": b"GET //service-token/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "encoded dots": b"GET /x/%2e%2e/service-token/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "backslash": b"GET /x\\..\\service-token/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "parameters": b"GET /service-token;x/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "odd expectation": b"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: 200-ok\r\n\r\n",
    "no HTTP": b"hello\r\n\r\n",
}


class TestRefuses:
    @pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
    def test_what_is_no_proper_request(self, strict_edge, origin, raw):
        reply = send(strict_edge.port, raw)
        assert reply.status in {400, 405, 417}
        assert origin.seen == []

    @pytest.mark.parametrize(
        "raw",
        [
            b"GET / HTTP/1.1\r\nHost: localhost\r\nCF-Access-Client-Secret: cfast_x\x00\r\n\r\n",
            b"GET http:///cfast_x HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"cfast_x\r\n\r\n",
        ],
    )
    def test_without_an_echo(self, start_edge, raw, caplog, capfd):
        edge = start_edge()
        reply = send(edge.port, raw)
        assert (reply.status, reply["Server"]) == (400, "cloudflare")
        assert json.loads(reply.body)["message"].startswith("This is no proper HTTP request")
        assert "cfast" not in "".join([str(reply), *edge.lines, caplog.text, *capfd.readouterr()])
        assert edge.lines[0].endswith("refused 400 (This is no proper HTTP request.)")

    def test_too_long_a_line_without_an_echo(self, start_edge, caplog, capfd):
        edge = start_edge()
        for raw, status in (
            (b"GET /cfast_x" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: cfast_x" + b"x" * 20_000, 431),
        ):
            reply = send(edge.port, raw)
            assert reply.status == status
            said = [str(reply), *edge.lines, caplog.text, *capfd.readouterr()]
            assert "cfast" not in "".join(said)

    def test_its_own_fault_without_a_traceback(self, start_edge, monkeypatch, caplog, capfd):
        edge = start_edge()

        def fail(*_arguments):
            raise RuntimeError("cfast_secret")

        monkeypatch.setattr("barbican.edge.server.decide", fail)
        reply = get(edge.port, "/")
        assert (reply.status, b"RuntimeError" in reply.body) == (500, True)
        said = "".join([str(reply), *edge.lines, caplog.text, *capfd.readouterr()])
        assert "cfast" not in said
        assert "The local edge failed (RuntimeError)" in edge.lines[0]

    def test_an_encoded_letter_under_the_application(self, strict_edge, origin):
        assert get(strict_edge.port, "/%73ervice-token/").status == 401
        assert origin.seen == []

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com", ""])
    def test_an_address_that_others_can_reach(self, host):
        with pytest.raises(ValueError, match="loopback only"):
            listen(host, 0)


class TestReports:
    def test_a_dead_origin_by_502(self, start_edge):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            edge = start_edge(origin=f"http://127.0.0.1:{port}")
            reply = get(edge.port, "/")
        assert reply.status == 502
        assert "cannot be reached" in json.loads(reply.body)["message"]

    def test_a_silent_origin_by_504(self, strict_edge):
        reply = get(strict_edge.port, "/hang")
        assert (reply.status, "in time" in reply.body.decode()) == (504, True)

    def test_an_origin_that_breaks_off_by_502(self, strict_edge):
        assert get(strict_edge.port, "/break").status == 502

    def test_half_an_answer_by_a_broken_connection(self, strict_edge):
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            get(strict_edge.port, "/half")


class TestSigns:
    def test_the_same_token_until_half_of_its_life_is_over(self, start_edge, origin):
        edge = start_edge()
        started = edge.clock[0] = float(int(edge.clock[0]))
        for seconds in (0, 29, 31):
            edge.clock[0] = started + seconds
            get(edge.port, "/service-token/", pair(edge.organisation))
        first, second, third = (s.values("Cf-Access-Jwt-Assertion")[0] for s in origin.seen)
        assert first == second != third


def lines(edge, count):
    """Return the journal, once it has this many lines: each follows its answer."""
    ends_at = time.monotonic() + 5
    while len(edge.lines) < count and time.monotonic() < ends_at:
        time.sleep(0.01)
    return edge.lines


class TestKeepsAJournal:
    @pytest.mark.parametrize("secret", ["cfast_" + "a" * 48, "0f" * 32, "eyJhbGciOi.e30.x-y_z"])
    def test_without_a_secret_in_a_path(self, start_edge, secret):
        edge = start_edge()
        get(edge.port, f"/x/{secret}")
        [line] = lines(edge, 1)
        assert secret not in line
        assert "localhost/x/***" in line

    def test_of_every_decision_without_a_secret(self, start_edge, origin):
        edge = start_edge()
        demo = pair(edge.organisation)
        get(edge.port, "/service-token/?secret=query", demo)
        get(edge.port, "/service-token/", [demo[0], (PAIR[1], "cfast_wrong")])
        get(edge.port, "/%1b]0;x?a\\u2028", demo)
        get(edge.port, "/x/../service-token/")
        forwarded, denied, passed, refused = lines(edge, 4)
        assert "GET localhost/service-token/ application=" in forwarded
        assert forwarded.endswith("-> forwarded 200 (policy matched)")
        assert 'policy="Service Auth for the demo"' in forwarded
        assert denied.endswith("-> denied 401 (wrong Client Secret)")
        assert passed.endswith("application=- policy=- -> forwarded 200 (no application)")
        assert "-> refused 400" in refused
        text = "\n".join(edge.lines)
        assert text.isascii()
        for secret in (demo[1][1], "cfast_", "query", "eyJ"):
            assert secret not in text

    def test_through_a_damaged_state_folder(self, start_edge, origin):
        edge = start_edge()
        assert get(edge.port, "/").status == 200
        (edge.folder.folder / "keys.json").write_text("{")
        assert [get(edge.port, "/").status for _ in range(3)] == [200, 200, 200]
        complaints = [line for line in edge.lines if "damaged" in line]
        assert len(complaints) == 1
