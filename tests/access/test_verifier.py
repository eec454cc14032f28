from __future__ import annotations

import hmac
import json
from hashlib import sha256
from time import time

import pytest
from cryptography.hazmat.primitives import serialization

from barbican.access.errors import (
    AudienceMismatchError,
    NotConfiguredError,
    SignatureMismatchError,
    TokenExpiredError,
)
from barbican.access.evidence import CHECKS, Result
from barbican.access.identity import (
    CertificateIdentity,
    Kind,
    PersonIdentity,
    ServiceIdentity,
)
from barbican.access.presented import presented
from tests.issuer import (
    ABSENT,
    AUD_TAG,
    CLIENT_ID,
    EMAIL,
    OTHER_AUD_TAG,
    OTHER_CLIENT_ID,
    SUBDOMAIN_AUD_TAG,
    SUBJECT,
    b64url,
    jwk,
    new_key,
)


def examine(verifier, token, **meta):
    meta = {"HTTP_CF_ACCESS_JWT_ASSERTION": token, **meta}
    return verifier.examine(presented(meta), meta)


def reason(examination, check):
    return next(row.reason for row in examination.checks if row.id == check)


def failures(examination):
    return [row.id for row in examination.checks if row.result is Result.FAIL]


class TestAccepts:
    def test_a_service_token(self, issuer, verifier):
        examination = examine(verifier, issuer.service_token())
        assert examination.identity == ServiceIdentity(CLIENT_ID)
        assert examination.verdict == "verified_service_token"
        assert [row.result for row in examination.checks] == [Result.PASS] * 12

    def test_a_person(self, issuer, verifier):
        examination = examine(verifier, issuer.person_token())
        assert examination.identity == PersonIdentity(SUBJECT, EMAIL)
        assert examination.verdict == "verified_person"

    def test_a_certificate(self, issuer, verifier):
        examination = examine(verifier, issuer.certificate_token())
        assert examination.identity == CertificateIdentity("test-client")
        assert examination.verdict == "verified_certificate"

    def test_an_audience_given_as_a_string(self, issuer, verifier):
        assert verifier.verify(issuer.service_token(aud=AUD_TAG)).audience == AUD_TAG

    def test_an_audience_among_others(self, issuer, verifier):
        token = issuer.service_token(aud=[OTHER_AUD_TAG, SUBDOMAIN_AUD_TAG])
        assert verifier.verify(token).audience == SUBDOMAIN_AUD_TAG

    def test_a_missing_type_with_a_caution(self, issuer, verifier):
        examination = examine(verifier, issuer.service_token(type=ABSENT))
        assert examination.is_verified
        assert examination.checks[CHECKS.index("type")].result is Result.CAUTION

    def test_fractions_of_a_second(self, issuer, verifier):
        assert verifier.verify(issuer.service_token(exp=time() + 9.5, iat=time() - 0.5))

    def test_unknown_header_members_and_claims(self, issuer, verifier):
        claims = issuer.service_claims(custom={"team": ["red", {"a": None}]}, x="\u202eabc")
        assert verifier.verify(issuer.sign(claims, cty="x", jku="http://127.0.0.1:9/keys"))

    @pytest.mark.parametrize("typ", ["jwt", "JWT", "Jwt", ABSENT])
    def test_a_typ_of(self, issuer, verifier, typ):
        assert verifier.verify(issuer.sign(issuer.service_claims(), typ=typ))


class TestAllowsTheLeeway:
    NOW = 1_790_000_000.0
    # claim: (just inside, just past), of a leeway of 30 s
    BOUNDARIES = {"exp": (-29, -30), "iat": (30, 31), "nbf": (30, 31)}

    @pytest.mark.parametrize("claim", BOUNDARIES)
    def test_to_the_second(self, issuer, verifier_of, claim):
        inside, past = self.BOUNDARIES[claim]
        times = {"exp": self.NOW + 60, "iat": self.NOW - 1}
        verifier = verifier_of(clock=lambda: self.NOW)
        good = issuer.service_token(**{**times, claim: self.NOW + inside})
        bad = issuer.service_token(**{**times, claim: self.NOW + past})
        assert examine(verifier, good).is_verified
        assert not examine(verifier, bad).is_verified


