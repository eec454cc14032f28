"""
Reads the certificate with which a caller opened its TLS connection, and asks who vouches for it.

TLS has shown that the caller holds the certificate's key, and nothing else. Who vouches for it is
asked anew for every request, so that a CA which is taken away, or moved to another host, counts at
once, also on a connection that is open already.

Source: Cloudflare One documentation, "Mutual TLS"; rule 32 of the local edge.
"""

from __future__ import annotations

import hashlib
from asyncio import BaseTransport
from collections.abc import Iterable
from dataclasses import replace

from cryptography import x509
from cryptography.x509.oid import NameOID

from barbican.edge.certificates import chains
from barbican.edge.organisation.callers import ClientCertificate
from barbican.edge.organisation.model import CaCertificate


def presented(transport: BaseTransport) -> ClientCertificate | None:
    """Return the certificate of the caller at the other end, whoever made it."""
    tls = transport.get_extra_info("ssl_object")
    der = tls.getpeercert(binary_form=True) if tls is not None else None
    return read(der) if der else None


def read(der: bytes) -> ClientCertificate:
    """Return what a certificate says of itself. Nobody vouches for it yet."""
    return ClientCertificate(_common_name(der), hashlib.sha256(der).hexdigest(), der)


def vouched(
    certificate: ClientCertificate | None, uploaded: Iterable[CaCertificate], now: float
) -> ClientCertificate | None:
    """Return the certificate with the IDs of those uploads that vouch for it at this moment."""
    if certificate is None:
        return None
    found = (each.id for each in uploaded if _vouches(each, certificate, now))
    return replace(certificate, authorities=frozenset(found))


def _vouches(authority: CaCertificate, certificate: ClientCertificate, now: float) -> bool:
    return any(each.covers(now) for each in chains.windows(certificate.der, authority.pem))


def _common_name(der: bytes) -> str:
    """Return the subject's common name; empty when it has none, or more than one."""
    try:
        subject = x509.load_der_x509_certificate(der).subject
    except chains.BROKEN:
        return ""
    names = [each.value for each in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return str(names[0]) if len(names) == 1 and isinstance(names[0], str) else ""
