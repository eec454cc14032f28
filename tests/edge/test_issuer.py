from __future__ import annotations

import jwt
import pytest
from cryptography import x509

from barbican.edge.tokens.issuer import Issuer, expiry
from tests.edge.conftest import NOW

ORIGIN = "http://127.0.0.1:8080"
CLIENT_ID = "0" * 32 + ".access"


@pytest.fixture
def issuer(key_pair):
    return Issuer(ORIGIN, key_pair)


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


class TestSigns:
    @pytest.mark.parametrize(("lifetime", "seconds"), [(0, 60), (1, 1), (61, 61), (86400, 86400)])
    def test_rule_05_for_the_session_or_a_minute_where_it_is_none(self, issuer, lifetime, seconds):
        token = issuer.service_token(CLIENT_ID, "a" * 64, lifetime, NOW)
        assert claims(token)["exp"] - claims(token)["iat"] == seconds
        assert expiry(token) == int(NOW) + seconds

    def test_rule_05_no_nbf_and_no_email(self, issuer):
        token = issuer.service_token(CLIENT_ID, "a" * 64, 60, NOW)
        assert set(claims(token)) == {"type", "aud", "exp", "iss", "common_name", "iat", "sub"}

    def test_once_for_a_caller_and_an_application(self, issuer):
        def sign(client_id=CLIENT_ID, aud="a" * 64, now=NOW):
            return issuer.service_token(client_id, aud, 60, now)

        first = sign()
        assert sign(now=NOW + 29) == first
        assert sign(now=NOW + 30) != first
        assert sign(aud="b" * 64) != sign()
        assert sign(client_id="1" * 32 + ".access") != sign()

    def test_anew_when_the_clock_went_back(self, issuer):
        late = issuer.service_token(CLIENT_ID, "a" * 64, 60, NOW)
        early = issuer.service_token(CLIENT_ID, "a" * 64, 60, NOW - 1000)
        assert claims(early)["iat"] < claims(late)["iat"]

    def test_rule_11_a_meta_that_opens_nothing(self, issuer):
        way = {"kid": "a" * 64, "origin": "http://localhost:8080", "app_session": "0" * 64}
        meta = issuer.meta("localhost", "/x", **way, has_service_token=True, now=NOW)
        found = claims(meta)
        assert (found["auth_status"], found["service_token_status"]) == ("NONE", True)
        assert not {"aud", "sub", "common_name", "exp"} & set(found)
        assert found["type"] != "app"


class TestKeys:
    def test_rule_27_and_29_no_private_member_is_published(self, key_pair):
        for jwk in key_pair.document()["keys"]:
            assert set(jwk) == {"kid", "kty", "alg", "use", "e", "n"}
            assert len(jwk["kid"]) == 64
            assert jwt.PyJWK(jwk).key.key_size == 2048

    def test_rule_27_certificates_hold_the_same_keys(self, key_pair):
        document = key_pair.document()
        for jwk, entry in zip(document["keys"], document["public_certs"], strict=True):
            certificate = x509.load_pem_x509_certificate(entry["cert"].encode())
            assert entry["kid"] == jwk["kid"]
            assert certificate.public_key() == jwt.PyJWK(jwk).key

    def test_rule_28_rotation_keeps_the_current_and_drops_the_third(self, key_pair):
        rotated = key_pair.rotated()
        assert rotated.previous == key_pair.current
        assert rotated.current.key_id not in {key_pair.current.key_id, key_pair.previous.key_id}
