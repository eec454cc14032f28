from __future__ import annotations

import json

import pytest

from barbican.access.keyset import KeySetError, keep_objects, parse_key_set
from tests.issuer import ABSENT, b64url, jwk, key_id, new_key

KEY = new_key()
OTHER = new_key()


def document(*members: object) -> bytes:
    return json.dumps({"keys": members}).encode()


class TestLeavesOut:
    BAD = {
        "for encryption": {"use": "enc"},
        "for another algorithm": {"alg": "RS512"},
        "for signing only": {"key_ops": ["sign"]},
        "of another type": {"kty": "EC"},
        "without a name": {"kid": ABSENT},
        "with a number for a name": {"kid": 5},
        "without a modulus": {"n": ABSENT},
        "with a modulus that is no text": {"n": 5},
        "with a padded modulus": {"n": "AQAB="},
        "with an even exponent": {"e": b64url(b"\x04")},
        "with an exponent of one": {"e": b64url(b"\x01")},
        "with a huge exponent": {"e": b64url(b"\x01" + b"\x00" * 8 + b"\x01")},
        "with a modulus too large": {"n": b64url(b"\xff" * 2048)},
        "with its private part": {"d": "AQAB"},
    }

    @pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
    def test_a_key(self, changes):
        with pytest.raises(KeySetError):
            parse_key_set(document(jwk(KEY, **changes)))

    @pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
    def test_and_keeps_the_good_key_beside_a_key(self, changes):
        keys = parse_key_set(document(jwk(KEY, **changes), jwk(OTHER)))
        assert list(keys) == [key_id(OTHER)]

    def test_a_key_of_1024_bits(self):
        with pytest.raises(KeySetError):
            parse_key_set(document(jwk(new_key(1024))))

    @pytest.mark.parametrize("member", [None, 5, "x", [], {}])
    def test_a_member_that_is_no_key(self, member):
        assert len(parse_key_set(document(member, jwk(KEY)))) == 1


class TestRefuses:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b'{"keys":null}',
            b'{"keys":{}}',
            b'{"keys":[]}',
            b"<html>",
            b"\xff",
            b"[" * 60_000,
        ],
        ids=lambda content: repr(content[:20]),
    )
    def test_a_document_like(self, content):
        with pytest.raises(KeySetError):
            parse_key_set(content)


class TestKeeps:
    def test_both_keys_of_one_name(self):
        keys = parse_key_set(document(jwk(KEY, kid="same"), jwk(OTHER, kid="same")))
        assert len(keys["same"]) == 2

    def test_an_rsa_key_whose_name_another_type_has_too(self):
        elliptic = {"kty": "EC", "kid": key_id(KEY), "crv": "P-256", "x": "AA", "y": "AA"}
        assert len(parse_key_set(document(elliptic, jwk(KEY)))[key_id(KEY)]) == 1

    def test_the_object_of_a_key_that_did_not_change(self):
        old = parse_key_set(document(jwk(KEY)))
        new = keep_objects(parse_key_set(document(jwk(KEY), jwk(OTHER))), old)
        assert new[key_id(KEY)][0] is old[key_id(KEY)][0]

    def test_no_object_of_a_key_that_changed_under_its_name(self):
        old = parse_key_set(document(jwk(KEY, kid="same")))
        new = keep_objects(parse_key_set(document(jwk(OTHER, kid="same"))), old)
        assert new["same"][0] is not old["same"][0]