# One line per way a signed token can be wrong: (claims changed, verdict, status, failed checks).
BAD_CLAIMS = {
    "another application's AUD tag": (
        {"aud": [OTHER_AUD_TAG]},
        "wrong_audience",
        403,
        ["audience"],
    ),
    "no AUD tag in the list": ({"aud": []}, "wrong_audience", 403, ["audience"]),
    "half an AUD tag": ({"aud": [AUD_TAG[:32]]}, "wrong_audience", 403, ["audience"]),
    "an AUD tag in capitals": ({"aud": [AUD_TAG.upper()]}, "wrong_audience", 403, ["audience"]),
    "no aud": ({"aud": ABSENT}, "missing_claim", 401, ["audience"]),
    "aud as a number": ({"aud": 7}, "malformed", 401, ["form"]),
    "aud as null": ({"aud": None}, "malformed", 401, ["form"]),
    "aud as a mixed list": ({"aud": [AUD_TAG, 7]}, "malformed", 401, ["form"]),
    "aud as an object": ({"aud": {AUD_TAG: 1}}, "malformed", 401, ["form"]),
    "no iss": ({"iss": ABSENT}, "missing_claim", 401, ["issuer"]),
    "an empty iss": ({"iss": ""}, "wrong_issuer", 401, ["issuer"]),
    "iss as a list": ({"iss": ["x"]}, "malformed", 401, ["form", "issuer"]),
    "expired past the leeway": ({"exp": int(time()) - 90}, "expired", 401, ["expiry"]),
    "no exp": ({"exp": ABSENT}, "missing_claim", 401, ["expiry"]),
    "exp as a string": ({"exp": str(int(time()) + 60)}, "malformed", 401, ["form"]),
    "exp as true": ({"exp": True}, "malformed", 401, ["form"]),
    "exp as null": ({"exp": None}, "malformed", 401, ["form"]),
    "a negative exp": ({"exp": -1}, "malformed", 401, ["form"]),
    "exp past the calendar": ({"exp": 10**12}, "malformed", 401, ["form"]),
    "exp of hundreds of digits": ({"exp": 10**400}, "malformed", 401, ["form"]),
    "no iat": ({"iat": ABSENT}, "missing_claim", 401, ["start"]),
    "iat in the future": ({"iat": int(time()) + 900}, "not_yet_valid", 401, ["start"]),
    "nbf in the future": ({"nbf": int(time()) + 900}, "not_yet_valid", 401, ["start"]),
    "nbf as a string": ({"nbf": "0"}, "malformed", 401, ["form"]),
    "a global session token": ({"type": "org"}, "wrong_type", 401, ["type"]),
    "an empty type": ({"type": ""}, "wrong_type", 401, ["type"]),
    "type in capitals": ({"type": "APP"}, "wrong_type", 401, ["type"]),
    "type as null": ({"type": None}, "malformed", 401, ["form", "type"]),
    "a service token with an e-mail": ({"email": EMAIL}, "missing_claim", 401, ["kind"]),
    "a service token with a sub": ({"sub": SUBJECT}, "missing_claim", 401, ["kind"]),
    "a service token without a sub": ({"sub": ABSENT}, "missing_claim", 401, ["kind"]),
    "no name at all": ({"common_name": ABSENT}, "missing_claim", 401, ["kind"]),
    "an empty common_name": ({"common_name": ""}, "missing_claim", 401, ["kind"]),
    "a certificate that poses as a Client ID": (
        {"common_name": "laptop.access"},
        "missing_claim",
        401,
        ["kind"],
    ),
    "a person without an e-mail": (
        {"common_name": ABSENT, "sub": SUBJECT},
        "missing_claim",
        401,
        ["kind"],
    ),
    "a person with an empty e-mail": (
        {"common_name": ABSENT, "sub": SUBJECT, "email": ""},
        "missing_claim",
        401,
        ["kind"],
    ),
    "a person without a sub": (
        {"common_name": ABSENT, "sub": "", "email": EMAIL},
        "missing_claim",
        401,
        ["kind"],
    ),
}


