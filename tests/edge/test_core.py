from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barbican.edge.decision.core import Deny, EdgeRequest, Forward, LogIn, Refuse, Reserved, decide
from barbican.edge.organisation import sample
from barbican.edge.organisation.callers import ClientCertificate, Identity
from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.model import Application, CaCertificate, Policy, PolicyDecision
from barbican.edge.organisation.selectors import (
    CommonNameIs,
    CountryIs,
    EmailIs,
    Everyone,
    IpIn,
    LoginMethodIs,
    ServiceTokenIs,
    ValidCertificate,
)
from tests.edge.conftest import NOW, PAIR, ask, pair, with_policies

ALLOW = Policy("Allow", PolicyDecision.ALLOW, (Everyone(),))
DENY = Policy("Block", PolicyDecision.DENY, (Everyone(),))
BYPASS = Policy("Bypass", PolicyDecision.BYPASS, (Everyone(),))


def outcome(decision):
    match decision:
        case Deny(status=status) | Refuse(status=status):
            return status.value
        case LogIn():
            return 302
        case Forward(place=None):
            return "passed through"
        case Forward():
            return "forwarded"
        case Reserved():
            return "reserved"


class TestRoutes:
    @pytest.mark.parametrize(
        ("host", "target", "name"),
        [
            ("localhost", "/service-token", "path"),
            ("localhost", "/service-token/", "path"),
            ("localhost", "/service-token/?format=json", "path"),
            ("localhost", "/service-token/deeper", "path"),
            ("LOCALHOST.", "/service-token/", "path"),
            ("localhost:8080", "/service-token/", "path"),
            ("localhost:65000", "/service-token/", "path"),
            ("127.0.0.1:8080", "/service-token/", "path"),
            ("[::1]:8080", "/service-token/", "path"),
            ("localhost", "/%73ervice-token/", "path"),
            ("localhost", "/service-token//x", "path"),
            ("localhost", "/service-token/./x", "path"),
            ("service-token.localhost", "/", "subdomain"),
            ("service-token.localhost:8080", "/anything?x=1", "subdomain"),
            ("Service-Token.Localhost.", "//..", "subdomain"),
        ],
    )
    def test_rule_01_and_02_to_the_application_of(self, organisation, host, target, name):
        decision = decide(ask(target, host=host), organisation, NOW)
        assert isinstance(decision, Deny)
        assert decision.place.application.name.endswith(name)

    @pytest.mark.parametrize(
        ("host", "target"),
        [
            ("localhost", "/"),
            ("localhost", "/service-tokenx"),
            ("localhost", "/service-toke"),
            ("localhost", "/Service-Token/"),
            ("localhost", "/?next=/service-token/"),
            ("localhost", "/x/service-token/"),
            ("localhost", "/healthz//"),
            ("other.localhost", "/service-token/"),
            ("a.service-token.localhost", "/"),
            ("localhost", "/100%"),
            ("localhost", "/caf%C3%A9;x=1/../y"),
        ],
    )
    def test_rule_01_past_every_application(self, organisation, host, target):
        decision = decide(ask(target, pair(organisation), host=host), organisation, NOW)
        assert decision == Forward("no application")
        assert not decision.is_signed

    @pytest.mark.parametrize(
        "target",
        [
            "/x/../service-token/",
            "/service-token/../admin/",
            "/./service-token/",
            "/.//service-token",
            "//service-token/",
            "///service-token/",
            "/x/%2e%2e/service-token/",
            "/%2e%2e/service-token/",
            "/x%2F..%2Fservice-token/",
            "/service-token%2Fx",
            "/\\service-token/",
            "/x\\..\\service-token/",
            "/%5Cservice-token/",
            "/service-token;v=1/",
            "/service-token;/",
            "/service-token%3Bx",
            "/;x/service-token",
            "/%2573ervice-token/",
            "/%25%37%33ervice-token/",
            "/service-token%00/",
            "/service-token%20/",
            "/service-token%0a",
            "/b/../service-token/;/..",
            "/x/../cdn-cgi/access/certs",
            "//cdn-cgi/access/certs",
        ],
    )
    def test_rule_01_no_path_with_two_readings(self, organisation, target):
        for headers in ((), pair(organisation)):
            assert outcome(decide(ask(target, headers), organisation, NOW)) == 400

    def test_rule_01_by_the_most_specific_host_then_path(self, organisation):
        def named(name, *uris):
            destinations = tuple(Destination.parse(uri) for uri in uris)
            return Application(name, "a" * 64, destinations, ())

        several = replace(
            organisation,
            applications=(
                named("whole host", "example.com"),
                named("wildcard host", "*.example.com/deep/path"),
                named("one host", "a.example.com"),
                named("alpha", "example.com/alpha"),
                named("under alpha", "example.com/alpha/*"),
                named("alpha one", "example.com/alpha/one"),
            ),
        )
        for host, path, name in (
            ("example.com", "/", "whole host"),
            ("example.com", "/alpha", "alpha"),
            ("example.com", "/alpha/two", "under alpha"),
            ("example.com", "/alpha/one/x", "alpha one"),
            ("a.example.com", "/deep/path", "one host"),
            ("b.example.com", "/deep/path", "wildcard host"),
        ):
            decision = decide(ask(path, host=host), several, NOW)
            assert decision.place.application.name == name

    @pytest.mark.parametrize(
        "target",
        [
            "/cdn-cgi/access/certs",
            "/cdn-cgi/access",
            "/cdn-cgi/access/login/x?kid=1",
            "/cdn-cgi/%61ccess/certs",
            "/.well-known/cloudflare-access-protected-resource/service-token",
        ],
    )
    @pytest.mark.parametrize("host", ["localhost", "service-token.localhost", "other.test"])
    def test_rule_03_reserved_paths_nowhere(self, organisation, target, host):
        assert outcome(decide(ask(target, host=host), organisation, NOW)) == "reserved"


