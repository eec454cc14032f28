"""
CA certificates that the configuration file names: PEM files beside it.

Source: Cloudflare One documentation, "Mutual TLS": a root, or the whole chain of an intermediate.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from barbican.edge.model import CaCertificate

LARGEST = 256 * 1024  # bytes


def certificate(name: str, file: Path, hostnames: tuple[str, ...]) -> CaCertificate:
    """
    Return the certificate in this file. Its ID is its name.

    Only certificates are taken over: a private key in the same file stays there. Raises
    `ValueError` with a sentence.
    """
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST)
    except OSError as error:
        raise ValueError(f"Cannot read {str(file)!r}: {error.strerror}.") from error
    try:
        chain = x509.load_pem_x509_certificates(raw)
    except ValueError as error:
        raise ValueError(f"{str(file)!r} holds no certificate in PEM.") from error
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain)
    return CaCertificate(
        id=name,
        name=name,
        pem=pem.decode("ascii"),
        fingerprint=chain[0].fingerprint(hashes.SHA256()).hex(),
        associated_hostnames=hostnames,
        expires_on=chain[0].not_valid_after_utc.timestamp(),
    )
