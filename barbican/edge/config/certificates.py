"""
CA certificates that the configuration file names: PEM files beside it.

Source: Cloudflare One documentation, "Mutual TLS": a root, or the whole chain of an intermediate.
"""

from __future__ import annotations

from pathlib import Path

from barbican.edge.certificates.ca_certificates import ca_certificate
from barbican.edge.config.files import read
from barbican.edge.organisation.model import CaCertificate

LARGEST = 256 * 1024  # bytes


def certificate(name: str, file: Path, hostnames: tuple[str, ...]) -> CaCertificate:
    """
    Return the certificate in this file. Its ID is its name.

    Only certificates are taken over: a private key in the same file stays there. Raises
    `ValueError` with a sentence.
    """
    try:
        raw = read(file, LARGEST)
    except OSError as error:
        raise ValueError(f"Cannot read {str(file)!r}: {error.strerror}.") from error
    try:
        return ca_certificate(raw, id=name, name=name, hosts=hostnames)
    except ValueError as error:
        raise ValueError(f"{str(file)!r} {error}.") from None
