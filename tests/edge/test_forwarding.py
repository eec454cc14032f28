from __future__ import annotations

import pytest

from barbican.edge.wire.forwarding import Vouched, to_caller, to_origin


def names(pairs):
    return [name.lower() for name, _value in pairs]


def forwarded(*headers, **kwargs):
    return to_origin(headers, ip="192.0.2.7", ray="0123456789abcdef-LOC", **kwargs)


SPELLINGS = [
    "Cf-Access-Jwt-Assertion",
    "cf-access-jwt-assertion",
    "CF_ACCESS_JWT_ASSERTION",
    "Cf_Access-Jwt_Assertion",
    "Cf.Access.Jwt.Assertion",
    "Cf-Access-Authenticated-User-Email",
    "Cf-Access-Token",
    "CF-Access-Client-Id",
    "CF-Access-Client-Secret",
    "cf_access_client_secret",
    "Cf-Access-Anything-New",
    "Cf-Client-Cert-Sha256",
    "Cf_Client_Cert_Der_Base64",
    "Cf-Cert-Subject-Dn",
    "CF-Connecting-IP",
    "CF_Connecting_IP",
    "Cf-Ray",
    "cf_ray",
    "CF-Visitor",
    "CF-IPCountry",
    "True-Client-IP",
    "X_Forwarded_For",
    "X_Forwarded_Proto",
    "Connection",
    "Keep-Alive",
    "Proxy-Authorization",
    "TE",
    "Transfer-Encoding",
    "Transfer_Encoding",
    "Content_Length",
    "Upgrade",
]


class TestToOrigin:
    @pytest.mark.parametrize("name", SPELLINGS)
    def test_rule_04_nothing_that_only_the_edge_may_say(self, name):
        assert "forged" not in [value for _name, value in forwarded((name, "forged"))]

    @pytest.mark.parametrize(
        "name", ["User-Agent", "Authorization", "X-Cf-Access", "Cf-Accessory", "Content-Length"]
    )
    def test_every_other_header_as_it_came(self, name):
        assert (name, "kept") in forwarded((name, "kept"))

    def test_rule_30_what_the_edge_knows(self):
        sent = dict(forwarded(("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-Proto", "https")))
        assert sent["X-Forwarded-For"] == "203.0.113.1, 192.0.2.7"
        assert sent["X-Forwarded-Proto"] == "http"
        assert sent["Cf-Visitor"] == '{"scheme":"http"}'
        assert sent["Cf-Connecting-Ip"] == "192.0.2.7"
        assert sent["Cf-Ray"] == "0123456789abcdef-LOC"
        assert sent["CDN-Loop"] == "cloudflare"

    def test_rule_05_the_assertion_once_and_only_if_there_is_one(self):
        forged = ("Cf-Access-Jwt-Assertion", "forged")
        assert [v for n, v in forwarded(forged, vouched=Vouched("real")) if "Jwt" in n] == ["real"]
        assert "cf-access-jwt-assertion" not in names(forwarded(forged))

    def test_no_secret_from_the_single_header(self):
        sent = forwarded(("AUTHORIZATION", "{}"), single_header="Authorization")
        assert "authorization" not in names(sent)

    def test_what_connection_names_goes_but_never_ours(self):
        sent = forwarded(
            ("Host", "localhost"),
            ("X-Mine", "1"),
            ("Connection", "X-Mine, Cf-Access-Jwt-Assertion, Cf-Connecting-Ip, Host"),
            vouched=Vouched("real"),
        )
        assert "x-mine" not in names(sent)
        assert {"host", "cf-access-jwt-assertion", "cf-connecting-ip"} <= set(names(sent))

    @pytest.mark.parametrize(
        ("cookie", "left"),
        [
            ("CF_Binding=x", []),
            ("a=1; CF_Binding=x; b=2", ["a=1; b=2"]),
            ("cf_binding =x; a=1", ["a=1"]),
            ("a=CF_Binding", ["a=CF_Binding"]),
            ("a=1;b=2", ["a=1;b=2"]),
            ("CF_Authorization=t", ["CF_Authorization=t"]),
        ],
    )
    def test_rule_04_cookies_but_for_the_binding_cookie(self, cookie, left):
        sent = forwarded(("Cookie", cookie))
        assert [value for name, value in sent if name == "Cookie"] == left


class TestToCaller:
    def test_rule_30_the_same_ray_and_nothing_of_the_hop(self):
        answered = to_caller(
            [("Cf-Ray", "x"), ("Server", "o"), ("X-Hop", "1"), ("Connection", "X-Hop"), ("A", "b")],
            ray="r-LOC",
        )
        assert answered == [("A", "b"), ("Server", "cloudflare"), ("Cf-Ray", "r-LOC")]
