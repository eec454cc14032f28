from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import http.client
import json
import re
import socket
import time
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest

from barbican.edge import sample
from barbican.edge.model import Policy, PolicyDecision
from barbican.edge.selectors import Everyone
from barbican.edge.server import listen
from tests.edge.conftest import PAIR, pair, with_policies
from tests.edge.wire import get, send


def certs(edge):
    reply = get(edge.port, "/cdn-cgi/access/certs")
    assert reply.status == 200
    return json.loads(reply.body)


def verified(token, document):
    key_id = jwt.get_unverified_header(token)["kid"]
    (key,) = [key for key in document["keys"] if key["kid"] == key_id]
    options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"], options=options)


class TestForwards:
    def test_rule_01_without_application_and_without_token(self, strict_edge, origin):
        reply = get(strict_edge.port, "/", pair(strict_edge.organisation))
        assert (reply.status, reply["Server"], reply["X-Origin"]) == (200, "cloudflare", "yes")
        (seen,) = origin.seen
        assert not [name for name, _value in seen.headers if name.lower().startswith("cf-access")]

    @pytest.mark.parametrize(
        ("host", "target", "number"),
        [
            ("localhost:8080", "/service-token/", 0),
            ("127.0.0.1:8080", "/service-token", 0),
            ("service-token.localhost:8080", "/x?y", 1),
        ],
    )
    def test_rule_05_a_good_pair_with_a_token_of_the_documented_shape(
        self, strict_edge, origin, host, target, number
    ):
        reply = get(strict_edge.port, target, pair(strict_edge.organisation), host=host)
        assert reply.status == 200
        assert reply.values("Set-Cookie") == []  # strict: no cookie
        (seen,) = origin.seen
        (token,) = seen.values("Cf-Access-Jwt-Assertion")
        header = jwt.get_unverified_header(token)
        assert (header["alg"], header["typ"], len(header["kid"])) == ("RS256", "JWT", 64)
        claims = verified(token, certs(strict_edge))
        application = strict_edge.organisation.applications[number]
        assert claims == {
            "type": "app",
            "aud": [application.aud],
            "exp": claims["iat"] + 60,
            "iss": strict_edge.team_domain,
            "common_name": strict_edge.organisation.service_token(sample.DEMO_TOKEN).client_id,
            "iat": int(strict_edge.clock[0]),
            "sub": "",
        }
        assert seen.values("CF-Access-Client-Id") == seen.values("CF-Access-Client-Secret") == []
        assert seen.values("Host") == [host]

    def test_rule_06_legacy_sets_the_cookie_on_errors_too(self, legacy_edge, origin):
        found = pair(legacy_edge.organisation)
        for target in ("/service-token/", "/service-token/hang-not"):
            reply = get(legacy_edge.port, target, found)
            cookie = reply["Set-Cookie"]
            token = origin.seen[-1].values("Cf-Access-Jwt-Assertion")[0]
            assert cookie.startswith(f"CF_Authorization={token}; Expires=")
            assert cookie.endswith(" GMT; Path=/; Secure; SameSite=none")

    def test_rule_04_nothing_forged_arrives(self, strict_edge, origin):
        forged = [
            ("Cf-Access-Jwt-Assertion", "forged"),
            ("cf-access-jwt-assertion", "forged"),
            ("Cf_Access_Jwt_Assertion", "forged"),
            ("Cf-Access-Authenticated-User-Email", "forged"),
            ("Cf-Client-Cert-Sha256", "forged"),
            ("CF_Connecting_IP", "forged"),
            ("Connection", "Cf-Access-Jwt-Assertion"),
            ("Cookie", "CF_Binding=forged; a=1"),
        ]
        get(strict_edge.port, "/", forged)
        found = pair(strict_edge.organisation)
        get(strict_edge.port, "/service-token/", [*forged, *found])
        for seen in origin.seen:
            assert "forged" not in str(seen.headers)
        assert len(origin.seen[1].values("Cf-Access-Jwt-Assertion")) == 1

    def test_rule_30_the_same_ray_to_both(self, strict_edge, origin):
        reply = get(strict_edge.port, "/", [("X-Forwarded-For", "203.0.113.1")])
        (seen,) = origin.seen
        assert seen.values("Cf-Ray") == [reply["Cf-Ray"]]
        assert seen.values("X-Forwarded-For") == ["203.0.113.1, 127.0.0.1"]

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
        assert origin.seen[0].values("Expect") == []

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
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ([], 401),
            (["demo id"], 401),
            (["demo id", "demo id", "demo secret"], 401),
            (["demo id", "wrong secret"], 401),
            (["other"], 403),
            (["expired"], 401),
            (["disabled"], 401),
        ],
        ids=["none", "half", "duplicate", "wrong", "other", "expired", "disabled"],
    )
    def test_rule_07_08_13_and_nothing_reaches_the_origin(
        self, strict_edge, origin, headers, status
    ):
        organisation = strict_edge.organisation
        demo = pair(organisation)
        parts = {
            "demo id": demo[:1],
            "demo secret": demo[1:],
            "wrong secret": [(PAIR[1], "cfast_wrong")],
            "other": pair(organisation, sample.OTHER_TOKEN),
            "expired": pair(organisation, sample.EXPIRED_TOKEN),
            "disabled": pair(organisation, sample.DISABLED_TOKEN),
        }
        sent = [header for name in headers for header in parts[name]]
        reply = get(strict_edge.port, "/service-token/", sent)
        assert (reply.status, reply.values("Location")) == (status, [])
        assert origin.seen == []

    def test_rule_16_in_json(self, strict_edge):
        reply = get(strict_edge.port, "/service-token/")
        aud = strict_edge.organisation.applications[0].aud
        assert json.loads(reply.body) == {
            "message": "Unauthorized. You don't have permission to view this."
            " Please contact your system administrator.",
            "status_code": 401,
            "aud": aud,
            "ray_id": reply["Cf-Ray"].partition("-")[0],
        }
        assert reply["Content-Type"] == "application/json"
        assert (reply["Cf-Access-Aud"], reply["Cf-Access-Domain"]) == (aud, "localhost")
        assert (reply["Server"], "no-store" in reply["Cache-Control"]) == ("cloudflare", True)
        assert len(reply["Cf-Ray"].partition("-")[0]) == 16

    def test_rule_16_in_html_with_the_same_data(self, strict_edge):
        reply = get(strict_edge.port, "/service-token/", [("Accept", "text/html,*/*;q=0.8")])
        page = reply.body.decode()
        assert (reply.status, reply["Content-Type"]) == (401, "text/html; charset=utf-8")
        assert strict_edge.organisation.applications[0].aud in page
        assert reply["Cf-Ray"].partition("-")[0] in page
        assert '<html lang="en">' in page
        assert "for machines" in page
        [style] = re.findall(r"<style>(.*?)</style>", page)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in reply["Content-Security-Policy"]
        [hidden] = re.findall(r'id="json_data" value="([^"]*)"', page)
        assert json.loads(html.unescape(hidden))["status_code"] == 401

    def test_rule_16_in_html_leads_back_to_the_portal(self, strict_edge):
        accept = ("Accept", "text/html")
        by_path = get(strict_edge.port, "/service-token/", [accept])
        assert '<a href="/">' in by_path.body.decode()
        by_host = get(strict_edge.port, "/", [accept], host="service-token.localhost:8080")
        assert '<a href="//localhost:8080/">' in by_host.body.decode()

    def test_rule_13_without_the_option(self, start_edge, origin):
        edge = start_edge(is_without_401=True)
        assert get(edge.port, "/service-token/").status == 403
        wrong = [pair(edge.organisation)[0], (PAIR[1], "x")]
        assert get(edge.port, "/service-token/", wrong).status == 401
        assert get(edge.port, "/service-token/", pair(edge.organisation)).status == 200

    def test_rule_09_legacy_answers_like_none(self, legacy_edge, origin):
        other = pair(legacy_edge.organisation, sample.OTHER_TOKEN)
        answers = [
            get(legacy_edge.port, "/service-token/", headers)
            for headers in ([], other, [(PAIR[0], "x")])
        ]
        assert {reply.status for reply in answers} == {401}
        assert {reply["Cf-Access-Aud"] for reply in answers} == {answers[0]["Cf-Access-Aud"]}
        assert origin.seen == []

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
    "a line too long": b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
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
            b"GET /cfast_x" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ],
    )
    def test_without_an_echo(self, start_edge, raw, caplog, capfd):
        edge = start_edge()
        reply = send(edge.port, raw)
        assert (reply.status, reply["Server"]) == (400, "cloudflare")
        assert json.loads(reply.body)["message"].startswith("This is no proper HTTP request")
        assert "cfast" not in "".join([str(reply), *edge.lines, caplog.text, *capfd.readouterr()])
        assert edge.lines[0].endswith("refused 400 (This is no proper HTTP request, or a part of"
                                      " it is too long.)")  # fmt: skip

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


