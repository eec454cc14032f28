"""The numbered behaviours of a faithful local edge, over real sockets, strict and legacy."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from barbican.edge.organisation import sample
from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.model import (
    Application,
    CorsHeaders,
    Organisation,
    Policy,
    PolicyDecision,
)
from barbican.edge.organisation.selectors import CountryIs, EmailDomainIs, EmailIs, Everyone, IpIn
from barbican.edge.server import Options
from barbican.edge.tokens.binding import binding_of
from barbican.edge.tokens.issuer import sign
from tests.edge.conftest import PAIR, RunningEdge, pair, with_policies
from tests.edge.wire import get

# Behaviours whose tests are beside the part that makes them.
ELSEWHERE = {
    20: "test_login.py",
    21: "test_login.py",
    22: "test_login.py",
    25: "test_sessions.py",
    26: "test_sessions.py",
    32: "test_mtls.py",
    34: "api/test_service_tokens.py",
}

ADA = "ada@example.com"
JWT_FORM = r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"
AJAX = ("X-Requested-With", "XMLHttpRequest")

# Stands for the sample's own policy: Service Auth with the demo's service token.
SERVICE_AUTH = Policy("Service Auth for the demo", PolicyDecision.NON_IDENTITY, ())
ALLOW = Policy("Everyone", PolicyDecision.ALLOW, (Everyone(),))
ALLOW_ADA = Policy("Ada", PolicyDecision.ALLOW, (EmailIs(ADA),))
BLOCK_ADA = Policy("Not Ada", PolicyDecision.DENY, (EmailIs(ADA),))
BLOCK = Policy("Nobody", PolicyDecision.DENY, (Everyone(),))
BYPASS = Policy("Open", PolicyDecision.BYPASS, (Everyone(),))
FROM_LOOPBACK = Policy("Loopback", PolicyDecision.NON_IDENTITY, (IpIn("127.0.0.0/8"),))

# What only the edge may say, or may read from a caller with reason. None of it is worth anything.
FORGED = [
    ("Cf-Access-Jwt-Assertion", "forged"),
    ("cf_access_jwt_assertion", "forged"),
    ("Cf-Access-Authenticated-User-Email", "forged@example.com"),
    ("Cf-Access-Token", "forged"),
    ("Cf-Access-Aud", "forged"),
    ("Cf-Client-Cert-Sha256", "forged"),
    ("Cf-Connecting-Ip", "forged"),
    ("CF_Connecting_IP", "forged"),
    ("Cf-Ipcountry", "forged"),
    ("Cf-Ray", "forged"),
    ("Cf-Visitor", "forged"),
    ("Cdn-Loop", "forged"),
    ("True-Client-Ip", "forged"),
    ("X-Forwarded-Proto", "forged"),
    ("Cookie", "CF_Binding=forged"),
]


@dataclass(frozen=True)
class Given(Options):
    """The edge's options, with an organisation that no file holds: much faster to change."""

    organisation: Organisation | None = None

    def applied(self, organisation):
        return self.organisation or organisation


@dataclass
class World:
    """One row's edge, its organisation, and what that was before the row changed it."""

    edge: RunningEdge
    base: Organisation
    organisation: Organisation

    @property
    def application(self) -> Application:
        return self.organisation.applications[0]

    @property
    def names(self) -> dict[str, str]:
        return {
            "aud": self.application.aud,
            "team": self.edge.team_domain,
            "id": self.base.service_token(sample.DEMO_TOKEN).client_id,
        }

    def person(self, email: str = ADA, **claims) -> str:
        return self.token({"email": email, "sub": "a-person", "identity_nonce": "x", **claims})

    def machine(self, name: str = sample.DEMO_TOKEN, **claims) -> str:
        client_id = self.base.service_token(name).client_id
        return self.token({"common_name": client_id, "sub": "", **claims})

    def token(self, claims) -> str:
        now = int(self.edge.clock[0])
        common = {
            "type": "app",
            "aud": [self.application.aud],
            "iss": self.edge.team_domain,
            "iat": now,
            "exp": now + 600,
        }
        return sign({**common, **claims}, self.edge.folder.state().keys.current)

    def binding(self, token: str) -> str:
        return binding_of(token, self.edge.folder.state().keys.current)


Change = Callable[[Organisation], Organisation]
HeadersOf = Callable[[World], list[tuple[str, str]]]


@dataclass
class Outcome:
    """The status, and headers as patterns: {aud}, {team} and {id} are this row's."""

    status: int
    to_caller: dict[str, str] = field(default_factory=dict)
    to_origin: dict[str, str] = field(default_factory=dict)
    not_to_caller: tuple[str, ...] = ()
    not_to_origin: tuple[str, ...] = ()
    by_the_edge: bool = False  # a 200 that no origin gave


