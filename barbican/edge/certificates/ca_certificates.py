"""
Reads the certificates of a CA as somebody uploads them: by the API, the file or a command.

Source: Cloudflare One documentation, "Mutual TLS": a root, or the whole chain of an intermediate.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from barbican.edge.certificates.chains import BROKEN
from barbican.edge.organisation.model import CaCertificate

MOST_CERTIFICATES = 20  # of one upload


def ca_certificate(
    pem: bytes,
    *,
    id: str,  # noqa: A002 - the field's own name
    name: str = "",
    hosts: tuple[str, ...] = (),
    now: float = 0.0,
) -> CaCertificate:
    """
    Return an upload of these certificates: one, or a whole chain, the first one in front.

    Raises `ValueError` with what they should be.
    """
    try:
        chain = x509.load_pem_x509_certificates(pem)
    except BROKEN:
        raise ValueError("should be one or more certificates as PEM") from None
    if len(chain) > MOST_CERTIFICATES or not all(_is_authority(each) for each in chain):
        raise ValueError(
            "should be the certificates of a CA (basic constraints: CA), root or chain"
        )
    return CaCertificate(
        id=id,
        name=name,
        # Written anew, so that nothing but certificates is ever kept.
        pem="".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in chain),
        fingerprint=chain[0].fingerprint(hashes.SHA256()).hex(),
        associated_hostnames=hosts,
        expires_on=chain[0].not_valid_after_utc.timestamp(),
        created_at=now,
        updated_at=now,
    )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, *BROKEN):
        return False
