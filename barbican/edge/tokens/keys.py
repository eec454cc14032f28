"""
The two signing keys of the local team, and the document that publishes them.

Source: Cloudflare One documentation, "Validating JSON": `keys`, `public_cert`, `public_certs`; two
keys, the current and the previous one. Rules 27 to 29. The keys are made here and stay on this
machine: no production configuration accepts them.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from barbican.protocol import ALGORITHM

KEY_BITS = 2048
CERTIFICATE_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private RSA key, its key ID of 64 hex digits, and a certificate of its public half."""

    key_id: str
    private: rsa.RSAPrivateKey = field(repr=False)
    certificate: str  # PEM

    @classmethod
    def make(cls) -> SigningKey:
        """Return a new key. Its key ID is the SHA-256 of the public key."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        der = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        key_id = hashlib.sha256(der).hexdigest()
        return cls(key_id, private, _certificate(private, key_id))

    @classmethod
    def load(cls, data: dict[str, str]) -> SigningKey:
        """Return the key that `dump` wrote. Raises `ValueError`, `KeyError` or `TypeError`."""
        return cls(data["kid"], _private_key(data["private_key"]), data["certificate"])

    def dump(self) -> dict[str, str]:
        """Return the key as text for the state folder. Secret."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "kid": self.key_id,
            "private_key": pem.decode(),
            "certificate": self.certificate,
        }

    def jwk(self) -> dict[str, str]:
        """Return the public half as a JSON Web Key: no private member is ever in it."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kid": self.key_id,
            "kty": "RSA",
            "alg": ALGORITHM,
            "use": "sig",
            "e": _number(numbers.e),
            "n": _number(numbers.n),
        }


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The key that signs, and the one before it, which is still published."""

    current: SigningKey
    previous: SigningKey

    @classmethod
    def make(cls) -> KeyPair:
        return cls(SigningKey.make(), SigningKey.make())

    def rotated(self) -> KeyPair:
        """Return a pair with a new current key; what was previous is dropped (rule 28)."""
        return KeyPair(SigningKey.make(), self.current)

    def document(self) -> dict[str, Any]:
        """Return what the certs endpoint publishes (rule 27)."""
        both = (self.current, self.previous)
        certificates = [{"kid": key.key_id, "cert": key.certificate} for key in both]
        return {
            "keys": [key.jwk() for key in both],
            "public_cert": certificates[0],
            "public_certs": certificates,
        }


@functools.lru_cache(maxsize=8)
def _private_key(pem: str) -> rsa.RSAPrivateKey:
    # Reading a key checks it, which takes longer than a whole request: once is enough.
    private = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("The private key is no RSA key.")
    return private


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _certificate(private: rsa.RSAPrivateKey, key_id: str) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Barbican local edge")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(int(key_id[:32], 16))
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + CERTIFICATE_LIFETIME)
        .sign(private, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
