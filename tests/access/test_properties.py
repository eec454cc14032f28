"""What must hold whatever a token says."""

from __future__ import annotations

import json
import time

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt as jose
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from barbican.access.errors import BY_CODE, AccessError
from barbican.access.examination import Application
from barbican.access.keys import KeyStore
from barbican.access.verifier import Verifier
from tests.issuer import ABSENT, AUD_TAG, EMAIL, OTHER_AUD_TAG, Issuer, b64url

TEAM = "https://acme.cloudflareaccess.com"
ISSUER = Issuer(TEAM)
DOCUMENT = json.dumps(ISSUER.jwks()).encode()
VERIFIER = Verifier(
    application=Application("service_token", frozenset({AUD_TAG})),
    team_domain=TEAM,
    keys=KeyStore("http://127.0.0.1:9", fetcher=lambda _url: DOCUMENT),
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NOW = int(time.time())
claim_changes = st.fixed_dictionaries(
    {},
    optional={
        "aud": st.sampled_from([AUD_TAG, [AUD_TAG], [OTHER_AUD_TAG, AUD_TAG], [], OTHER_AUD_TAG])
        | json_values,
        "iss": st.sampled_from([TEAM, f"{TEAM}/", ABSENT]) | json_values,
        "exp": st.sampled_from([NOW - 100, NOW + 3000, NOW + 0.5, str(NOW), ABSENT]) | json_values,
        "iat": st.sampled_from([NOW - 100, NOW + 100, 0, True, ABSENT]) | json_values,
        "nbf": st.sampled_from([NOW - 100, NOW + 100, ABSENT]) | json_values,
        "type": st.sampled_from(["app", "org", ABSENT]) | json_values,
        "sub": st.sampled_from(["", "someone", ABSENT]) | json_values,
        "email": st.sampled_from([EMAIL, ""]) | json_values,
        "common_name": st.sampled_from(["laptop", "x.access", ABSENT]) | json_values,
    },
)
header_changes = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["none", "HS256", "RS512", ABSENT]) | json_values,
        "typ": st.sampled_from(["JWT", "jwt", "at+jwt", ABSENT]) | json_values,
        "kid": json_values,
        "crit": json_values,
        "zip": st.sampled_from(["DEF", ""]),
        "b64": st.booleans(),
        "jwk": json_values,
    },
)

# Why a token that both libraries accept may be refused here. Each is a rule of ours, explained
# where it is checked.
OUR_RULES = {
    "malformed": "types, ranges and spellings that a lenient decoder lets pass",
    "missing_claim": "the three shapes of a caller; iat",
    "wrong_type": "a global session token opens no application",
    "unknown_key": "a library is handed the key, and never looks at kid",
    "not_yet_valid": "iat in the future; joserfc does not look",
    "expired": "the leeway, to the second",
}


def outcome(token: str, verifier: Verifier = VERIFIER) -> str:
    try:
        verifier.verify(token)
    except AccessError as error:
        return error.code
    return "verified"


def pyjwt_accepts(token: str) -> bool:
    try:
        jwt.decode(
            token,
            ISSUER.key.public_key(),
            ["RS256"],
            audience=AUD_TAG,
            issuer=TEAM,
            leeway=31,
            options={"require": ["exp", "iss", "aud"], "verify_sub": False},
        )
    except jwt.PyJWTError:
        return False
    return True


def joserfc_accepts(token: str) -> bool:
    public = RSAKey.import_key(ISSUER.key.public_key())
    try:
        decoded = jose.decode(token, public, algorithms=["RS256"])
        jose.JWTClaimsRegistry(
            leeway=31,
            iss={"essential": True, "value": TEAM},
            aud={"essential": True, "value": AUD_TAG},
            exp={"essential": True},
        ).validate(decoded.claims)
    except (JoseError, ValueError):
        return False
    return True


class TestVerify:
    @QUICK
    @given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
    def test_answers_any_text_with_a_documented_refusal(self, text):
        assert outcome(text) in BY_CODE

    @QUICK
    @given(st.binary(max_size=200), st.binary(max_size=300))
    def test_answers_any_signed_bytes_with_a_documented_refusal(self, header, claims):
        assert outcome(ISSUER.sign_raw(header, claims)) in BY_CODE

    @QUICK
    @given(claim_changes, header_changes)
    def test_accepts_nothing_that_pyjwt_or_joserfc_refuses(self, claims, header):
        token = ISSUER.sign(ISSUER.service_claims(**claims), **header)
        verdict = outcome(token)
        assert verdict == "verified" or verdict in BY_CODE
        if verdict == "verified":
            assert pyjwt_accepts(token)
            assert joserfc_accepts(token)
        elif pyjwt_accepts(token) and joserfc_accepts(token):
            assert verdict in OUR_RULES

    @QUICK
    @given(st.data())
    def test_refuses_any_one_bit_change_of_a_good_token(self, data):
        token = ISSUER.service_token()
        raw = bytearray(token.encode())
        bit = data.draw(st.integers(0, len(raw) * 8 - 1))
        raw[bit // 8] ^= 1 << bit % 8
        assert outcome(raw.decode("latin-1")) in BY_CODE

    @pytest.mark.parametrize("part", [0, 1, 2])
    def test_refuses_any_one_bit_change_of_a_decoded_part(self, part):
        import base64

        token = ISSUER.service_token()
        assert outcome(token) == "verified"
        parts = token.split(".")
        data = base64.urlsafe_b64decode(parts[part] + "==")
        for bit in range(0, len(data) * 8, 7):
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            changed = [*parts[:part], b64url(bytes(flipped)), *parts[part + 1 :]]
            assert outcome(".".join(changed)) != "verified"

    @QUICK
    @given(claim_changes)
    def test_says_the_same_from_the_cache_as_without_it(self, claims):
        token = ISSUER.sign(ISSUER.service_claims(**claims))
        fresh = Verifier(application=VERIFIER.application, team_domain=TEAM, keys=VERIFIER.keys)
        first = outcome(token)
        assert outcome(token) == first
        assert outcome(token, fresh) == first