class TestRefuses:
    @pytest.mark.parametrize(
        "target",
        [
            "http://localhost/service-token/",
            "localhost:80",
            "*",
            "",
            "/x y",
            "/caf\u00e9",
            "/x\udcff",
            "/service-token#x",
        ],
    )
    def test_a_target_that_is_no_path(self, organisation, target):
        assert outcome(decide(ask(target), organisation, NOW)) == 400

    @pytest.mark.parametrize("method", ["CONNECT", "TRACE", "track"])
    def test_a_method(self, organisation, method):
        assert outcome(decide(ask("/", method=method), organisation, NOW)) == 405

    @pytest.mark.parametrize(
        "host", ["", "a b", "localhost/x", "user@localhost", "localhost:x", "a,b", "[::1", "ho%73t"]
    )
    def test_a_host_that_is_none(self, organisation, host):
        assert outcome(decide(ask("/", host=host), organisation, NOW)) == 400

    def test_a_second_host(self, organisation):
        decision = decide(ask("/", [("host", "service-token.localhost")]), organisation, NOW)
        assert outcome(decision) == 400


def half_id(found):
    return found[:1]


def half_secret(found):
    return found[1:]


def wrong_secret(found):
    return [found[0], (PAIR[1], sample.client_secret())]


def unknown_id(found):
    return [(PAIR[0], "f" * 32 + ".access"), found[1]]


def not_ascii(found):
    return [found[0], (PAIR[1], "schlüssel\udcff")]


def empty_secret(found):
    return [found[0], (PAIR[1], "")]


# Name: (headers made from the demo's pair, strict, legacy with the 401 option, without it).
FAILED = {
    "no pair": (lambda found: [], 401, 401, 403),
    "the Client ID alone": (half_id, 401, 401, 403),
    "the Client Secret alone": (half_secret, 401, 401, 403),
    "an empty secret": (empty_secret, 401, 401, 403),
    "the Client ID twice": (lambda found: [*found, found[0]], 401, 401, 403),
    "the Client Secret twice": (lambda found: [*found, found[1]], 401, 401, 403),
    "a wrong secret": (wrong_secret, 401, 401, 403),
    "a secret that is not ASCII": (not_ascii, 401, 401, 403),
    "an unknown Client ID": (unknown_id, 401, 401, 403),
    "underscores": (lambda found: [(n.replace("-", "_"), v) for n, v in found], 401, 401, 403),
}
# Strict answers a failed token alike with and without the option; only "no pair" differs.
BY_TOKEN = {
    "an expired token": (sample.EXPIRED_TOKEN, 401, 401, 403),
    "a disabled token": (sample.DISABLED_TOKEN, 401, 401, 403),
    "a token that no policy names": (sample.OTHER_TOKEN, 403, 401, 403),
}


