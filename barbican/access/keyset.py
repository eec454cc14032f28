"""
The team's published keys as one immutable set.

A member that is broken, weak, or meant for something else is left out and hides no good one.

Source: RFC 7517 sections 4 and 5, RFC 7518 sections 3.3 and 6.3; Cloudflare One documentation,
"Validating JSON": match by `kid` against the whole set, current and previous key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from barbican.access.parse import FormError, decode_base64url
from barbican.protocol import ALGORITHM

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192  # a larger modulus would make one verification cost milliseconds
MAX_EXPONENT_BITS = 32
MAX_KEY_ID_LENGTH = 256  # characters; Access uses 64

_PADDING = PKCS1v15()
_HASH = SHA256()
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})


class KeySetError(ValueError):
    """The document is not a key set with one usable key. Quotes nothing of it."""


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """One RSA public key of the team, for RS256."""

    key_id: str  # `kid`
    public_key: RSAPublicKey = field(repr=False)

    def is_signature(self, signature: bytes, signing_input: bytes) -> bool:
        """Say whether this is the RSASSA-PKCS1-v1_5 SHA-256 signature of these bytes."""
        try:
            self.public_key.verify(signature, signing_input, _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True

    def is_same_as(self, other: SigningKey) -> bool:
        return self.public_key == other.public_key


# Usually one key a name; RFC 7517 4.5 lets a name repeat, and each then gets its chance.
Keys = Mapping[str, tuple[SigningKey, ...]]


def parse_key_set(document: bytes) -> Keys:
    """
    Return the usable keys of a certs document, by key ID.

    Raises `KeySetError` when it has none, so that an empty or unreadable answer never replaces
    keys that work.
    """
    try:
        loaded = json.loads(document.decode("utf-8"))
    except (ValueError, RecursionError):
        raise KeySetError("not JSON") from None
    members = loaded.get("keys") if isinstance(loaded, dict) else None
    if not isinstance(members, list):
        raise KeySetError("no list of keys")
    found: dict[str, tuple[SigningKey, ...]] = {}
    for key in _usable(members):
        found[key.key_id] = (*found.get(key.key_id, ()), key)
    if not found:
        raise KeySetError("no usable RSA key")
    return MappingProxyType(found)


def keep_objects(new: Keys, old: Keys) -> Keys:
    """
    Return `new`, with the key objects of `old` where the key is unchanged.

    A cached verification dies with the object of its key, and only with it.
    """
    return MappingProxyType(
        {
            key_id: tuple(
                next((known for known in old.get(key_id, ()) if known.is_same_as(key)), key)
                for key in keys
            )
            for key_id, keys in new.items()
        }
    )


def _usable(members: list[Any]) -> Iterator[SigningKey]:
    for member in members:
        try:
            yield _signing_key(member)
        except (KeySetError, FormError, ValueError, OverflowError):
            continue


def _signing_key(jwk: Any) -> SigningKey:
    """Return the key, or raise `KeySetError` when it is not one for RS256 signatures."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA":
        raise KeySetError("not an RSA key")
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", ALGORITHM) != ALGORITHM:
        raise KeySetError("not for RS256 signatures")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise KeySetError("not for verifying")
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise KeySetError("a private key that was published")
    key_id = jwk.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID_LENGTH:
        raise KeySetError("no key ID")
    return SigningKey(key_id, _public_key(_number(jwk, "n"), _number(jwk, "e")))


def _public_key(modulus: int, exponent: int) -> RSAPublicKey:
    if not MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS or modulus % 2 == 0:
        raise KeySetError("the modulus has the wrong size")
    if exponent < 3 or exponent % 2 == 0 or exponent.bit_length() > MAX_EXPONENT_BITS:
        raise KeySetError("the exponent is not sane")
    return RSAPublicNumbers(exponent, modulus).public_key()


def _number(jwk: Mapping[str, Any], name: str) -> int:
    text = jwk.get(name)
    if not isinstance(text, str) or not text.isascii():
        raise KeySetError(f"no {name}")
    return int.from_bytes(decode_base64url(text), "big")
