"""
TLS at the edge: its own certificate, and a client certificate that is asked for and never required.

A missing, expired or foreign client certificate is answered over HTTP, so the handshake has to
succeed with every one of them, and with OpenSSL it does only where a certificate is trusted. So
each connection gets a context of its own, whose only anchor is the one certificate that its client
presents: TLS proves that the client holds the key, and `client_certificates` asks for each request
who vouches for it. The hook for that, `SSLContext._msg_callback`, is the standard library's own,
but not public; without it the handshake would fail, and nobody would be let in by mistake.

What still ends in the handshake: a certificate made for servers only, and one whose key is too weak
for OpenSSL's security level.

Source: Cloudflare One documentation, "Mutual TLS"; rule 32 of the local edge; RFC 8446 section
4.4.2 and RFC 5246 section 7.4.2 for the form of the message.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from barbican.edge.certificates import authority
from barbican.edge.certificates.authority import Authority
from barbican.edge.organisation.model import Organisation
from barbican.edge.state import private_files
from barbican.edge.state.store import StateError, StateFolder

SERVER_FILE = "server.pem"  # the edge's private key, and its certificate
SERVER_NAME = "Barbican local edge"
DAYS = 397  # the longest that browsers take
RENEWED_BEFORE = 30 * 24 * 3600  # seconds before its end
PROTOCOLS = ("http/1.1",)
_LOOPBACK = ("localhost", "*.localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:]+\]")

_HANDSHAKE, _CERTIFICATE = 22, 11  # content type of a record, type of a message
# X509_V_FLAG_IGNORE_CRITICAL and _NO_CHECK_TIME, which `ssl` has no names for: `chains` asks both.
_ANY_CERTIFICATE = 0x10 | 0x20_0000


@dataclass(frozen=True, slots=True)
class SecureListener:
    """A listening socket, and how it greets."""

    socket: socket.socket
    context: ssl.SSLContext


def names(organisation: Organisation) -> tuple[str, ...]:
    """Return the hosts that the edge's certificate is for, each once and in order."""
    base = organisation.base_domain
    served = (each.host for app in organisation.applications for each in app.destinations)
    hosts = (*_LOOPBACK, base, *(() if _is_address(base) else (f"*.{base}",)), *served)
    # A wildcard inside a label is Access's own; no certificate can say it.
    return tuple(dict.fromkeys(host.strip("[]") for host in hosts if _HOST.fullmatch(host)))


def context(state: StateFolder) -> ssl.SSLContext:
    """
    Return the context of the TLS listener, with its certificate in the state folder.

    Raises `StateError` when the folder's CA or certificate cannot be used.
    """
    held = _ServerCertificate(state.folder)
    held.renew(names(state.state().organisation))

    def fresh(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        # The certificate of before is better than none, also where the folder is gone.
        with suppress(StateError):
            held.renew(names(state.state().organisation))
        with suppress(OSError):
            connection.context = _context_of_one(held.path)

    made = _context_of_one(held.path)
    # Called for every connection, also where the client names no host.
    made.sni_callback = fresh
    return made


def leaf(message: bytes, *, is_tls_13: bool) -> bytes:
    """Return the first certificate in a Certificate message, or nothing when there is none."""
    content = message[4:]
    if is_tls_13 and content:
        content = content[1 + content[0] :]  # certificate_request_context
    size = int.from_bytes(content[3:6])
    return content[6 : 6 + size]


def _context_of_one(path: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(path)
    made.set_alpn_protocols(PROTOCOLS)
    # No resumption: every connection shows its certificate, and proves its key, anew.
    made.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    made.num_tickets = 0
    made.verify_mode = ssl.CERT_OPTIONAL
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _ANY_CERTIFICATE
    made._msg_callback = _trust_what_is_shown  # type: ignore[attr-defined]  # noqa: SLF001
    return made


def _trust_what_is_shown(
    connection: ssl.SSLObject,
    direction: str,
    version: int,
    content_type: int,
    message_type: int,
    message: bytes,
) -> None:
    if (direction, content_type, message_type) != ("read", _HANDSHAKE, _CERTIFICATE):
        return
    if der := leaf(message, is_tls_13=version == ssl.TLSVersion.TLSv1_3):
        with suppress(ssl.SSLError):  # no certificate: OpenSSL says so by itself
            connection.context.load_verify_locations(cadata=der)


class _ServerCertificate:
    """The edge's own certificate, made anew when the organisation's hosts have changed."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / SERVER_FILE
        self._names: tuple[str, ...] = ()

    def renew(self, wanted: tuple[str, ...]) -> None:
        if wanted == self._names:
            return
        now = time.time()
        issuer = authority.open_or_create(self.path.parent, now)
        if not (self.path.exists() and self._is_good(issuer, wanted, now)):
            made = issuer.server(SERVER_NAME, wanted, now, DAYS)
            self._write(made.private_key + made.certificate)
        self._names = wanted

    def _write(self, pem: str) -> None:
        try:
            private_files.write(self.path, pem)
        except OSError as error:
            raise StateError(f"Cannot write {self.path}: {error.strerror}.") from error

    def _is_good(self, issuer: Authority, wanted: tuple[str, ...], now: float) -> bool:
        try:
            held = x509.load_pem_x509_certificate(self.path.read_bytes())
            held.verify_directly_issued_by(issuer.certificate)
            found = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return False
        is_fresh = held.not_valid_after_utc.timestamp() - now > RENEWED_BEFORE
        return is_fresh and set(wanted) == {str(each.value) for each in found}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