class TestServiceTokens:
    @pytest.mark.parametrize("spelling", [str, str.lower, str.upper])
    @pytest.mark.parametrize("mode", ["strict", "legacy"])
    def test_rule_05_forward_a_good_pair(self, organisation, spelling, mode):
        organisation = organisation if mode == "strict" else organisation.legacy()
        headers = [(spelling(name), value) for name, value in pair(organisation)]
        decision = decide(ask(headers=headers), organisation, NOW)
        assert isinstance(decision, Forward)
        assert decision.is_signed
        assert decision.service_token == organisation.service_token(sample.DEMO_TOKEN)
        assert decision.sets_cookie is (mode == "legacy")  # rule 6

    @pytest.mark.parametrize(("change", "strict", "on", "off"), FAILED.values(), ids=FAILED)
    def test_rule_07_09_12_13_deny(self, organisation, change, strict, on, off):
        request = ask(headers=change(pair(organisation)))
        assert outcome(decide(request, organisation, NOW)) == strict
        assert outcome(decide(request, organisation.legacy(), NOW)) == on
        assert outcome(decide(request, organisation.legacy().without_401(), NOW)) == off

    @pytest.mark.parametrize(("name", "strict", "on", "off"), BY_TOKEN.values(), ids=BY_TOKEN)
    def test_rule_07_08_09_deny(self, organisation, name, strict, on, off):
        request = ask(headers=pair(organisation, name))
        assert outcome(decide(request, organisation, NOW)) == strict
        assert outcome(decide(request, organisation.without_401(), NOW)) == strict
        assert outcome(decide(request, organisation.legacy(), NOW)) == on
        assert outcome(decide(request, organisation.legacy().without_401(), NOW)) == off

    def test_rule_12_and_13_without_a_pair_the_option_decides(self, organisation):
        assert outcome(decide(ask(), organisation, NOW)) == 401
        assert outcome(decide(ask(), organisation.without_401(), NOW)) == 403

    def test_rule_07_strict_gives_no_way_to_log_in(self, organisation):
        guarded = with_policies(organisation, ALLOW)
        for change in (half_id, wrong_secret, unknown_id):
            request = ask(headers=change(pair(organisation)))
            assert outcome(decide(request, guarded, NOW)) == 401

    def test_rule_10_expiry_in_a_pair(self, organisation):
        token = organisation.service_token(sample.DEMO_TOKEN)
        request = ask(headers=pair(organisation))
        assert outcome(decide(request, organisation, token.expires_at - 1)) == "forwarded"
        assert outcome(decide(request, organisation, token.expires_at)) == 401

    def test_rule_10_the_previous_secret_until_its_end(self, organisation):
        rotated = tuple(
            replace(
                token,
                client_secret=sample.client_secret(),
                previous_client_secret=token.client_secret,
                previous_client_secret_expires_at=NOW + 60,
            )
            for token in organisation.service_tokens
        )
        after = replace(organisation, service_tokens=rotated)
        old, new = ask(headers=pair(organisation)), ask(headers=pair(after))
        assert outcome(decide(old, after, NOW + 59)) == "forwarded"
        assert outcome(decide(old, after, NOW + 60)) == 401
        assert outcome(decide(new, after, NOW + 61)) == "forwarded"

    def test_rule_10_no_empty_previous_secret(self, organisation):
        token = organisation.service_token(sample.DEMO_TOKEN)
        assert token.secrets(NOW) == (token.client_secret,)


def single(organisation, value=None, *, header="Authorization", name=sample.DEMO_TOKEN):
    token = organisation.service_token(name)
    default = (
        f'{{"cf-access-client-id": "{token.client_id}",'
        f' "cf-access-client-secret": "{token.client_secret}"}}'
    )
    return (header, default if value is None else value)


class TestSingleHeader:
    @pytest.fixture
    def single_organisation(self, organisation):
        return with_policies(organisation, read_service_tokens_from_header="Authorization")

    def test_rule_05_forward_a_good_pair_in_it(self, single_organisation):
        request = ask(headers=[single(single_organisation)])
        assert outcome(decide(request, single_organisation, NOW)) == "forwarded"

    def test_only_where_the_application_names_it(self, organisation):
        decision = decide(ask(headers=[single(organisation)]), organisation, NOW)
        assert (outcome(decision), decision.reason) == (401, "no credentials")

    def test_rule_07_deny_both_styles(self, single_organisation):
        headers = [single(single_organisation), *pair(single_organisation)]
        assert outcome(decide(ask(headers=headers), single_organisation, NOW)) == 401

    def test_rule_07_deny_it_twice(self, single_organisation):
        headers = [single(single_organisation)] * 2
        assert outcome(decide(ask(headers=headers), single_organisation, NOW)) == 401

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("Bearer abc", "no credentials"),
            ("[1]", "no credentials"),
            ("[" * 4000, "no credentials"),
            ("{}", "half a pair"),
            ('{"CF-Access-Client-Id": "a", "CF-Access-Client-Secret": "b"}', "half a pair"),
            ('{"cf-access-client-id": 1, "cf-access-client-secret": null}', "half a pair"),
            ('{"cf-access-client-id": "\\ud800", "cf-access-client-secret": "b"}',
             "unknown Client ID"),
        ],
    )  # fmt: skip
    def test_rule_07_deny_what_is_no_pair(self, single_organisation, value, reason):
        request = ask(headers=[("Authorization", value)])
        decision = decide(request, single_organisation, NOW)
        assert (outcome(decision), decision.reason) == (401, reason)