class TestRefuses:
    @pytest.mark.parametrize(
        ("changes", "verdict", "status", "failed"), BAD_CLAIMS.values(), ids=BAD_CLAIMS.keys()
    )
    def test_a_signed_token_with(self, issuer, verifier, changes, verdict, status, failed):
        examination = examine(verifier, issuer.service_token(**changes))
        assert (examination.verdict, examination.status) == (verdict, status)
        assert failures(examination) == failed
        assert examination.identity is None

    @pytest.mark.parametrize(
        "iss",
        ["{}/", "{}:443", "{}.", "http://evil.example", "{} ", "{}\u0000"],
    )
    def test_an_issuer_that_is_not_the_team_domain_to_the_character(self, issuer, verifier, iss):
        token = issuer.service_token(iss=iss.format(issuer.team_domain))
        assert examine(verifier, token).verdict == "wrong_issuer"

    def test_empty_claims(self, issuer, verifier):
        examination = examine(verifier, issuer.sign({}))
        assert examination.verdict == "missing_claim"
        assert failures(examination) == ["issuer", "expiry", "start", "audience", "kind"]

    def test_a_key_the_team_domain_does_not_publish(self, issuer, verifier):
        examination = examine(verifier, issuer.sign(issuer.service_claims(), key=new_key()))
        assert examination.verdict == "unknown_key"
        assert failures(examination) == ["key"]

    @pytest.mark.parametrize("kid", [ABSENT, None, 5, "", "../../dev/null", ["x"], "a' OR 1=1"])
    def test_a_key_id_of(self, issuer, verifier, kid):
        examination = examine(verifier, issuer.sign(issuer.service_claims(), kid=kid))
        assert (examination.verdict, examination.status) == ("unknown_key", 401)
        says = "does not name the key" if kid is ABSENT else "does not publish a key by this name"
        assert says in reason(examination, "key")

    def test_another_key_under_the_same_key_id(self, issuer, verifier):
        token = issuer.sign(issuer.service_claims(), key=new_key(), kid=issuer.key_id)
        assert examine(verifier, token).verdict == "bad_signature"

    def test_a_claim_that_was_edited(self, issuer, verifier):
        header, _, signature = issuer.service_token().split(".")
        claims = b64url(json.dumps(issuer.service_claims(common_name=OTHER_CLIENT_ID)).encode())
        examination = examine(verifier, f"{header}.{claims}.{signature}")
        assert examination.verdict == "bad_signature"
        assert failures(examination) == ["signature"]
        assert examination.token.trusted is False

    def test_a_removed_signature(self, issuer, verifier):
        token = issuer.service_token().rpartition(".")[0]
        examination = examine(verifier, f"{token}.")
        assert examination.verdict == "bad_signature"
        assert "Nobody signed" in reason(examination, "signature")

    @pytest.mark.parametrize("alg", ["none", "None", "nOnE", "HS256", "RS384", "rs256", "PS256"])
    def test_an_algorithm_of(self, issuer, verifier, alg):
        examination = examine(verifier, issuer.sign(issuer.service_claims(), alg=alg))
        assert (examination.verdict, examination.status) == ("algorithm_refused", 401)
        assert failures(examination) == ["algorithm"]

    @pytest.mark.parametrize("alg", [None, 5, ["RS256"], "", ABSENT, True])
    def test_an_algorithm_that_is_no_name(self, issuer, verifier, alg):
        token = issuer.sign(issuer.service_claims(), alg=alg)
        assert examine(verifier, token).verdict == "algorithm_refused"

    def test_none_without_a_signature(self, issuer, verifier):
        header = b64url(b'{"alg":"none","typ":"JWT"}')
        claims = b64url(json.dumps(issuer.service_claims()).encode())
        assert examine(verifier, f"{header}.{claims}.").verdict == "algorithm_refused"

    def test_the_public_key_used_as_a_shared_secret(self, issuer, verifier):
        public = issuer.key.public_key()
        pem = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        header = b64url(json.dumps({"alg": "HS256", "kid": issuer.key_id}).encode())
        claims = b64url(json.dumps(issuer.service_claims()).encode())
        digest = hmac.digest(pem, f"{header}.{claims}".encode(), sha256)
        token = f"{header}.{claims}.{b64url(digest)}"
        assert examine(verifier, token).verdict == "algorithm_refused"

    @pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
    def test_a_key_that_the_token_brings_along(self, issuer, verifier, key_server, member):
        stranger = new_key()
        numbers = stranger.public_key().public_numbers()
        own = {"kty": "RSA", "n": b64url(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
        url = f"{key_server.origin}/stranger"
        value = {"jwk": own, "x5c": [url]}.get(member, url)
        token = issuer.sign(
            issuer.service_claims(), key=stranger, kid=issuer.key_id, **{member: value}
        )
        assert examine(verifier, token).verdict == "bad_signature"
        assert {request["path"] for request in key_server.requests} <= {"/cdn-cgi/access/certs"}

    @pytest.mark.parametrize(
        "header",
        [
            {"crit": ["exp"]},
            {"crit": []},
            {"b64": False, "crit": ["b64"]},
            {"b64": True},
            {"typ": "at+jwt"},
            {"typ": 5},
            {"typ": None},
            {"typ": "JWE"},
            {"zip": "DEF"},
            {"jwk": None},
            {"jku": 5},
            {"x5c": "x"},
        ],
        ids=str,
    )
    def test_a_header_with(self, issuer, verifier, header):
        examination = examine(verifier, issuer.sign(issuer.service_claims(), **header))
        assert (examination.verdict, failures(examination)) == ("malformed", ["form"])


class TestReports:
    def test_every_failure_and_not_only_the_first(self, issuer, verifier):
        token = issuer.service_token(exp=int(time()) - 90, aud=[OTHER_AUD_TAG])
        examination = examine(verifier, token)
        assert examination.verdict == "expired"
        assert failures(examination) == ["expiry", "audience"]

    def test_a_403_only_of_a_token_that_is_good_in_every_other_way(self, issuer, verifier):
        token = issuer.service_token(aud=[OTHER_AUD_TAG], email=EMAIL)
        examination = examine(verifier, token)
        assert failures(examination) == ["audience", "kind"]
        assert (examination.verdict, examination.status) == ("missing_claim", 401)

    def test_the_claims_of_a_token_whose_key_is_unknown(self, issuer, verifier):
        token = issuer.sign(issuer.service_claims(iss="https://other.example"), key=new_key())
        examination = examine(verifier, token)
        assert failures(examination) == ["key", "issuer"]
        assert examination.token.claims["iss"] == "https://other.example"
        assert examination.token.trusted is False

    def test_twelve_rows_in_the_contracts_order_whatever_comes(self, verifier):
        for token in ("", "x", "a.b.c", "é", "\ud800", "a" * 9000, "..", "eyJ.eyJ."):
            assert [row.id for row in examine(verifier, token).checks] == list(CHECKS)


class TestWelcomes:
    def test_only_the_kinds_that_the_demo_names(self, issuer, verifier_of):
        verifier = verifier_of(welcomes=frozenset({Kind.SERVICE_TOKEN}))
        assert examine(verifier, issuer.service_token()).is_verified
        examination = examine(verifier, issuer.person_token())
        assert (examination.verdict, examination.status) == ("wrong_kind", 403)

    def test_only_the_client_ids_on_the_list(self, issuer, verifier_of):
        verifier = verifier_of(client_ids=frozenset({CLIENT_ID}))
        assert examine(verifier, issuer.service_token()).is_verified
        examination = examine(verifier, issuer.service_token(common_name=OTHER_CLIENT_ID))
        assert (examination.verdict, examination.status) == ("client_not_allowed", 403)

    def test_no_client_id_that_only_resembles_one_on_the_list(self, issuer, verifier_of):
        verifier = verifier_of(client_ids=frozenset({CLIENT_ID}))
        for name in (CLIENT_ID.upper(), f" {CLIENT_ID}", f"{CLIENT_ID}.access", CLIENT_ID[1:]):
            assert not examine(verifier, issuer.service_token(common_name=name)).is_verified


class TestVerify:
    def test_raises_what_is_wrong(self, issuer, verifier):
        with pytest.raises(AudienceMismatchError):
            verifier.verify(issuer.service_token(aud=[OTHER_AUD_TAG]))
        with pytest.raises(TokenExpiredError):
            verifier.verify(issuer.service_token(exp=int(time()) - 90))
        with pytest.raises(SignatureMismatchError):
            verifier.verify(issuer.service_token()[:-5] + "AAAAA")

    def test_raises_when_the_application_has_no_tag(self, issuer, verifier_of):
        with pytest.raises(NotConfiguredError):
            verifier_of(tags=()).verify(issuer.service_token())

    def test_says_nothing_of_the_token_in_the_error(self, issuer, verifier):
        with pytest.raises(AudienceMismatchError) as caught:
            verifier.verify(issuer.service_token(aud=["cfast_secret"]))
        assert str(caught.value) == "wrong_audience"


class TestCaches:
    def test_sound_readings_only(self, issuer, verifier):
        for _ in range(2):
            assert examine(verifier, issuer.service_token()).is_verified
        examine(verifier, issuer.service_token(aud=[OTHER_AUD_TAG]))
        examine(verifier, "x.y.z")
        assert 1 <= len(verifier.cache) <= 2

    def test_and_still_judges_the_time_on_every_request(self, issuer, verifier_of):
        now = [1_790_000_000.0]
        verifier = verifier_of(clock=lambda: now[0])
        token = issuer.service_token(iat=now[0], exp=now[0] + 60)
        assert examine(verifier, token).is_verified
        now[0] += 120
        assert examine(verifier, token).verdict == "expired"
        now[0] -= 600
        assert examine(verifier, token).verdict == "not_yet_valid"

    def test_no_token_in_memory(self, issuer, verifier):
        token = issuer.service_token()
        examine(verifier, token)
        held = repr(
            [(reading.header, reading.claims) for reading in verifier.cache._readings.values()]
        )
        assert token.rpartition(".")[2] not in held

    def test_nothing_beyond_its_bound(self, issuer, verifier):
        cache = verifier.cache
        cache._size = 3
        for number in range(5):
            assert examine(verifier, issuer.service_token(nonce=number)).is_verified
        assert len(cache) == 3

    def test_nothing_whose_key_was_withdrawn(self, issuer, verifier, key_server, store):
        token = issuer.service_token()
        assert examine(verifier, token).is_verified
        other = new_key()
        key_server.publish({"keys": [jwk(other)]})
        store.refresh_now()
        assert examine(verifier, token).verdict == "unknown_key"
