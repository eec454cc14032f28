"""Straight to the origin: what nobody should be able to do, through the shipped gunicorn."""

from __future__ import annotations

import json
import sys
from time import time

import pytest

from barbican.serving import worker
from tests.e2e.stack import Origin, Process, wait_for
from tests.issuer import (
    AUD_TAG,
    CLIENT_ID,
    EMAIL,
    OTHER_AUD_TAG,
    SUBDOMAIN_AUD_TAG,
    b64url,
    new_key,
)

pytestmark = pytest.mark.e2e

SECRET = "cfast_" + "InventedSecretOfTheTests0123456789abcdef0" + "12345678"
OLD_SECRET = "5ec2e7" * 10 + "abcd"


def evidence(answer):
    return json.loads(answer.body)


def failed(found):
    return [row["id"] for row in found["checks"] if row["result"] == "fail"]


@pytest.fixture
def ask(origin):
    def ask(token=None, host="localhost", path="/service-token/?format=json", **headers):
        if token is not None:
            headers["Cf_Access_Jwt_Assertion"] = token
        return origin.get(path, host, **headers)

    return ask


class TestVerifies:
    def test_a_service_token_by_path_and_by_subdomain_alike(self, ask, signer):
        token = signer.service_token()
        by_path = evidence(ask(token))
        by_host = evidence(ask(token, "service-token.localhost", "/?format=json"))
        assert by_path["verdict"] == by_host["verdict"] == "verified_service_token"
        assert by_path["principal"] == {"kind": "service_token", "id": CLIENT_ID}
        assert (by_path["demo"].pop("route"), by_host["demo"].pop("route")) == ("path", "subdomain")
        for found in (by_path, by_host):
            for varying in ("id", "headers"):
                found["request"].pop(varying)
            found["token"].pop("expires_in")
            found["keys"].pop("fetched_at")
            for row in found["checks"]:
                if row["id"] in ("expiry", "start"):
                    row.pop("actual")
        assert by_path == by_host

    def test_a_token_for_the_subdomains_application(self, ask, signer):
        assert ask(signer.service_token(aud=[SUBDOMAIN_AUD_TAG])).status == 200

    def test_a_token_in_the_cookie_where_there_is_no_header(self, ask, signer):
        answer = ask(Cookie=f"a=b; CF_Authorization={signer.service_token()}")
        assert (answer.status, evidence(answer)["token"]["source"]) == (200, "cookie")

    def test_a_token_of_nearly_8_kib(self, ask, signer):
        token = signer.service_token(custom={"x": "y" * 5400})
        assert 8000 < len(token) <= 8192
        assert ask(token).status == 200


def attacks(signer):
    """Name, headers, verdict, status and failed checks of each way to try it."""
    stranger = new_key()
    claims = b64url(json.dumps(signer.service_claims()).encode())
    good, head = signer.service_token(), b64url(b'{"alg":"none","typ":"JWT"}')
    jwt = "Cf_Access_Jwt_Assertion"
    return [
        ("nothing", {}, "nothing_presented", 401, ["assertion"]),
        (
            "credential headers",
            {"CF_Access_Client_Id": CLIENT_ID, "CF_Access_Client_Secret": SECRET},
            "unverified_headers", 401, ["assertion"],
        ),
        (
            "an e-mail header",
            {"Cf_Access_Authenticated_User_Email": EMAIL},
            "unverified_headers", 401, ["assertion"],
        ),
        (
            "a token that someone else signed",
            {jwt: signer.sign(signer.service_claims(), key=stranger)},
            "unknown_key", 401, ["key"],
        ),
        (
            "a token that someone else signed under our key's name",
            {jwt: signer.sign(signer.service_claims(), key=stranger, kid=signer.key_id)},
            "bad_signature", 401, ["signature"],
        ),
        ("alg none", {jwt: f"{head}.{claims}."}, "algorithm_refused", 401, ["algorithm", "key"]),
        (
            "HS256",
            {jwt: signer.sign(signer.service_claims(), alg="HS256")},
            "algorithm_refused", 401, ["algorithm"],
        ),
        (
            "another audience",
            {jwt: signer.service_token(aud=[OTHER_AUD_TAG])},
            "wrong_audience", 403, ["audience"],
        ),
        (
            "another issuer",
            {jwt: signer.service_token(iss="https://other.cloudflareaccess.com")},
            "wrong_issuer", 401, ["issuer"],
        ),
        (
            "an expired token",
            {jwt: signer.service_token(exp=int(time()) - 90)},
            "expired", 401, ["expiry"],
        ),
        (
            "a global session token",
            {jwt: signer.service_token(type="org")},
            "wrong_type", 401, ["type"],
        ),
        ("a pair of tokens", {jwt: f"{good}, {good}"}, "malformed", 401, ["assertion"]),
        (
            "a bad header with a good cookie",
            {jwt: good[:-6] + "AAAAAA", "Cookie": f"CF_Authorization={good}"},
            "bad_signature", 401, ["signature"],
        ),
        (
            "two cookies",
            {"Cookie": f"CF_Authorization={good}; CF_Authorization={good}"},
            "malformed", 401, ["assertion"],
        ),
        ("8193 bytes", {jwt: "a" * 8193}, "malformed", 401, ["assertion"]),
        ("15 kB", {jwt: "a" * 15_000}, "malformed", 401, ["assertion"]),
    ]  # fmt: skip