class TestPolicies:
    def test_rule_11_send_a_stranger_to_log_in(self, organisation):
        for each in (organisation, organisation.legacy()):
            assert outcome(decide(ask(), with_policies(each, ALLOW), NOW)) == 302

    def test_rule_13_the_option_leaves_rule_11_alone(self, organisation):
        service_auth = organisation.applications[0].policies[0]
        both = with_policies(organisation, ALLOW, service_auth)
        assert outcome(decide(ask(), both, NOW)) == 302

    def test_rule_14_tell_a_script_401(self, organisation):
        request = ask(headers=[("X-Requested-With", "XMLHttpRequest")])
        assert outcome(decide(request, with_policies(organisation, ALLOW), NOW)) == 401

    def test_rule_15_deny_a_preflight_unless_it_is_bypassed(self, organisation):
        headers = [("Origin", "http://x.test"), ("Access-Control-Request-Method", "GET")]
        request = ask(headers=headers, method="OPTIONS")
        assert outcome(decide(request, organisation, NOW)) == 403
        bypassed = with_policies(organisation, options_preflight_bypass=True)
        decision = decide(request, bypassed, NOW)
        assert (outcome(decision), decision.is_signed) == ("forwarded", False)

    def test_rule_17_bypass_and_service_auth_before_the_others(self, organisation):
        service_auth = organisation.applications[0].policies[0]
        late = with_policies(organisation, DENY, ALLOW, service_auth)
        assert outcome(decide(ask(headers=pair(organisation)), late, NOW)) == "forwarded"
        open_to_all = with_policies(organisation, DENY, BYPASS)
        assert outcome(decide(ask(), open_to_all, NOW)) == "forwarded"

    def test_rule_17_deny_by_default(self, organisation):
        assert outcome(decide(ask(), with_policies(organisation, DENY), NOW)) == 403

    @pytest.mark.parametrize(
        ("first", "second", "signed"),
        [(BYPASS, None, False), (None, BYPASS, True)],
    )
    def test_rule_17_the_first_match_of_bypass_and_service_auth(
        self, organisation, first, second, signed
    ):
        service_auth = organisation.applications[0].policies[0]
        ordered = with_policies(organisation, first or service_auth, second or service_auth)
        decision = decide(ask(headers=pair(organisation)), ordered, NOW)
        assert decision.is_signed is signed

    def test_rule_18_bypass_adds_no_token(self, organisation):
        decision = decide(ask(), with_policies(organisation, BYPASS), NOW)
        assert not decision.is_signed

    @pytest.mark.parametrize(("is_strict", "expected"), [(True, 403), (False, 302)])
    def test_rule_19_a_service_token_under_allow(self, organisation, is_strict, expected):
        guarded = replace(with_policies(organisation, ALLOW), is_strict=is_strict)
        assert outcome(decide(ask(headers=pair(organisation)), guarded, NOW)) == expected

    def test_require_and_exclude_narrow_a_policy(self, organisation):
        demo = organisation.service_token(sample.DEMO_TOKEN)
        policy = Policy(
            "From the office",
            PolicyDecision.NON_IDENTITY,
            include=(ServiceTokenIs(demo.id),),
            require=(IpIn("192.0.2.0/24"),),
            exclude=(IpIn("192.0.2.9"),),
        )
        narrow = with_policies(organisation, policy)
        answers = {
            ip: outcome(decide(ask(headers=pair(organisation), ip=ip), narrow, NOW))
            for ip in ("192.0.2.8", "192.0.2.9", "198.51.100.1", "")
        }
        assert answers == {
            "192.0.2.8": "forwarded",
            "192.0.2.9": 403,
            "198.51.100.1": 403,
            "": 403,
        }


