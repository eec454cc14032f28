"""
Whether a certificate authority vouches for a client certificate, and from when to when.

Pure: no clock and no I/O. Only what the organisation uploaded counts, up to a self-signed root;
intermediates that a client sends along are not asked.

Source: Cloudflare One documentation, "Mutual TLS": certificates of an intermediate need the whole
chain uploaded; RFC 5280, sections 4.2.1 and 6.1. Name constraints are not read: a chain that has
any vouches for nobody.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

LONGEST_CHAIN = 6  # certificates above the client's own
SMALLEST_RSA_KEY = 2048  # bits
_WEAK_HASHES = frozenset({"md5", "sha1"})
# Extensions that may be critical, because they are read here or by TLS, or limit nobody's name.
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
    }
)
_FOR_CLIENTS = frozenset(
    {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
)

# What reading a certificate raises when it is no sound one: it then vouches, or stands, for nobody.
BROKEN = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)

Chain = tuple[x509.Certificate, ...]
Extension = TypeVar("Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Window:
    """When every certificate of one chain is in date; both ends belong to it."""

    starts_at: float  # Unix seconds
    ends_at: float  # Unix seconds

    def covers(self, now: float) -> bool:
        return self.starts_at <= now <= self.ends_at


# A signature costs too much to be checked for every request. The dates are not in the cache's key,
# and are asked each time.
@functools.lru_cache(maxsize=256)
def windows(leaf: bytes, uploaded: str) -> tuple[Window, ...]:
    """Return when this upload (PEM) vouches for this certificate (DER): never, if it is empty."""
    try:
        certificate = x509.load_der_x509_certificate(leaf)
        pool = tuple(x509.load_pem_x509_certificates(uploaded.encode()))
        if not _is_client(certificate):
            return ()
        return tuple(_window((certificate, *chain)) for chain in _chains(certificate, pool))
    except BROKEN:
        return ()


def _chains(child: x509.Certificate, pool: Chain, below: int = 0) -> Iterator[Chain]:
    if below >= LONGEST_CHAIN:
        return
    for issuer in pool:
        if not _may_issue(issuer, below) or not _signed(child, issuer):
            continue
        if issuer.subject == issuer.issuer:
            if _signed(issuer, issuer):
                yield (issuer,)
            continue
        rest = tuple(each for each in pool if each != issuer)
        for chain in _chains(issuer, rest, below + 1):
            yield (issuer, *chain)


def _is_client(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    is_authority = constraints is not None and constraints.ca
    return not is_authority and _is_understood(certificate)


def _may_issue(certificate: x509.Certificate, below: int) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    return (
        constraints is not None
        and constraints.ca
        and (constraints.path_length is None or below <= constraints.path_length)
        and (usage is None or usage.key_cert_sign)
        and _extension(certificate, x509.NameConstraints) is None
        and _is_understood(certificate)
        and _has_strong_key(certificate)
    )


def _is_understood(certificate: x509.Certificate) -> bool:
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    return all(each.oid in _UNDERSTOOD for each in certificate.extensions if each.critical) and (
        purposes is None or not _FOR_CLIENTS.isdisjoint(purposes)
    )


def _has_strong_key(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    return not isinstance(key, rsa.RSAPublicKey) or key.key_size >= SMALLEST_RSA_KEY


def _signed(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        digest = child.signature_hash_algorithm  # none with Ed25519
        if digest is not None and digest.name in _WEAK_HASHES:
            return False
        child.verify_directly_issued_by(issuer)
    except (InvalidSignature, *BROKEN):
        return False
    return True


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _window(chain: Chain) -> Window:
    return Window(
        max(each.not_valid_before_utc.timestamp() for each in chain),
        min(each.not_valid_after_utc.timestamp() for each in chain),
    )
