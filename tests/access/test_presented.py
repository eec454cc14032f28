from __future__ import annotations

import pytest

from barbican.access.evidence import Result
from barbican.access.parse import MAX_TOKEN_BYTES
from barbican.access.presented import consistency_row, presented
from tests.issuer import CLIENT_ID, EMAIL

HEADER = "HTTP_CF_ACCESS_JWT_ASSERTION"


def code(**meta):
    error = presented(meta).error
    return error.code if error else ""


class TestTakes:
    def test_the_header(self):
        found = presented({HEADER: "a.b.c"})
        assert (found.token, found.source) == ("a.b.c", "header")

    def test_the_cookie_where_there_is_no_header(self):
        found = presented({"HTTP_COOKIE": "x=1; CF_Authorization=a.b.c; y=2"})
        assert (found.token, found.source) == ("a.b.c", "cookie")

    def test_the_header_whatever_the_cookie_says(self):
        found = presented({HEADER: "bad", "HTTP_COOKIE": "CF_Authorization=a.b.c"})
        assert (found.token, found.source) == ("bad", "header")

    def test_a_token_of_8_kib_and_not_a_byte_more(self):
        assert presented({HEADER: "a" * MAX_TOKEN_BYTES}).token
        assert code(**{HEADER: "a" * (MAX_TOKEN_BYTES + 1)}) == "malformed"


class TestRefuses:
    @pytest.mark.parametrize("value", ["", "a.b.c,d.e.f", "a.b.c, a.b.c", ","])
    def test_a_header_of(self, value):
        assert code(**{HEADER: value}) == "malformed"

    def test_an_empty_header_beside_a_good_cookie(self):
        assert code(**{HEADER: "", "HTTP_COOKIE": "CF_Authorization=a.b.c"}) == "malformed"

    @pytest.mark.parametrize(
        "raw",
        [
            "CF_Authorization=a.b.c; CF_Authorization=a.b.c",
            "CF_Authorization=a.b.c; CF_Authorization=",
            "CF_Authorization=",
            "CF_Authorization",
            "CF_Authorization=a.b.c; caf\xe9=1",
            "\xe2\x80\x80CF_Authorization=a.b.c; CF_Authorization=d.e.f",
        ],
    )
    def test_a_cookie_header_of(self, raw):
        assert code(HTTP_COOKIE=raw) == "malformed"

    @pytest.mark.parametrize(
        "raw",
        [
            "",
            "x=1",
            "cf_authorization=a.b.c",
            "XCF_Authorization=a.b.c",
            "x=CF_Authorization",
            "\xe2\x80\x80CF_Authorization=a.b.c",
            "__Host-CF_Authorization=a.b.c",
        ],
    )
    def test_as_nothing_a_cookie_of_another_name(self, raw):
        assert code(HTTP_COOKIE=raw) == "nothing_presented"

    @pytest.mark.parametrize(
        "name",
        [
            "HTTP_CF_ACCESS_CLIENT_ID",
            "HTTP_CF_ACCESS_CLIENT_SECRET",
            "HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL",
            "HTTP_CF_ACCESS_TOKEN",
            "HTTP_CF_CLIENT_CERT_SHA256",
            "HTTP_CF_CLIENT_CERT_DER_BASE64",
        ],
    )
    def test_unsigned_identity_headers_alone(self, name):
        assert code(**{name: "anything"}) == "unverified_headers"


class TestConsistency:
    SERVICE = {"common_name": CLIENT_ID, "sub": ""}
    PERSON = {"email": EMAIL, "sub": "x"}

    def test_passes_where_nothing_disagrees(self):
        meta = {HEADER: "t", "HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": EMAIL}
        assert consistency_row(meta, self.PERSON).result is Result.PASS

    @pytest.mark.parametrize(
        ("meta", "claims"),
        [
            ({"HTTP_CF_ACCESS_CLIENT_SECRET": "x"}, SERVICE),
            ({"HTTP_CF_ACCESS_CLIENT_ID": CLIENT_ID}, SERVICE),
            ({"HTTP_CF_ACCESS_CLIENT_SECRET": "x"}, None),
            ({"HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": "eve@example.com"}, PERSON),
            ({"HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": EMAIL}, SERVICE),
            ({HEADER: "t", "HTTP_COOKIE": "CF_Authorization=garbage"}, PERSON),
            ({HEADER: "t", "HTTP_COOKIE": f"CF_Authorization={'x' * 9000}"}, PERSON),
        ],
    )
    def test_is_a_caution_where_something_disagrees(self, meta, claims):
        row = consistency_row(meta, claims)
        assert (row.result, bool(row.reason)) == (Result.CAUTION, True)

    def test_of_a_cookie_that_names_the_same_caller(self, issuer):
        token = issuer.person_token()
        meta = {HEADER: token, "HTTP_COOKIE": f"CF_Authorization={token}"}
        assert consistency_row(meta, issuer.person_claims()).result is Result.PASS