def person(organisation, email="ada@example.com", **changes):
    aud = organisation.applications[0].aud
    found = Identity(aud, NOW, NOW + 60, email, "subject", login_method="onetimepin", token="t")
    return replace(found, **changes)


class TestPeople:
    def decided(self, organisation, *policies, who=(), **changes):
        guarded = with_policies(organisation, *policies, **changes)
        return decide(ask(identities=tuple(who)), guarded, NOW)

    def test_rule_24_admitted_by_any_of_their_tokens(self, organisation):
        ada, grace = person(organisation), person(organisation, "grace@example.com")
        only_grace = Policy("Grace", PolicyDecision.ALLOW, (EmailIs("grace@example.com"),))
        decision = self.decided(organisation, only_grace, who=(ada, grace))
        assert (outcome(decision), decision.identity) == ("forwarded", grace)
        decision = self.decided(organisation, only_grace, who=(ada,))
        assert (outcome(decision), decision.identity) == (403, ada)

    @pytest.mark.parametrize(("method", "expected"), [("onetimepin", "forwarded"), ("saml", 403)])
    def test_rule_17_by_their_login_method(self, organisation, method, expected):
        policy = Policy("By PIN", PolicyDecision.ALLOW, (LoginMethodIs("onetimepin"),))
        who = [person(organisation, login_method=method)]
        assert outcome(self.decided(organisation, policy, who=who)) == expected

    def test_rule_17_never_by_service_auth(self, organisation):
        policy = Policy("Ada?", PolicyDecision.NON_IDENTITY, (EmailIs("ada@example.com"),))
        for policies in ((policy,), (replace(policy, decision=PolicyDecision.BYPASS),)):
            decision = self.decided(organisation, *policies, who=[person(organisation)])
            assert isinstance(decision, Deny)

    def test_a_denial_that_says_whose(self, organisation):
        decision = self.decided(organisation, DENY, ALLOW, who=[person(organisation)])
        assert decision.identity.email == "ada@example.com"
        assert decision.reason == "logged in and blocked by a policy"

    def test_a_token_without_its_binding_says_so(self, organisation):
        changes = {"enable_binding_cookie": True}
        decision = self.decided(organisation, ALLOW, who=[person(organisation)], **changes)
        assert isinstance(decision, LogIn)
        assert decision.reason == "application token without its binding cookie"
        bound = person(organisation, is_bound=True)
        assert outcome(self.decided(organisation, ALLOW, who=[bound], **changes)) == "forwarded"

    @pytest.mark.parametrize(("revoked_at", "expected"), [(NOW, "forwarded"), (NOW + 1, 302)])
    def test_a_token_from_before_the_application_s_were_revoked(
        self, organisation, revoked_at, expected
    ):
        changes = {"tokens_revoked_at": revoked_at}
        decision = self.decided(organisation, ALLOW, who=[person(organisation)], **changes)
        assert outcome(decision) == expected

    def test_a_certificate_s_token_stands_for_nothing(self, organisation):
        service_auth = organisation.applications[0].policies[0]
        who = [person(organisation, email="", common_name="a machine")]
        for each in (organisation, organisation.legacy()):
            assert outcome(self.decided(each, ALLOW, service_auth, who=who)) == 302


BLOCK_ADA = Policy("Not Ada", PolicyDecision.DENY, (EmailIs("ada@example.com"),))
ALLOW_ADA = Policy("Ada", PolicyDecision.ALLOW, (EmailIs("ada@example.com"),))
ELSEWHERE = Policy("Elsewhere", PolicyDecision.BYPASS, (IpIn("192.0.2.1"),))
HERE = Policy("Here", PolicyDecision.BYPASS, (IpIn("127.0.0.1"),))
CREDENTIALS = {
    "": lambda organisation: [],
    "good": pair,
    "other": lambda organisation: pair(organisation, sample.OTHER_TOKEN),
    "wrong": lambda organisation: wrong_secret(pair(organisation)),
}


def told_again(kinds, credentials, who, is_strict):
    """Return the outcome as the documentation tells it, for the policies of the test below."""
    for kind in kinds:
        if kind == "here":
            return "forwarded"
        if kind == "service auth" and credentials == "good":
            return "forwarded"
    if credentials and is_strict:
        return 401 if credentials == "wrong" else 403
    if "ada" not in kinds:
        return 401 if "service auth" in kinds else 403
    if not who:
        return 302
    first = next(kind for kind in kinds if kind in {"ada", "not ada"})
    return "forwarded" if who == "ada" and first == "ada" else 403


