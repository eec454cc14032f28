"""Where nobody outside Cloudflare knows: each answer, and the other one."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import jwt
import pytest

from barbican.edge.organisation.choices import Choices
from tests.edge.test_behaviours import (
    ALLOW,
    BLOCK_ADA,
    BYPASS,
    SERVICE_AUTH,
    SINGLE,
    World,
    cookie,
    good,
    policies,
    row_edge,  # noqa: F401 - a fixture
    single,
    start,  # noqa: F401 - a fixture
)
from tests.edge.wire import get

# Fields of the parts that have their own tests.
ELSEWHERE = {"get_identity_error_status", "logout_delay"}


@dataclass
class Asked:
    """What the caller and the origin got."""

    reply: object
    origin: object

    @property
    def seen(self):
        [seen] = self.origin.seen
        return seen

    @property
    def claims(self):
        [token] = self.seen.values("Cf-Access-Jwt-Assertion")
        return jwt.decode(token, options={"verify_signature": False})


def lifetime(asked):
    return asked.claims["exp"] - asked.claims["iat"]


def audience(asked):
    return type(asked.claims["aud"])


def status(asked):
    return asked.reply.status


def client_ids(asked):
    return [len(asked.seen.values(name)) for name in ("Cf-Access-Jwt-Assertion", "Cf-Access-X")]


def authorization(asked):
    return len(asked.seen.values("Authorization"))


def attributes(asked):
    return asked.reply["Set-Cookie"].partition("; Path=/")[2]


def cache_control(asked):
    return asked.reply.values("Cache-Control")


def forged(world):
    return [("Cf-Access-Jwt-Assertion", "forged"), ("Cf-Access-X", "forged")]


PATH = "/service-token/"
CERTS = "/cdn-cgi/access/certs"
LEGACY = "legacy"

# Field: one line for each answer of (value, what is seen then), then how it is seen.
CASES = {
    "zero_session_lifetime": ([(60, 60), (5, 5)], lifetime, policies(), good, PATH),
    "audience_as_string": ([(False, list), (True, str)], audience, policies(), good, PATH),
    "service_auth_401_covers_allow": (
        [(False, 302), (True, 401)], status, policies(SERVICE_AUTH, ALLOW), lambda w: [], PATH),
    "strips_headers_on_bypass": (
        [(True, [0, 0]), (False, [1, 1])], client_ids, policies(BYPASS), forged, PATH),
    "strips_single_header": (
        [(True, 0), (False, 1)], authorization, policies(**SINGLE), single, PATH),
    "path_covers_longer_names": (
        [(False, 200), (True, 401)], status, policies(), lambda w: [], "/service-tokens"),
    "secure_cookies": (
        [(True, "; Secure; SameSite=none"), (False, "")], attributes, policies(), good, PATH),
    "http_only_by_default": (
        [(False, "; Secure; SameSite=none"), (True, "; Secure; HttpOnly; SameSite=none")],
        attributes, policies(), good, PATH),
    "identity_denied_status": (
        [(403, 403), (401, 401), (200, 200)], status, policies(BLOCK_ADA, ALLOW),
        cookie(World.person), PATH),
    "certs_cache_control": (
        [("", []), ("public, max-age=60", ["public, max-age=60"])],
        cache_control, policies(), lambda w: [], CERTS),
}  # fmt: skip
ANSWERS = [(name, *answer) for name, (answers, *_how) in CASES.items() for answer in answers]


class TestChoices:
    @pytest.mark.parametrize(("name", "value", "expected"), ANSWERS)
    def test_are_honoured(self, request, origin, name, value, expected):
        _answers, look, change, headers, target = CASES[name]

        def chosen(organisation):
            return replace(change(organisation), choices=Choices(**{name: value}))

        world = request.getfixturevalue("start")(chosen, LEGACY)
        reply = get(world.edge.port, target, headers(world))
        assert look(Asked(reply, origin)) == expected

    def test_have_a_case_each_with_the_default_first(self):
        assert set(CASES) | ELSEWHERE == {each.name for each in fields(Choices)}
        for name, (answers, *_how) in CASES.items():
            assert answers[0][0] == getattr(Choices(), name)
            assert len(answers) >= 2

    def test_leave_the_headers_of_bypass_to_the_edge_elsewhere(self, request, origin):
        def chosen(organisation):
            return replace(organisation, choices=Choices(strips_headers_on_bypass=False))

        world = request.getfixturevalue("start")(chosen, LEGACY)
        get(world.edge.port, PATH, [*forged(world), *good(world)])
        get(world.edge.port, "/", [("CF_Connecting_IP", "forged"), ("Cookie", "CF_Binding=forged")])
        for seen in origin.seen:
            assert "forged" not in str(seen.headers)

    def test_cover_the_cookie_of_the_login_too(self, request):
        def chosen(organisation):
            return replace(policies(ALLOW)(organisation), choices=Choices(secure_cookies=False))

        world = request.getfixturevalue("start")(chosen, LEGACY)
        assert "Secure" not in get(world.edge.port, PATH)["Set-Cookie"]


class TestRefuses:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"identity_denied_status": 100},
            {"identity_denied_status": 999},
            {"get_identity_error_status": 0},
            {"zero_session_lifetime": 0},
            {"zero_session_lifetime": -1},
        ],
        ids=str,
    )
    def test_an_answer_that_is_none(self, wrong):
        with pytest.raises(ValueError, match=r"status of an answer|a second at least"):
            Choices(**wrong)