@dataclass
class Row:
    number: int
    words: str
    strict: Outcome | int
    legacy: Outcome | int | None = None  # None is as strict
    change: Change = lambda organisation: organisation
    headers: HeadersOf = lambda world: []
    target: str = "/service-token/"
    host: str = "localhost:8080"
    method: str = "GET"

    @property
    def id(self) -> str:
        return f"{self.number:02} {self.words}"

    def outcome(self, mode: str) -> Outcome:
        found = self.strict if mode == "strict" or self.legacy is None else self.legacy
        return Outcome(found) if isinstance(found, int) else found


def policies(*given: Policy, **changes) -> Change:
    def change(organisation):
        own = organisation.applications[0].policies[0]
        return with_policies(
            organisation, *(own if each is SERVICE_AUTH else each for each in given), **changes
        )

    return change


def without_401(organisation):
    return organisation.without_401()


def applications(*named: tuple[str, tuple[str, ...]]) -> Change:
    """Return a change to applications of these AUD letters and destinations, which deny."""

    def change(organisation):
        made = [
            Application(letter, letter * 64, tuple(map(Destination.parse, uris)), ())
            for letter, uris in named
        ]
        return replace(organisation, applications=tuple(made))

    return change


def good(world):
    return pair(world.base)


def by_name(name):
    return lambda world: pair(world.base, name)


def wrong_secret(world):
    return [pair(world.base)[0], (PAIR[1], sample.client_secret())]


def unknown_id(world):
    return [(PAIR[0], "f" * 32 + ".access"), pair(world.base)[1]]


def single(world, header="Authorization"):
    (_id, client_id), (_secret, secret) = pair(world.base)
    both = {"cf-access-client-id": client_id, "cf-access-client-secret": secret}
    return [(header, json.dumps(both))]


def cookie(token_of):
    return lambda world: [("Cookie", f"CF_Authorization={token_of(world)}")]


def token_header(token_of):
    return lambda world: [("Cf-Access-Token", token_of(world))]


def rotated(seconds):
    def change(organisation):
        tokens = tuple(
            replace(
                token,
                client_secret=sample.client_secret(),
                previous_client_secret=token.client_secret,
                previous_client_secret_expires_at=2_000_000_000 if seconds > 0 else 1,
            )
            for token in organisation.service_tokens
        )
        return replace(organisation, service_tokens=tokens)

    return change


def preflight(origin="https://app.example", method="PUT", wanted="X-Mine"):
    return lambda world: [
        ("Origin", origin),
        ("Access-Control-Request-Method", method),
        ("Access-Control-Request-Headers", wanted),
    ]


ANSWERS = CorsHeaders(
    allowed_origins=("https://app.example",),
    allowed_methods=("GET", "PUT"),
    allowed_headers=("X-Mine",),
    allow_credentials=True,
    max_age=600,
)
SIGNED = Outcome(200, to_origin={"Cf-Access-Jwt-Assertion": JWT_FORM})
UNSIGNED = Outcome(
    200, not_to_origin=("Cf-Access-Jwt-Assertion", "Cf-Access-Authenticated-User-Email")
)
TO_LOGIN = Outcome(302, to_caller={"Location": r"{team}/cdn-cgi/access/login/.+"})
NO_REDIRECT = {"not_to_caller": ("Location", "Set-Cookie")}
UNAUTHORISED = Outcome(401, **NO_REDIRECT)
FORBIDDEN = Outcome(403, **NO_REDIRECT)
PERSON = Outcome(
    200,
    to_origin={
        "Cf-Access-Jwt-Assertion": JWT_FORM,
        "Cf-Access-Authenticated-User-Email": re.escape(ADA),
    },
    not_to_origin=("Cf-Access-Token",),
)
BOTH = policies(SERVICE_AUTH, ALLOW)
SINGLE = {"read_service_tokens_from_header": "Authorization"}
BOUND = policies(ALLOW_ADA, enable_binding_cookie=True)
SEVERAL = applications(
    ("a", ("localhost/alpha", "localhost/foo*/bar")),
    ("b", ("localhost/alpha/one",)),
    ("c", ("*.localhost", "localhost/gamma/*")),
    ("d", ("one.localhost",)),
)


def with_bindings(*bindings_of):
    def headers(world):
        token = world.person()
        crumbs = [f"CF_Authorization={token}"]
        crumbs += [f"CF_Binding={each(world, token)}" for each in bindings_of]
        return [("Cookie", "; ".join(crumbs))]

    return headers


def own_binding(world, token):
    return world.binding(token)


def other_binding(world, token):
    return world.binding(world.person(exp=int(world.edge.clock[0]) + 601))


def at(letter):
    return Outcome(403, to_caller={"Cf-Access-Aud": letter * 64})


