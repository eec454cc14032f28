"""
Signs real RS256 tokens in the documented shapes. Shares no code with `access` or `edge`.
"""

from __future__ import annotations

import base64
import json
import time
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

AUD_TAG = "a1" * 32
SUBDOMAIN_AUD_TAG = "b2" * 32
ADMIN_AUD_TAG = "c3" * 32
OTHER_AUD_TAG = "d4" * 32
CLIENT_ID = "00112233445566778899aabbccddeeff.access"
OTHER_CLIENT_ID = "ffeeddccbbaa99887766554433221100.access"
SUBJECT = "4b1f6c0e-0d55-4a4e-9d2f-3a9b0e1c7f10"
EMAIL = "ada@example.com"
LIFETIME = 60  # seconds
ABSENT = object()  # as a claim's new value: leave the claim out


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """One team with one current signing key."""

    def __init__(self, team_domain: str) -> None:
        self.team_domain = team_domain
        self.key = new_key()

    def rotate(self) -> None:
        self.key = new_key()

    @property
    def key_id(self) -> str:
        return key_id(self.key)

    def jwks(self, *others: rsa.RSAPrivateKey) -> dict:
        return {"keys": [jwk(key) for key in (self.key, *others)]}

    def service_claims(self, **changes) -> dict:
        now = int(time.time())
        claims = {
            "type": "app",
            "aud": [AUD_TAG],
            "exp": now + LIFETIME,
            "iss": self.team_domain,
            "common_name": CLIENT_ID,
            "iat": now,
            "sub": "",
        }
        return changed(claims, changes)

    def person_claims(self, **changes) -> dict:
        now = int(time.time())
        claims = {
            "aud": [AUD_TAG],
            "email": EMAIL,
            "exp": now + LIFETIME,
            "iat": now,
            "nbf": now,
            "iss": self.team_domain,
            "type": "app",
            "identity_nonce": "Qx3v9kLm2TzA81bC",
            "sub": SUBJECT,
            "country": "GB",
        }
        return changed(claims, changes)

    def service_token(self, **changes) -> str:
        return self.sign(self.service_claims(**changes))

    def person_token(self, **changes) -> str:
        return self.sign(self.person_claims(**changes))

    def certificate_token(self, **changes) -> str:
        return self.service_token(**{"common_name": "test-client", **changes})

    def sign(self, claims: object, *, key=None, **header) -> str:
        """Return a token with these claims. A header member given as ABSENT is left out."""
        key = key or self.key
        head = changed({"alg": "RS256", "kid": key_id(key), "typ": "JWT"}, header)
        return self.sign_raw(json.dumps(head).encode(), json.dumps(claims).encode(), key=key)

    def sign_raw(self, header: bytes, claims: bytes, *, key=None) -> str:
        """Return a token of these very bytes, with a true signature."""
        signing_input = f"{b64url(header)}.{b64url(claims)}"
        return f"{signing_input}.{b64url(signature(key or self.key, signing_input.encode()))}"

    def sign_parts(self, header: str, claims: str) -> str:
        """Return a token of these very parts, already encoded, with a true signature."""
        signing_input = f"{header}.{claims}"
        return f"{signing_input}.{b64url(signature(self.key, signing_input.encode('latin-1')))}"


def changed(original: dict, changes: dict) -> dict:
    merged = {**original, **changes}
    return {name: value for name, value in merged.items() if value is not ABSENT}


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def key_id(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return sha256(der).hexdigest()


def signature(key: rsa.RSAPrivateKey, signing_input: bytes) -> bytes:
    return key.sign(signing_input, padding.PKCS1v15(), hashes.SHA256())


def jwk(key: rsa.RSAPrivateKey, **changes) -> dict:
    numbers = key.public_key().public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    return changed(
        {
            "kid": key_id(key),
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "e": b64url(numbers.e.to_bytes(3, "big")),
            "n": b64url(numbers.n.to_bytes(size, "big")),
        },
        changes,
    )
