"""
The local certificate authority: it signs the edge's own certificate and those of test clients.

Made at its first use and kept in the state folder, readable by its owner alone. It is worth
something only to this edge, and to a client that is told to trust it.

Source: RFC 5280, section 4.2.1; RFC 6125, section 6.4 for the names of a server.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from barbican.edge.state import private_files
from barbican.edge.state.store import StateError

AUTHORITY_FILE = "authority.pem"  # its private key, and its certificate
CERTIFICATE_FILE = "authority-certificate.pem"  # the certificate alone: what a client trusts
NAME = "Barbican local CA"
YEARS = 10
BACKDATED = timedelta(hours=1)  # for a client whose clock is a little behind

PrivateKey = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key, both as PEM."""

    certificate: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authority:
    """A root certificate and the key that signs in its name."""

    certificate: x509.Certificate
    private: PrivateKey = field(repr=False)

    @classmethod
    def make(cls, now: float, name: str = NAME) -> Authority:
        private = ec.generate_private_key(ec.SECP256R1())
        subject = _subject(name)
        builder = _builder(subject, subject, private.public_key(), now, 365 * YEARS)
        limits = x509.BasicConstraints(ca=True, path_length=0)
        builder = builder.add_extension(limits, critical=True)
        builder = builder.add_extension(_usage(is_authority=True), critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
        builder = builder.add_extension(identifier, critical=False)
        return cls(builder.sign(private, hashes.SHA256()), private)

    @classmethod
    def load(cls, pem: bytes) -> Authority:
        """Return what `dump` wrote. Raises `ValueError` for anything else."""
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, PrivateKey):
            raise ValueError("The local CA's key should be one on an elliptic curve.")  # noqa: TRY004
        return cls(x509.load_pem_x509_certificate(pem), private)

    def dump(self) -> str:
        return _private_pem(self.private) + self.pem

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def client(self, common_name: str, now: float, days: int) -> Issued:
        """Return a new certificate for a machine of this name."""
        return self._issue(common_name, (), ExtendedKeyUsageOID.CLIENT_AUTH, now, days)

    def server(self, common_name: str, names: Iterable[str], now: float, days: int) -> Issued:
        """Return a new certificate for a server at these hosts and addresses."""
        return self._issue(common_name, names, ExtendedKeyUsageOID.SERVER_AUTH, now, days)

    def _issue(
        self,
        common_name: str,
        names: Iterable[str],
        purpose: x509.ObjectIdentifier,
        now: float,
        days: int,
    ) -> Issued:
        private = ec.generate_private_key(ec.SECP256R1())
        public, issuer = private.public_key(), self.certificate.subject
        builder = _builder(_subject(common_name), issuer, public, now, days)
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(is_authority=False), True),
            (x509.ExtendedKeyUsage([purpose]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.private.public_key()), False),
        ]
        if alternatives := [_alternative(name) for name in names]:
            extensions.append((x509.SubjectAlternativeName(alternatives), False))
        for extension, is_critical in extensions:
            builder = builder.add_extension(extension, critical=is_critical)
        signed = builder.sign(self.private, hashes.SHA256())
        pem = signed.public_bytes(serialization.Encoding.PEM).decode()
        return Issued(pem, _private_pem(private))


def open_or_create(folder: Path, now: float) -> Authority:
    """
    Return the state folder's own CA, made where there is none.

    Raises `StateError` when its file is damaged, or cannot be read or written.
    """
    path = folder / AUTHORITY_FILE
    try:
        if path.exists():
            return Authority.load(path.read_bytes())
        made = Authority.make(now)
        private_files.write(folder / CERTIFICATE_FILE, made.pem)
        private_files.write(path, made.dump())
    except OSError as error:
        raise StateError(f"Cannot use {path}: {error.strerror}.") from error
    except ValueError as error:
        raise StateError(
            f"{path} is damaged: delete it, and a new CA is made; certificates of the old one stay"
            " good as long as the organisation has it."
        ) from error
    return made


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: float, days: int
) -> x509.CertificateBuilder:
    start = datetime.fromtimestamp(int(now), UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - BACKDATED)
        .not_valid_after(start + timedelta(days=days))
    )


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name)


def _private_pem(private: PrivateKey) -> str:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