class TestRefuses:
    def test_each_attack_with_its_own_verdict_and_the_check_that_caught_it(self, ask, signer):
        for name, headers, verdict, status, checks in attacks(signer):
            answer = ask(**headers)
            found = evidence(answer)
            assert (name, found["verdict"], answer.status) == (name, verdict, status)
            assert (name, failed(found)) == (name, checks)
            assert found["principal"] is None
            assert found["verified"] is False
            assert answer.headers["Content-Type"].startswith("application/problem+json")
            if status == 401:
                wanted = f'Cloudflare-Access error="{verdict}"'
                assert answer.headers["WWW-Authenticate"] == wanted

    def test_in_every_form_without_an_echo_of_a_secret(self, ask, signer, origin):
        token = signer.service_token()
        signature = token.rpartition(".")[2]
        for form in ("html", "json", "txt", "md"):
            answer = ask(
                f"{token[:-6]}AAAAAA",
                path=f"/service-token/?format={form}&token={token}&s={SECRET}",
                CF_Access_Client_Id=CLIENT_ID,
                CF_Access_Client_Secret=SECRET,
                X_Old=OLD_SECRET,
                Authorization=f'{{"cf-access-client-secret": "{OLD_SECRET}"}}',
                Cookie=f"CF_Authorization={token}; session=verysecretvalue",
                Referer=f"https://example.com/?t={token}",
                User_Agent=f"Mozilla/5.0 {SECRET}",
            )
            shown = answer.text + str(answer.headers)
            for secret in (SECRET, OLD_SECRET, signature, signature[:-6], "verysecretvalue"):
                assert secret not in shown, (form, secret)
        kept = [origin.text().encode(), *(file.read_bytes() for file in origin.folder.iterdir())]
        for secret in (SECRET, OLD_SECRET, signature, "verysecretvalue"):
            assert not any(secret.encode() in text for text in kept)


class TestOutage:
    def test_of_the_database_leaves_the_evidence_and_the_shipped_words(self, signer, tmp_path):
        origin = Origin(tmp_path, ACCESS_TEAM_DOMAIN=signer.team_domain, SERVICE_TOKEN_AUD=AUD_TAG)
        origin.stop()
        for file in tmp_path.glob("origin.sqlite3*"):
            file.write_bytes(b"no database " * 1_000)
        gunicorn = [sys.executable, "-m", "gunicorn"]
        again = Process(gunicorn, origin.environment, tmp_path / "again.log")
        again.port = origin.port
        try:
            wait_for(lambda: origin.get("/healthz").status == 200, again)
            token = {"Cf_Access_Jwt_Assertion": signer.service_token()}
            for path in ("/service-token/", "/service-token/?format=json", "/"):
                assert origin.get(path, **token).status == 200
            assert "How This Works" in origin.get("/service-token/", **token).text
            assert origin.get("/readyz").status == 503
            assert origin.get("/admin/login/").status in (200, 500)
            assert origin.get("/healthz").status == 200
        finally:
            again.stop()