class TestPublishes:
    def test_rule_27_two_keys_and_their_certificates_on_every_host(self, strict_edge):
        document = certs(strict_edge)
        on_subdomain = get(
            strict_edge.port, "/cdn-cgi/access/certs", host="service-token.localhost"
        )
        assert json.loads(on_subdomain.body) == document
        assert set(document) == {"keys", "public_cert", "public_certs"}
        assert len(document["keys"]) == len(document["public_certs"]) == 2
        assert document["public_cert"] == document["public_certs"][0]

    def test_rule_03_nothing_else_below_the_reserved_path(self, strict_edge, origin):
        for target in (
            "/cdn-cgi/access/login/x",
            "/cdn-cgi/access/get-identity",
            "/cdn-cgi/access",
        ):
            assert get(strict_edge.port, target).status == 404
        assert get(strict_edge.port, "/cdn-cgi/access/certs", method="POST").status == 405
        assert origin.seen == []

    def test_rule_28_rotated_keys_from_the_next_request_on(self, start_edge, origin):
        edge = start_edge()
        before = certs(edge)
        get(edge.port, "/service-token/", pair(edge.organisation))
        edge.folder.rotate_keys()
        get(edge.port, "/service-token/", pair(edge.organisation))
        after = certs(edge)
        assert after["keys"][1] == before["keys"][0]
        assert before["keys"][1] not in after["keys"]
        tokens = [seen.values("Cf-Access-Jwt-Assertion")[0] for seen in origin.seen]
        used = [jwt.get_unverified_header(token)["kid"] for token in tokens]
        assert used == [before["keys"][0]["kid"], after["keys"][0]["kid"]]
        for token in tokens:
            assert verified(token, after)["sub"] == ""

    def test_the_same_token_until_half_of_its_life_is_over(self, start_edge, origin):
        edge = start_edge()
        started = edge.clock[0] = float(int(edge.clock[0]))
        for seconds in (0, 29, 31):
            edge.clock[0] = started + seconds
            get(edge.port, "/service-token/", pair(edge.organisation))
        first, second, third = (s.values("Cf-Access-Jwt-Assertion")[0] for s in origin.seen)
        assert first == second != third


