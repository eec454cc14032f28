from __future__ import annotations

import pytest

from barbican.edge.organisation import rules
from barbican.edge.organisation.callers import Caller, ClientCertificate, Identity
from barbican.edge.organisation.selectors import (
    CountryIs,
    EmailDomainIs,
    EmailIs,
    IpIn,
    LoginMethodIs,
)

RULES = [
    {"service_token": {"token_id": "x"}},
    {"any_valid_service_token": {}},
    {"email": {"email": "ada@example.com"}},
    {"email_domain": {"domain": "example.com"}},
    {"everyone": {}},
    {"ip": {"ip": "192.0.2.0/24"}},
    {"ip": {"ip": "2001:db8::/32"}},
    {"geo": {"country_code": "GB"}},
    {"certificate": {}},
    {"common_name": {"common_name": "a machine"}},
    {"login_method": {"id": "onetimepin"}},
]


def person(email):
    return Identity("a" * 64, 0, 1, email, "subject", login_method="onetimepin")


class TestLoads:
    @pytest.mark.parametrize("rule", RULES, ids=str)
    def test_what_it_dumps(self, rule):
        assert rules.dump(rules.load(rule)) == rule

    @pytest.mark.parametrize(
        ("rule", "sentence"),
        [
            ({}, "one selector"),
            ([], "one selector"),
            (None, "one selector"),
            ({"everyone": {}, "certificate": {}}, "one selector"),
            ({"nobody": {}}, "no selector 'nobody'"),
            ({"email": {}}, "needs 'email'"),
            ({"email": "ada@example.com"}, "needs 'email'"),
            ({"email": {"email": 5}}, "needs 'email'"),
            ({"ip": {"ip": "192.0.2.1/24"}}, "host bits"),
            ({"ip": {"ip": "everywhere"}}, "no address"),
            ({"geo": {"country_code": "GBR"}}, "two letters"),
        ],
        ids=str,
    )
    def test_nothing_but_rules(self, rule, sentence):
        with pytest.raises(ValueError, match=sentence):
            rules.load(rule)


class TestMatches:
    @pytest.mark.parametrize(
        ("selector", "caller", "expected"),
        [
            (EmailIs("Ada@Example.com"), Caller(identity=person("ada@example.COM")), True),
            (EmailIs("ada@example.com"), Caller(identity=person("ada@example.org")), False),
            (EmailIs("ada@example.com"), Caller(), False),
            (EmailDomainIs("example.com"), Caller(identity=person("a@Example.com")), True),
            (EmailDomainIs("example.com"), Caller(identity=person("a@sub.example.com")), False),
            (EmailDomainIs("example.com"), Caller(identity=person("a@notexample.com")), False),
            (EmailDomainIs("example.com"), Caller(), False),
            (IpIn("192.0.2.0/24"), Caller(ip="192.0.2.255"), True),
            (IpIn("192.0.2.0/24"), Caller(ip="192.0.3.0"), False),
            (IpIn("192.0.2.0/24"), Caller(ip="2001:db8::1"), False),
            (IpIn("192.0.2.0/24"), Caller(ip="nowhere"), False),
            (CountryIs("GB"), Caller(country="gb"), True),
            (CountryIs("GB"), Caller(country="FR"), False),
            (CountryIs("GB"), Caller(), False),
            (LoginMethodIs("onetimepin"), Caller(identity=person("a@b.c")), True),
            (LoginMethodIs("other"), Caller(identity=person("a@b.c")), False),
            (LoginMethodIs("onetimepin"), Caller(), False),
            (rules.load({"certificate": {}}), Caller(certificate=ClientCertificate("x", "")), True),
            (rules.load({"certificate": {}}), Caller(), False),
            (
                rules.load({"common_name": {"common_name": "x"}}),
                Caller(certificate=ClientCertificate("x", "")),
                True,
            ),
            (
                rules.load({"common_name": {"common_name": "x"}}),
                Caller(certificate=ClientCertificate("X", "")),
                False,
            ),
        ],
    )
    def test_the_caller_that_it_names(self, selector, caller, expected):
        assert selector.matches(caller) is expected
