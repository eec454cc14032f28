"""What the edge signs, others accept; what nobody should accept, nobody does."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from urllib.request import Request, urlopen

import jwt
import pytest

from tests.conformance.verifiers import RefusedError
from tests.echo import heard_header

ADA = "ada@example.com"


def through_the_edge(edge, headers):
    """Return the application token that the origin got with a request."""
    with urlopen(Request(f"{edge.url}/reports", headers=headers), timeout=10) as answer:
        return heard_header(answer.read(), "Cf-Access-Jwt-Assertion")


def machine(edge):
    return through_the_edge(edge, edge.service_token().headers)


def with_audience_as_string(edge, issue):
    """Return a token of an edge that takes the other answer to an open question."""
    edge.change(
        lambda known: replace(known, choices=replace(known.choices, audience_as_string=True))
    )
    token = issue(edge)
    assert isinstance(jwt.decode(token, options={"verify_signature": False})["aud"], str)
    return token


def caller(claims):
    """Return who a token stands for, as an origin reads it."""
    assert claims["type"] == "app"
    if "email" in claims:
        assert claims["sub"]
        return claims["email"]
    assert claims["sub"] == ""
    return claims["common_name"]


# (how to get a token, whose it is)
TOKENS = {
    "a machine, through the edge": (machine, lambda edge: edge.service_token().client_id),
    "a machine, its audience as text": (
        lambda edge: with_audience_as_string(edge, machine),
        lambda edge: edge.service_token().client_id,
    ),
    "a person, through the edge": (
        lambda edge: through_the_edge(edge, edge.act_as(ADA).headers),
        lambda edge: ADA,
    ),
    "a person, their audience as text": (
        lambda edge: edge.act_as(ADA, aud=edge.audience_tag).token,
        lambda edge: ADA,
    ),
}

KEY_FAULTS = {
    "PyJWT": "PyJWKClientError",
    "joserfc": "InvalidKeyIdError",
    "barbican.access": "unknown_key",
    "jose": "ERR_JWKS_NO_MATCHING_KEY",
    "aws-jwt-verify": "KidNotFoundInJwksError",
}


@pytest.fixture(params=TOKENS.values(), ids=TOKENS)
def kind(request):
    return request.param


class TestAccepts:
    def test_the_current_key(self, edge, verify, kind):
        issue, who = kind
        assert caller(verify(issue(edge))) == who(edge)

    def test_a_new_key_after_a_rotation(self, edge, verify, kind):
        issue, who = kind
        issue(edge)
        edge.rotate_keys()
        assert caller(verify(issue(edge))) == who(edge)

    def test_the_previous_key_after_a_rotation(self, edge, verify, kind):
        issue, who = kind
        token = issue(edge)
        edge.rotate_keys()
        assert caller(verify(token)) == who(edge)

    def test_every_key_in_turn_with_a_verifier_that_stays(self, edge, verify):
        client_id = edge.service_token().client_id
        for _ in range(3):
            assert caller(verify(machine(edge))) == client_id
            edge.rotate_keys()


def tampered(token, **changes):
    """Return the token with other claims under the same signature."""
    header, claims, signature = token.split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    raw = json.dumps({**read, **changes}).encode()
    return ".".join([header, base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), signature])


def of_the_past(edge):
    edge.move_clock(hours=-25)
    try:
        return edge.application_token(), machine(edge)
    finally:
        edge.move_clock(hours=25)


SIGNATURE_FAULTS = {
    "PyJWT": "InvalidSignatureError",
    "joserfc": "BadSignatureError",
    "barbican.access": "bad_signature",
    "jose": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    "aws-jwt-verify": "JwtInvalidSignatureError",
}
AUDIENCE_FAULTS = {
    "PyJWT": "InvalidAudienceError",
    "joserfc": "InvalidClaimError",
    "barbican.access": "wrong_audience",
    "jose": "ERR_JWT_CLAIM_VALIDATION_FAILED",
    "aws-jwt-verify": "JwtInvalidAudienceError",
}
EXPIRY_FAULTS = {
    "PyJWT": "ExpiredSignatureError",
    "joserfc": "ExpiredTokenError",
    "barbican.access": "expired",
    "jose": "ERR_JWT_EXPIRED",
    "aws-jwt-verify": "JwtExpiredError",
}


def refusal(verify, token):
    with pytest.raises(RefusedError) as caught:
        verify(token)
    return str(caught.value)


class TestRefuses:
    def test_a_key_that_two_rotations_dropped(self, edge, new_verifier, library, kind):
        issue, _who = kind
        token = issue(edge)
        edge.rotate_keys()
        edge.rotate_keys()
        assert refusal(new_verifier(), token) == KEY_FAULTS[library]

    def test_another_application(self, edge, new_verifier, library, kind):
        issue, _who = kind
        other = edge.protect("/other")
        verify = new_verifier(audience=other.aud)
        assert refusal(verify, issue(edge)) == AUDIENCE_FAULTS[library]

    def test_what_has_ended(self, edge, verify, library):
        for token in of_the_past(edge):
            assert refusal(verify, token) == EXPIRY_FAULTS[library]

    def test_a_person_in_the_place_of_a_machine(self, edge, verify, library):
        token = tampered(machine(edge), email="eve@example.com", sub="eve")
        assert refusal(verify, token) == SIGNATURE_FAULTS[library]

    def test_a_signature_by_somebody_else_s_key(self, edge, verify, library):
        for token in (edge.forged_token(), edge.forged_token(email=ADA)):
            assert refusal(verify, token) == SIGNATURE_FAULTS[library]