class TestSendsToLogIn:
    def test_rule_11_with_the_headers_and_the_cookie(self, start_edge, origin):
        edge = start_edge()
        allow = Policy("Allow", PolicyDecision.ALLOW, (Everyone(),))
        edge.folder.write_organisation(with_policies(edge.organisation, allow))
        reply = get(edge.port, "/service-token/?a=1&b=%2F")
        aud = edge.organisation.applications[0].aud
        where = urlsplit(reply["Location"])
        query = parse_qs(where.query)
        assert reply.status == 302
        assert f"{where.scheme}://{where.netloc}" == edge.team_domain
        assert where.path == "/cdn-cgi/access/login/localhost"
        assert (query["kid"], query["redirect_url"]) == ([aud], ["/service-token/?a=1&b=%2F"])
        meta = verified(query["meta"][0], certs(edge))
        assert (meta["hostname"], meta["auth_status"]) == ("localhost", "NONE")
        cookie = reply["Set-Cookie"]
        assert cookie.startswith("CF_AppSession=")
        assert cookie.endswith("; Path=/; Secure; HttpOnly")
        assert reply["WWW-Authenticate"] == (
            'Cloudflare-Access resource_metadata="http://localhost:8080'
            '/.well-known/cloudflare-access-protected-resource/service-token/"'
        )
        assert "no-store" in reply["Cache-Control"]
        assert origin.seen == []


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