class TestTransport:
    """On raw sockets: what a client library would never send."""

    def send(self, origin, *lines, path="/service-token/?format=json", host=None):
        head = [f"GET {path} HTTP/1.1", f"Host: {host or f'localhost:{origin.port}'}", *lines]
        raw = origin.raw("\r\n".join([*head, "Connection: close", "", ""]).encode("latin-1"))
        status = int(raw.split(b" ", 2)[1]) if raw else 0
        return status, raw.partition(b"\r\n\r\n")[2]

    def test_refuses_the_header_sent_twice(self, origin, signer):
        line = f"Cf-Access-Jwt-Assertion: {signer.service_token()}"
        status, body = self.send(origin, line, line)
        assert status == 401
        assert json.loads(body)["verdict"] == "malformed"

    @pytest.mark.parametrize(
        "line",
        [
            "Cf_Access_Jwt_Assertion: {}",
            "CF_ACCESS_JWT_ASSERTION: {}",
            "Cf-Access_Jwt-Assertion: {}",
            "Cf-Access-Jwt-Assertion : {}",
            "X-A: b\r\n Cf-Access-Jwt-Assertion: {}",
        ],
    )
    def test_takes_no_assertion_from(self, origin, signer, line):
        status, body = self.send(origin, line.format(signer.service_token()))
        assert status in (400, 401, 431)
        assert b"verified_service_token" not in body

    def test_takes_no_assertion_that_is_folded(self, origin, signer):
        token = signer.service_token()
        status, _ = self.send(origin, f"Cf-Access-Jwt-Assertion: {token[:50]}\r\n {token[50:]}")
        assert status in (400, 401)

    @pytest.mark.parametrize(
        ("lines", "verdict"),
        [
            (["Cookie: CF_Authorization={0}", "Cookie: CF_Authorization={0}"], "malformed"),
            (["Cookie: CF_Authorization={0}; CF_Authorization={0}"], "malformed"),
            (['Cookie: CF_Authorization="{0}"'], "malformed"),
            (["Cookie: CF_Authorization={0}; caf\xe9=1"], "malformed"),
            (["Cookie: \xe2\x80\x80CF_Authorization={0}"], "nothing_presented"),
            (["Cookie: cf_authorization={0}"], "nothing_presented"),
            (["Cf-Access-Token: {0}"], "unverified_headers"),
            (["Authorization: Bearer {0}"], "nothing_presented"),
            (["Cf-Access-Jwt-Assertion: Bearer {0}"], "malformed"),
            (["Cf-Access-Jwt-Assertion:"], "malformed"),
            (["Cf-Access-Jwt-Assertion:", "Cookie: CF_Authorization={0}"], "malformed"),
        ],
        ids=str,
    )
    def test_takes_no_token_from(self, origin, signer, lines, verdict):
        token = signer.service_token()
        status, body = self.send(origin, *(line.format(token) for line in lines))
        assert (status, json.loads(body)["verdict"]) == (401, verdict)
        assert token not in body.decode()

    @pytest.mark.parametrize(
        "lines",
        [
            ["SCRIPT_NAME: /public"],
            ["Script-Name: /public"],
            ["PATH_INFO: /admin/"],
            ["Path-Info: /admin/"],
            ["X-Original-URL: /admin/"],
            ["X-Rewrite-URL: /admin/"],
            ["X-Forwarded-Host: service-token.localhost"],
            ["X-Forwarded-Prefix: /x"],
            ["X-Forwarded-Proto: https", "X-Forwarded-Ssl: off"],
            ["X-Http-Method-Override: DELETE"],
        ],
        ids=str,
    )
    def test_lets_no_client_move_the_request_with(self, origin, lines):
        status, body = self.send(origin, *lines)
        assert status in (400, 401)
        if status == 401:
            found = json.loads(body)
            assert found["demo"] == {"slug": "service-token", "route": "path"}

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("localhost", 401),
            ("LOCALHOST", 401),
            ("localhost.", 401),
            ("localhost:9", 401),
            ("evil.example", 400),
            ("localhost.evil.example", 400),
            ("evil-localhost", 400),
            ("nobody.localhost", 404),
            ("a.service-token.localhost", 404),
            ("service-token.service-token.localhost", 404),
            ("localhost/x", 400),
            ("local host", 400),
            ("localhost@evil.example", 400),
        ],
    )
    def test_answers_a_host_of(self, origin, host, status):
        assert self.send(origin, host=host)[0] == status

    @pytest.mark.parametrize("host", ["SERVICE-TOKEN.localhost", "service-token.localhost."])
    def test_knows_a_demos_host_in_the_spelling(self, origin, host):
        status, body = self.send(origin, path="/?format=json", host=host)
        assert (status, json.loads(body)["demo"]["route"]) == (401, "subdomain")

    @pytest.mark.parametrize("path", ["/admin/", "/static/css/site.css", "/service-token/", "/x"])
    def test_has_nothing_but_the_demo_at_its_host(self, origin, path):
        assert self.send(origin, path=path, host="service-token.localhost")[0] == 404

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
    def test_refuses_the_method(self, origin, method):
        answer = origin.get("/service-token/", method=method)
        assert answer.status == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET /service-token/ HTTP/9.9\r\nHost: localhost\r\n\r\n",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
            b"GET /service-token/\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /%ff%fe/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            b"GET /%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            b"GET /?format=%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            (
                b"GET /service-token/ HTTP/1.1\r\nHost: localhost\r\nAccept: \xff\xfe;q=x\r\n"
                b"Connection: close\r\n\r\n"
            ),
            (
                b"GET /service-token/ HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \x1b[31m\r\n"
                b"Connection: close\r\n\r\n"
            ),
            (
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        ],
        ids=lambda raw: repr(raw[:48]),
    )
    def test_answers_garbage_without_a_fault_of_its_own(self, origin, raw):
        answer = origin.raw(raw)
        if answer:
            # 501 and 505 name what a server does not speak; no other 5xx is an answer.
            assert int(answer.split(b" ", 2)[1]) < 500 or answer[9:12] in (b"501", b"505")
        assert origin.get("/healthz").status == 200

    @pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
    @pytest.mark.parametrize(
        ("raw", "status", "kind"),
        [
            ("GET / HTTP/1.1\r\nCF-Access-Client-Secret {}", 400, "InvalidHeader"),
            ("GET / HTTP/1.1\r\nCF-Access-Client-Secret='{}': 1", 400, "InvalidHeaderName"),
            ("GET / HTTP/1.1\r\nX: y\r\n {}", 400, "ObsoleteFolding"),
            ("GET / HTTP/1.1\r\nX_{}: y", 400, "InvalidHeaderName"),
            ("GET / HTTP/1.1\r\n: {}", 400, "InvalidHeader"),
            ("GET / HTTP/1.1\r\nX: \x00{}", 400, "InvalidHeader"),
            ("GET / HTTP/1.1\r\nTransfer-Encoding: {}", 501, "UnsupportedTransferCoding"),
            ("GET / HTTP/1.1\r\nContent-Length: {}", 400, "InvalidHeader"),
            ("GET / HTTP/1.1\r\nExpect: {}", 417, "ExpectationFailed"),
            ("{} / HTTP/1.1", 400, "InvalidRequestMethod"),
            ("{}", 400, "InvalidRequestLine"),
            ("GET {} HTTP/1.1", 400, "InvalidRequestLine"),
            ("GET / {}", 400, "InvalidHTTPVersion"),
            ("GET /{}" + "x" * 8_190 + " HTTP/1.1", 414, "LimitRequestLine"),
            ("GET / HTTP/1.1\r\nX: {}" + "x" * 16_384, 431, "LimitRequestHeaders"),
        ],
        ids=lambda value: str(value)[:60],
    )
    def test_repeats_no_secret_of_what_is_no_http(self, origin, raw, status, kind, secret):
        before = len(origin.text())
        answer = origin.raw(f"{raw.format(secret)}\r\n\r\n".encode())
        logged = origin.text()[before:]
        assert int(answer.split(b" ", 2)[1]) == status
        assert worker.SENTENCE in answer.decode()
        assert f"Invalid request from ip=127.0.0.1: {kind}\n" in logged
        for shown in (answer.decode(), logged):
            assert secret[6:].lower() not in shown.lower()

    def test_repeats_no_secret_of_a_request_that_breaks_off(self, origin, signer, tmp_path):
        loud = Origin(
            tmp_path, like=origin, ACCESS_TEAM_DOMAIN=signer.team_domain, LOG_LEVEL="debug"
        )
        try:
            loud.raw(f"GET / HTTP/1.1\r\nCF-Access-Client-Secret: {SECRET}\r\n".encode())
            assert loud.get("/healthz").status == 200
        finally:
            loud.stop()
        assert SECRET not in loud.text()


class TestHeaders:
    def test_of_every_answer_are_strict(self, ask, origin):
        for answer in (ask(), origin.get("/"), origin.get("/nothing-here"), origin.get("/healthz")):
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert answer.headers["X-Request-Id"]
            assert "Strict-Transport-Security" not in answer.headers

    def test_have_hsts_behind_the_tunnel(self, ask):
        answer = ask(X_Forwarded_Proto="https")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")

    def test_of_an_answer_that_shows_a_request_keep_it_out_of_caches(self, ask, origin):
        for answer in (ask(), ask(path="/service-token/"), origin.get("/")):
            assert "no-store" in answer.headers["Cache-Control"]
            assert answer.headers["Vary"] == "Accept, User-Agent"

    def test_take_the_request_id_from_the_ray_and_from_nothing_else(self, ask):
        assert ask(Cf_Ray="8f2e3c4d5e6f7a8b-LHR").headers["X-Request-Id"] == "8f2e3c4d5e6f7a8b-LHR"
        assert ask(Cf_Ray="<script>").headers["X-Request-Id"] != "<script>"