ROWS = [
    Row(1, "most specific path", at("b"), change=SEVERAL, target="/alpha/one/x"),
    Row(1, "broader path for the rest", at("a"), change=SEVERAL, target="/alpha/two"),
    Row(1, "wildcard inside a path", at("a"), change=SEVERAL, target="/food/stuff/bar"),
    Row(1, "wildcard host", at("c"), change=SEVERAL, host="two.localhost", target="/alpha"),
    Row(1, "exact host before wildcard", at("d"), change=SEVERAL, host="one.localhost", target="/"),
    Row(1, "one host level only", UNSIGNED, change=SEVERAL, host="a.two.localhost", target="/"),
    Row(1, "/gamma/* below", at("c"), change=SEVERAL, target="/gamma/x"),
    Row(1, "/gamma/* leaves /gamma open", UNSIGNED, change=SEVERAL, target="/gamma"),
    Row(1, "a longer name is another path", UNSIGNED, change=SEVERAL, target="/alphabet"),
    Row(1, "no application passes through", UNSIGNED, headers=good, target="/"),
    Row(2, "ports are ignored", SIGNED, headers=good, host="localhost:65000"),
    Row(2, "the local port is kept", Outcome(200, to_origin={"Host": "localhost:8080"}),
        headers=good),
    Row(3, "unknown reserved path", 404, target="/cdn-cgi/access/nothing-here"),
    Row(3, "reserved on every host", 404, target="/cdn-cgi/access/nothing-here",
        host="other.test"),
    Row(3, "resource metadata", 404,
        target="/.well-known/cloudflare-access-protected-resource/service-token"),
    Row(4, "credentials never arrive", replace(SIGNED, not_to_origin=PAIR), headers=good),
    Row(4, "nor past every application", replace(UNSIGNED, not_to_origin=PAIR), headers=good,
        target="/"),
    Row(4, "nor under Bypass", replace(UNSIGNED, not_to_origin=PAIR), headers=good,
        change=policies(BYPASS)),
    Row(5, "good pair", replace(SIGNED, not_to_origin=("Cf-Access-Authenticated-User-Email",)),
        headers=good),
    Row(5, "good pair in one header", replace(SIGNED, not_to_origin=("Authorization",)),
        headers=single, change=policies(**SINGLE)),
    Row(6, "cookie only in legacy",
        replace(SIGNED, not_to_caller=("Set-Cookie",)),
        replace(SIGNED, to_caller={
            "Set-Cookie": JWT_FORM.join(
                ["CF_Authorization=", r"; Expires=.+ GMT; Path=/; Secure; SameSite=none"])}),
        headers=good),
    Row(6, "cookie on an error of the origin",
        Outcome(502, not_to_caller=("Set-Cookie",)),
        Outcome(502, to_caller={"Set-Cookie": "CF_Authorization=eyJ.+"}),
        headers=good, target="/break",
        change=policies(destinations=(Destination.parse("localhost/break"),))),
    Row(7, "unknown Client ID", UNAUTHORISED, TO_LOGIN, headers=unknown_id, change=BOTH),
    Row(7, "wrong Client Secret", UNAUTHORISED, TO_LOGIN, headers=wrong_secret, change=BOTH),
    Row(7, "expired", UNAUTHORISED, TO_LOGIN, headers=by_name(sample.EXPIRED_TOKEN), change=BOTH),
    Row(7, "disabled", UNAUTHORISED, TO_LOGIN, headers=by_name(sample.DISABLED_TOKEN), change=BOTH),
    Row(7, "half a pair", UNAUTHORISED, TO_LOGIN, headers=lambda w: good(w)[:1], change=BOTH),
    Row(7, "the other half", UNAUTHORISED, TO_LOGIN, headers=lambda w: good(w)[1:], change=BOTH),
    Row(7, "duplicates", UNAUTHORISED, TO_LOGIN, headers=lambda w: [*good(w), good(w)[0]],
        change=BOTH),
    Row(7, "both header styles", UNAUTHORISED, TO_LOGIN, headers=lambda w: [*good(w), *single(w)],
        change=policies(SERVICE_AUTH, ALLOW, **SINGLE)),
    Row(7, "whatever else would admit", UNAUTHORISED, SIGNED, headers=wrong_secret,
        change=policies(FROM_LOOPBACK)),
    Row(7, "Bypass alone still admits", UNSIGNED, headers=wrong_secret, change=policies(BYPASS)),
    Row(7, "cookies of people do not help", UNAUTHORISED, PERSON, change=policies(ALLOW_ADA),
        headers=lambda w: [*wrong_secret(w), *cookie(World.person)(w)]),
    Row(8, "valid but unmatched", FORBIDDEN, TO_LOGIN, headers=by_name(sample.OTHER_TOKEN),
        change=BOTH),
    Row(9, "failed is like none", UNAUTHORISED, FORBIDDEN, headers=wrong_secret,
        change=without_401),
    Row(9, "unmatched is like none", FORBIDDEN, FORBIDDEN, headers=by_name(sample.OTHER_TOKEN),
        change=without_401),
    Row(9, "failed is like none with the 401 option", UNAUTHORISED, headers=wrong_secret),
    Row(10, "previous secret in its grace", SIGNED, headers=good, change=rotated(60)),
    Row(10, "previous secret after it", UNAUTHORISED, headers=good, change=rotated(0)),
    Row(10, "current secret", SIGNED, change=rotated(0),
        headers=lambda w: pair(w.organisation)),
    Row(10, "deleted is unknown", UNAUTHORISED, headers=good,
        change=lambda organisation: replace(organisation, service_tokens=())),
    Row(11, "stranger under Allow",
        replace(TO_LOGIN, to_caller={
            "Location": r"{team}/cdn-cgi/access/login/localhost\?kid={aud}&meta=.+&redirect_url=.+",
            "Set-Cookie": "CF_AppSession=.+; Expires=.+ GMT; Path=/; Secure; HttpOnly",
            "WWW-Authenticate": 'Cloudflare-Access resource_metadata="http://localhost:8080/.+"',
            "Access-Control-Allow-Credentials": "true",
            "Cf-Access-Domain": "localhost",
            "Cache-Control": ".*no-store.*"}),
        change=policies(ALLOW)),
    Row(12, "stranger under Service Auth alone", FORBIDDEN, change=without_401),
    Row(12, "an application without a policy", at("a"), change=SEVERAL, target="/alpha"),
    Row(12, "with a page of its own for the denied",
        Outcome(302, to_caller={"Location": "https://help.example/why"}),
        change=lambda organisation: policies(
            custom_non_identity_deny_url="https://help.example/why")(organisation.without_401())),
    Row(13, "401 for Service Auth", UNAUTHORISED),
    Row(13, "rule 11 left alone", TO_LOGIN, change=BOTH),
    Row(14, "script under Allow", UNAUTHORISED, headers=lambda w: [AJAX], change=policies(ALLOW)),
    Row(14, "script under Service Auth alone", FORBIDDEN, headers=lambda w: [AJAX],
        change=without_401),
    Row(14, "another value", TO_LOGIN, change=policies(ALLOW),
        headers=lambda w: [("X-Requested-With", "fetch")]),
    Row(15, "preflight", FORBIDDEN, headers=preflight(), method="OPTIONS", change=BOTH),
    Row(15, "preflight to the origin", UNSIGNED, headers=preflight(), method="OPTIONS",
        change=policies(options_preflight_bypass=True)),
    Row(15, "only a preflight", UNAUTHORISED, method="OPTIONS",
        change=policies(options_preflight_bypass=True)),
    Row(15, "preflight answered by the edge",
        Outcome(200, by_the_edge=True, to_caller={
            "Access-Control-Allow-Origin": "https://app.example",
            "Access-Control-Allow-Methods": "PUT",
            "Access-Control-Allow-Headers": "X-Mine",
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Max-Age": "600",
            "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}),
        headers=preflight(), method="OPTIONS", change=policies(cors_headers=ANSWERS)),
    Row(15, "preflight from elsewhere",
        Outcome(200, by_the_edge=True, to_caller={"Vary": "Origin, .+"},
                not_to_caller=("Access-Control-Allow-Origin", "Access-Control-Allow-Methods")),
        headers=preflight(origin="https://evil.example"), method="OPTIONS",
        change=policies(cors_headers=ANSWERS)),
    Row(15, "no CORS header on a real answer",
        replace(SIGNED, not_to_caller=("Access-Control-Allow-Origin",)),
        headers=lambda w: [("Origin", "https://app.example"), *good(w)],
        change=policies(cors_headers=ANSWERS)),
    Row(16, "denial in JSON",
        Outcome(401, to_caller={
            "Content-Type": "application/json", "Cf-Access-Aud": "{aud}",
            "Cf-Access-Domain": "localhost", "Cf-Ray": "[0-9a-f]{{16}}-LOC",
            "Server": "cloudflare", "Cache-Control": ".*no-store.*"})),
    Row(16, "denial in HTML",
        Outcome(401, to_caller={"Content-Type": "text/html; charset=utf-8",
                                "Cf-Access-Aud": "{aud}"}),
        headers=lambda w: [("Accept", "text/html,*/*;q=0.8")]),
    Row(16, "domain as configured", Outcome(403, to_caller={"Cf-Access-Domain": r"\*\.localhost"}),
        change=SEVERAL, host="two.localhost"),
    Row(17, "Service Auth before Block", SIGNED, headers=good,
        change=policies(BLOCK, ALLOW, SERVICE_AUTH)),
    Row(17, "Bypass before Block", UNSIGNED, change=policies(BLOCK, BYPASS)),
    Row(17, "first of Bypass and Service Auth", UNSIGNED, headers=good,
        change=policies(BYPASS, SERVICE_AUTH)),
    Row(17, "second of Bypass and Service Auth", SIGNED, headers=good,
        change=policies(SERVICE_AUTH, BYPASS)),
    Row(17, "Allow before Block", PERSON, headers=cookie(World.person),
        change=policies(ALLOW_ADA, BLOCK)),
    Row(17, "Block before Allow", FORBIDDEN, headers=cookie(World.person),
        change=policies(BLOCK_ADA, ALLOW)),
    Row(17, "default deny for a person", FORBIDDEN, headers=cookie(World.person),
        change=policies(Policy("x", PolicyDecision.ALLOW, (EmailDomainIs("example.org"),)))),
    Row(17, "default deny for a stranger", FORBIDDEN, change=policies(BLOCK)),
    Row(17, "require and exclude", FORBIDDEN, headers=cookie(World.person),
        change=policies(replace(ALLOW, exclude=(IpIn("127.0.0.1"),)))),
    Row(17, "country", PERSON, headers=cookie(World.person),
        change=lambda organisation: replace(
            policies(replace(ALLOW_ADA, require=(CountryIs("GB"),)))(organisation), country="GB")),
    Row(17, "another country", FORBIDDEN, headers=cookie(World.person),
        change=lambda organisation: replace(
            policies(replace(ALLOW_ADA, require=(CountryIs("GB"),)))(organisation), country="FR")),
    Row(17, "denied to a page of the application's",
        Outcome(302, to_caller={"Location": "https://help.example/who"}),
        headers=cookie(World.person),
        change=policies(BLOCK_ADA, ALLOW, custom_deny_url="https://help.example/who")),
    Row(18, "Bypass", UNSIGNED, change=policies(BYPASS)),
    Row(18, "Bypass with a person's cookie", UNSIGNED, headers=cookie(World.person),
        change=policies(BYPASS)),
    Row(19, "service token under Allow", FORBIDDEN, TO_LOGIN, headers=good,
        change=policies(ALLOW)),
    Row(23, "person in the cookie", replace(PERSON, not_to_caller=("Set-Cookie",)),
        headers=cookie(World.person), change=policies(ALLOW_ADA)),
    Row(23, "the cookie itself arrives",
        Outcome(200, to_origin={"Cookie": f"a=b; CF_Authorization={JWT_FORM}"}),
        headers=lambda w: [("Cookie", f"a=b; CF_Authorization={w.person()}")],
        change=policies(ALLOW_ADA)),
    Row(24, "person in Cf-Access-Token", PERSON, headers=token_header(World.person),
        change=policies(ALLOW_ADA)),
    Row(24, "several cookies, one is ours", PERSON, change=policies(ALLOW_ADA),
        headers=lambda w: [("Cookie", "; ".join(
            f"CF_Authorization={token}" for token in
            ("no token", w.person(aud=["b" * 64]), w.person(type="org"), w.person())))]),
    Row(24, "another application's token", TO_LOGIN, change=policies(ALLOW),
        headers=cookie(lambda w: w.person(aud=["b" * 64]))),
    Row(24, "global session token", TO_LOGIN, change=policies(ALLOW),
        headers=cookie(lambda w: w.person(type="org"))),
    Row(24, "another issuer's token", TO_LOGIN, change=policies(ALLOW),
        headers=cookie(lambda w: w.person(iss="http://127.0.0.1:1"))),
    Row(24, "expired token", TO_LOGIN, change=policies(ALLOW),
        headers=cookie(lambda w: w.person(exp=int(w.edge.clock[0])))),
    Row(24, "tampered token", TO_LOGIN, change=policies(ALLOW),
        headers=cookie(lambda w: w.person()[:-6] + "AAAAAA")),
    Row(24, "person at a Service-Auth-only application", FORBIDDEN, headers=cookie(World.person),
        change=without_401),
    Row(24, "machine's token in place of the pair", TO_LOGIN, SIGNED,
        headers=cookie(World.machine), change=BOTH),
    Row(24, "machine's token in Cf-Access-Token", TO_LOGIN, SIGNED,
        headers=token_header(World.machine), change=BOTH),
    Row(24, "machine's token without an Allow policy", FORBIDDEN, headers=cookie(World.machine),
        change=without_401),
    Row(24, "machine's token that no policy names", TO_LOGIN, change=BOTH,
        headers=cookie(lambda w: w.machine(sample.OTHER_TOKEN))),
    Row(24, "machine's token of a disabled service token", TO_LOGIN, change=BOTH,
        headers=cookie(lambda w: w.machine(sample.DISABLED_TOKEN))),
    Row(24, "bound with its binding cookie",
        replace(PERSON, to_origin={"Cookie": f"CF_Authorization={JWT_FORM}"}),
        headers=with_bindings(own_binding), change=BOUND),
    Row(24, "stolen without its binding cookie", TO_LOGIN, headers=with_bindings(), change=BOUND),
    Row(24, "stolen with another's binding cookie", TO_LOGIN, headers=with_bindings(other_binding),
        change=BOUND),
    Row(24, "stolen into Cf-Access-Token", TO_LOGIN, headers=token_header(World.person),
        change=BOUND),
    Row(30, "what the edge knows",
        Outcome(200, to_caller={"Cf-Ray": "[0-9a-f]{{16}}-LOC"}, to_origin={
            "Cf-Connecting-Ip": r"127\.0\.0\.1", "X-Forwarded-For": r"203\.0\.113\.1, 127\.0\.0\.1",
            "X-Forwarded-Proto": "http", "Cf-Visitor": r'\{{"scheme":"http"\}}',
            "Cf-Ray": "[0-9a-f]{{16}}-LOC", "Cdn-Loop": "cloudflare", "Host": "localhost:8080"},
            not_to_origin=("Cf-Ipcountry",)),
        headers=lambda w: [("X-Forwarded-For", "203.0.113.1")], target="/"),
    Row(30, "the country where there is one", Outcome(200, to_origin={"Cf-Ipcountry": "GB"}),
        target="/", change=lambda organisation: replace(organisation, country="gb")),
    Row(31, "path and query byte for byte", SIGNED, headers=good,
        target="/service-token/caf%C3%A9/%7Ea?a=%zz&b=%2F&&c"),
    Row(33, "metadata for cloudflared",
        Outcome(200, by_the_edge=True, not_to_caller=("X-Origin",),
                to_caller={"Cf-Access-Metadata": JWT_FORM, "Cf-Access-Aud": "{aud}"}),
        headers=lambda w: [("CF-Access-Metadata-Request", "true")], method="HEAD"),
    Row(33, "only for HEAD", UNAUTHORISED,
        headers=lambda w: [("CF-Access-Metadata-Request", "true")]),
    Row(33, "only with true", UNAUTHORISED, method="HEAD",
        headers=lambda w: [("CF-Access-Metadata-Request", "1")]),
    Row(33, "not without an application",
        Outcome(200, to_caller={"X-Origin": "yes"}, not_to_caller=("Cf-Access-Metadata",)),
        headers=lambda w: [("CF-Access-Metadata-Request", "true")], method="HEAD", target="/"),
]  # fmt: skip


@pytest.fixture(scope="module")
def row_edge(start_edge):
    return start_edge()


@pytest.fixture
def start(row_edge):
    """Return what makes a row's world: one edge for all of them, with the row's organisation."""
    base = row_edge.organisation

    def begin(change, mode):
        changed = replace(change(base), is_strict=mode == "strict")
        row_edge.edge.options = Given(row_edge.edge.options.origin, organisation=changed)
        return World(row_edge, base, changed)

    return begin


def expect(found, patterns, absent, names, side):
    for name, pattern in patterns.items():
        said = ", ".join(found.values(name))
        filled = pattern.replace("{{", "\0").replace("}}", "\1")
        for key, value in names.items():
            filled = filled.replace(f"{{{key}}}", re.escape(value))
        filled = filled.replace("\0", "{").replace("\1", "}")
        assert re.fullmatch(filled, said), (side, name, said, filled)
    for name in absent:
        assert found.values(name) == [], (side, name)


@pytest.mark.parametrize("caller", ["honest", "forged"])
@pytest.mark.parametrize("mode", ["strict", "legacy"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_rule(start, origin, row, mode, caller):
    world = start(row.change, mode)
    sent = [*row.headers(world), *(FORGED if caller == "forged" else [])]
    reply = get(world.edge.port, row.target, sent, host=row.host, method=row.method)
    wanted = row.outcome(mode)
    assert reply.status == wanted.status
    expect(reply, wanted.to_caller, wanted.not_to_caller, world.names, "caller")
    is_forwarded = wanted.status in {200, 502} and not wanted.by_the_edge
    assert {each.target for each in origin.seen} == ({row.target} if is_forwarded else set())
    for seen in origin.seen:
        expect(seen, wanted.to_origin, wanted.not_to_origin, world.names, "origin")
        assert "forged" not in str(seen.headers)


def certs(edge, host="localhost"):
    reply = get(edge.port, "/cdn-cgi/access/certs", host=host)
    assert (reply.status, reply["Content-Type"]) == (200, "application/json")
    return json.loads(reply.body)


def verified(token, document):
    key_id = jwt.get_unverified_header(token)["kid"]
    (key,) = [key for key in document["keys"] if key["kid"] == key_id]
    options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"], options=options)


class TestSigns:
    @pytest.mark.parametrize(
        ("host", "target", "number"),
        [
            ("localhost:8080", "/service-token/", 0),
            ("127.0.0.1:8080", "/service-token", 0),
            ("service-token.localhost:8080", "/x?y", 1),
        ],
    )
    def test_rule_05_a_token_of_the_documented_shape(
        self, strict_edge, origin, host, target, number
    ):
        reply = get(strict_edge.port, target, pair(strict_edge.organisation), host=host)
        assert reply.status == 200
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

    @pytest.mark.parametrize(
        ("of_policy", "of_application", "seconds"),
        [(0, 3600, 60), (30, 3600, 30), (None, 3600, 3600), (None, 0, 60), (None, None, 86400)],
    )
    def test_rule_05_for_the_session_of_policy_else_application_else_a_day(
        self, start, origin, of_policy, of_application, seconds
    ):
        def change(organisation):
            own = replace(organisation.applications[0].policies[0], session_duration=of_policy)
            return with_policies(organisation, own, session_duration=of_application)

        world = start(change, "legacy")
        reply = get(world.edge.port, "/service-token/", good(world))
        [token] = origin.seen[0].values("Cf-Access-Jwt-Assertion")
        claims = verified(token, certs(world.edge))
        assert claims["exp"] - claims["iat"] == seconds
        expires = SimpleCookie(reply["Set-Cookie"])["CF_Authorization"]["expires"]
        assert parsedate_to_datetime(expires).timestamp() == claims["exp"]

    def test_rule_06_the_cookie_with_the_token_that_the_origin_got(self, start, origin):
        world = start(policies(), "legacy")
        reply = get(world.edge.port, "/service-token/", good(world))
        [token] = origin.seen[0].values("Cf-Access-Jwt-Assertion")
        assert SimpleCookie(reply["Set-Cookie"])["CF_Authorization"].value == token

    def test_rule_06_cookie_and_binding_that_work_together_only(self, start, origin):
        world = start(policies(SERVICE_AUTH, ALLOW, enable_binding_cookie=True), "legacy")
        reply = get(world.edge.port, "/service-token/", good(world))
        crumbs = [each.partition(";")[0] for each in reply.values("Set-Cookie")]
        assert [crumb.partition("=")[0] for crumb in crumbs] == ["CF_Authorization", "CF_Binding"]
        assert "; HttpOnly" in reply.values("Set-Cookie")[1]
        for sent, status in ((crumbs, 200), (crumbs[:1], 302), (crumbs[1:], 302)):
            reply = get(world.edge.port, "/service-token/", [("Cookie", "; ".join(sent))])
            assert reply.status == status

    @pytest.mark.parametrize("headers", [cookie(World.person), token_header(World.person)])
    def test_rule_23_and_24_nothing_anew_for_a_person(self, start, origin, headers):
        world = start(policies(ALLOW_ADA), "strict")
        sent = headers(world)
        assert get(world.edge.port, "/service-token/", sent).status == 200
        [token] = origin.seen[0].values("Cf-Access-Jwt-Assertion")
        assert sent[0][1].endswith(token)

    def test_rule_33_metadata_that_verifies(self, start, origin):
        world = start(SEVERAL, "strict")
        asks = [("CF-Access-Metadata-Request", "true")]
        reply = get(world.edge.port, "/", asks, host="two.localhost:8080", method="HEAD")
        claims = verified(reply["Cf-Access-Metadata"], certs(world.edge))
        assert claims == {
            "type": "match",
            "hostname": "two.localhost",
            "auth_domain": world.edge.team_domain.removeprefix("http://"),
            "aud": "c" * 64,
            "app_hostname": "*.localhost",
            "iat": int(world.edge.clock[0]),
        }


class TestDenies:
    def test_rule_09_legacy_says_nothing_of_the_token(self, start):
        world = start(without_401, "legacy")
        replies = [
            get(world.edge.port, "/service-token/", headers(world))
            for headers in (lambda world: [], wrong_secret, by_name(sample.OTHER_TOKEN))
        ]
        bodies = [re.sub(rb"[0-9a-f]{16}\"", b"", reply.body) for reply in replies]
        assert len(set(bodies)) == 1

    @pytest.mark.parametrize(
        ("change", "headers", "message"),
        [
            (policies(), lambda world: [], "Unauthorized. You don't have permission to view this."
             " Please contact your system administrator."),
            (without_401, lambda world: [], "Forbidden. You don't have permission to view this."
             " Please contact your system administrator."),
            (policies(BLOCK_ADA, ALLOW), cookie(World.person), "That account does not have access"),
            (policies(BLOCK_ADA, ALLOW, custom_deny_message="Ask <Grace>."), cookie(World.person),
             "Ask <Grace>."),
        ],
    )  # fmt: skip
    def test_rule_16_in_json_and_in_html_with_the_same_data(self, start, change, headers, message):
        world = start(change, "strict")
        reply = get(world.edge.port, "/service-token/", headers(world))
        facts = {
            "message": message,
            "status_code": reply.status,
            "aud": world.application.aud,
            "ray_id": reply["Cf-Ray"].partition("-")[0],
        }
        assert json.loads(reply.body) == facts
        sent = [*headers(world), ("Accept", "text/html")]
        reply = get(world.edge.port, "/service-token/", sent)
        [hidden] = re.findall(r'id="json_data" value="([^"]*)"', reply.body.decode())
        ray_id = reply["Cf-Ray"].partition("-")[0]
        assert json.loads(html.unescape(hidden)) == {**facts, "ray_id": ray_id}
        assert html.escape(message) in reply.body.decode()

    def test_rule_16_in_html_with_a_style_that_its_policy_names(self, strict_edge):
        reply = get(strict_edge.port, "/service-token/", [("Accept", "text/html,*/*;q=0.8")])
        page = reply.body.decode()
        assert '<html lang="en">' in page
        assert "for machines" in page
        [style] = re.findall(r"<style>(.*?)</style>", page)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in reply["Content-Security-Policy"]

    def test_rule_16_in_html_leads_back_to_the_portal(self, strict_edge):
        accept = ("Accept", "text/html")
        by_path = get(strict_edge.port, "/service-token/", [accept])
        assert '<a href="/">' in by_path.body.decode()
        by_host = get(strict_edge.port, "/", [accept], host="service-token.localhost:8080")
        assert '<a href="//localhost:8080/">' in by_host.body.decode()


class TestSendsToLogIn:
    def test_rule_11_with_all_that_the_login_page_needs(self, start):
        world = start(policies(ALLOW), "strict")
        reply = get(world.edge.port, "/service-token/?a=1&b=%2F")
        where = urlsplit(reply["Location"])
        query = parse_qs(where.query)
        assert query["kid"] == [world.application.aud]
        assert query["redirect_url"] == ["/service-token/?a=1&b=%2F"]
        meta = verified(query["meta"][0], certs(world.edge))
        assert (meta["hostname"], meta["auth_status"]) == ("localhost", "NONE")
        assert reply["WWW-Authenticate"] == (
            'Cloudflare-Access resource_metadata="http://localhost:8080'
            '/.well-known/cloudflare-access-protected-resource/service-token/"'
        )


class TestPublishes:
    def test_rule_27_two_keys_and_their_certificates_on_every_host(self, strict_edge):
        document = certs(strict_edge)
        assert certs(strict_edge, "service-token.localhost") == document
        assert certs(strict_edge, "127.0.0.1") == document
        assert set(document) == {"keys", "public_cert", "public_certs"}
        assert len(document["keys"]) == len(document["public_certs"]) == 2
        assert document["public_cert"] == document["public_certs"][0]
        assert get(strict_edge.port, "/cdn-cgi/access/certs", method="POST").status == 405

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

    def test_rule_28_a_person_s_token_until_its_key_is_the_third(self, start_edge, origin):
        edge = start_edge()
        world = World(edge, edge.organisation, edge.organisation)
        edge.folder.write_organisation(policies(ALLOW_ADA)(edge.organisation))
        sent = cookie(World.person)(world)
        statuses = []
        for _rotation in range(3):
            statuses.append(get(edge.port, "/service-token/", sent).status)
            edge.folder.rotate_keys()
        assert statuses == [200, 200, 302]

    def test_rule_29_keys_of_its_own_in_a_private_file(self, start_edge):
        one, other = start_edge(), start_edge()
        assert not {key["kid"] for key in certs(one)["keys"]} & {
            key["kid"] for key in certs(other)["keys"]
        }
        for edge in (one, other):
            assert (edge.folder.folder / "keys.json").stat().st_mode & 0o777 == 0o600


class TestNumbers:
    def test_each_is_here_or_elsewhere(self):
        named = re.findall(r"def test_rule_(\d\d)(?:_and_(\d\d))?", Path(__file__).read_text())
        here = {row.number for row in ROWS} | {int(n) for each in named for n in each if n}
        assert here | set(ELSEWHERE) == set(range(1, 35))
        assert not here & set(ELSEWHERE)

    def test_each_row_has_a_name_of_its_own(self):
        assert len({row.id for row in ROWS}) == len(ROWS)

    @pytest.mark.parametrize("name", sorted(set(ELSEWHERE.values())))
    def test_elsewhere_is_a_file(self, name):
        assert (Path(__file__).parent / name).exists()