class TestOrder:
    @pytest.mark.parametrize("mode", ["strict", "legacy"])
    @pytest.mark.parametrize("who", ["", "ada", "grace"])
    @pytest.mark.parametrize("credentials", CREDENTIALS)
    def test_rule_17_in_every_order_of_policies(self, organisation, credentials, who, mode):
        known = {
            "ada": ALLOW_ADA,
            "not ada": BLOCK_ADA,
            "elsewhere": ELSEWHERE,
            "here": HERE,
            "service auth": organisation.applications[0].policies[0],
        }
        people = (person(organisation, f"{who}@example.com"),) if who else ()
        request = ask(headers=CREDENTIALS[credentials](organisation), identities=people)
        for count in range(1, len(known) + 1):
            for kinds in permutations(known, count):
                guarded = with_policies(organisation, *(known[kind] for kind in kinds))
                guarded = replace(guarded, is_strict=mode == "strict")
                expected = told_again(kinds, credentials, who, guarded.is_strict)
                assert outcome(decide(request, guarded, NOW)) == expected, kinds


class TestNeverRaises:
    NAMES = st.sampled_from(
        ["Host", *PAIR, "Cookie", "Origin", "Access-Control-Request-Method", "X-Requested-With"]
    )

    @settings(max_examples=300, deadline=None)
    @given(
        method=st.sampled_from(["GET", "HEAD", "OPTIONS", "get", "", "CONNECT"]) | st.text(),
        target=st.text() | st.text("/.%25Ffcdnservtk-;\\").map("/{}".format),
        headers=st.lists(st.tuples(NAMES, st.text())),
        has_host=st.booleans(),
    )
    def test_whatever_is_asked(self, organisation, method, target, headers, has_host):
        host = [("Host", "localhost")] if has_host else []
        request = EdgeRequest(method, target, (*host, *headers))
        assert outcome(decide(request, organisation, NOW)) is not None


class TestCertificates:
    CERTIFICATE = ClientCertificate("a machine", "f" * 64, authorities=frozenset({"ca"}))

    def decided(self, organisation, *selectors, certificate=CERTIFICATE, hosts=("localhost",)):
        policy = Policy("Certificates", PolicyDecision.NON_IDENTITY, selectors)
        ca = CaCertificate("ca", "Local CA", "", "", hosts)
        known = replace(with_policies(organisation, policy), certificates=(ca,))
        return decide(ask(certificate=certificate), known, NOW)

    @pytest.mark.parametrize("selector", [ValidCertificate(), CommonNameIs("a machine")])
    def test_of_a_ca_of_this_host(self, organisation, selector):
        decision = self.decided(organisation, selector)
        assert (outcome(decision), decision.is_signed) == ("forwarded", True)
        assert decision.certificate == self.CERTIFICATE
        assert decision.sets_cookie
        assert self.decided(organisation.legacy(), selector).sets_cookie

    @pytest.mark.parametrize(
        "changes",
        [
            {"certificate": None},
            {"hosts": ()},
            {"hosts": ("service-token.localhost",)},
            {"certificate": replace(CERTIFICATE, authorities=frozenset())},
            {"certificate": replace(CERTIFICATE, authorities=frozenset({"deleted"}))},
        ],
    )
    def test_of_no_ca_of_this_host_like_none(self, organisation, changes):
        assert outcome(self.decided(organisation, ValidCertificate(), **changes)) == 401

    def test_of_another_name(self, organisation):
        assert outcome(self.decided(organisation, CommonNameIs("another"))) == 401


class TestCountries:
    @pytest.mark.parametrize(("country", "expected"), [("gb", "forwarded"), ("FR", 403), ("", 403)])
    def test_rule_17_of_the_organisation(self, organisation, country, expected):
        demo = organisation.service_token(sample.DEMO_TOKEN)
        policy = Policy(
            "From GB", PolicyDecision.NON_IDENTITY, (ServiceTokenIs(demo.id),), (CountryIs("GB"),)
        )
        placed = replace(with_policies(organisation, policy), country=country)
        assert outcome(decide(ask(headers=pair(organisation)), placed, NOW)) == expected


class TestKeepsSecrets:
    def test_out_of_every_text(self, organisation):
        token = organisation.service_token(sample.DEMO_TOKEN)
        decision = decide(ask(headers=pair(organisation)), organisation, NOW)
        assert token.client_secret not in repr(decision)
        assert token.client_secret not in repr(organisation)
