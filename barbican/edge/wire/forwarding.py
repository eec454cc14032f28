"""
The headers that go to the origin, and those that come back.

Source: RFC 9110 section 7.6.1 on hop-by-hop headers; Cloudflare documentation, "HTTP headers";
rules 4, 30 and 32 of the local edge. A name is compared as the widest reader would: in lower case
and with everything but letters and digits as a hyphen, as CGI and its heirs fold `_`, `-` and `.`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from barbican.edge.decision.credentials import Headers
from barbican.edge.organisation.callers import ClientCertificate
from barbican.edge.tokens.binding import BINDING_COOKIE
from barbican.protocol import (
    ACCESS_HEADER_PREFIX,
    ASSERTION_HEADER,
    CLIENT_CERTIFICATE_HEADER_PREFIX,
    CONNECTING_IP_HEADER,
    COUNTRY_HEADER,
    RAY_HEADER,
    USER_EMAIL_HEADER,
    VISITOR_HEADER,
)

CERTIFICATE_HEADER = f"{CLIENT_CERTIFICATE_HEADER_PREFIX}Der-Base64"
CERTIFICATE_HASH_HEADER = f"{CLIENT_CERTIFICATE_HEADER_PREFIX}Sha256"

_ODD = re.compile(r"[^a-z0-9]")
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# The edge's own to say. What a caller writes there never arrives.
_OURS = frozenset(
    {
        CONNECTING_IP_HEADER.lower(),
        COUNTRY_HEADER.lower(),
        RAY_HEADER.lower(),
        VISITOR_HEADER.lower(),
        "cdn-loop",
        "cf-connecting-ipv6",
        "true-client-ip",
        "x-forwarded-for",
        "x-forwarded-proto",
        "expect",  # said anew where it is meant
    }
)
_OUR_PREFIXES = (
    CLIENT_CERTIFICATE_HEADER_PREFIX.lower(),
    "cf-cert-",  # the transform "Add TLS client auth headers"
)
# Frame or address the request: only their one right spelling passes, and no Connection list
# takes them away.
_ESSENTIAL = frozenset({"content-length", "cookie", "host"})


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the edge itself tells the origin about the caller. Empty is left out."""

    assertion: str = field(default="", repr=False)  # the application token
    email: str = ""
    country: str = ""  # ISO 3166
    certificate: ClientCertificate | None = None  # where the origin gets it
    scheme: str = "http"  # that the caller used


NOTHING = Vouched()


def to_origin(
    headers: Headers,
    *,
    ip: str,
    ray: str,
    vouched: Vouched = NOTHING,
    single_header: str = "",
    keeps_access_headers: bool = False,
) -> list[tuple[str, str]]:
    """
    Return the headers for the origin: the caller's, less what only the edge may say, and ours.

    `single_header` names the header that carried a service token; a secret is never forwarded.
    `keeps_access_headers` lets the caller's own `Cf-Access-*` pass (`Choices`).
    """
    named = _named_by_connection(headers)
    kept = [
        (name, value)
        for name, value in _without_binding(headers)
        if _passes(name, named)
        and (keeps_access_headers or not _is_access_header(name))
        and name.lower() != single_header.lower()
    ]
    return kept + _ours(headers, ip, ray, vouched)


def _ours(headers: Headers, ip: str, ray: str, vouched: Vouched) -> list[tuple[str, str]]:
    addresses = [value for name, value in headers if name.lower() == "x-forwarded-for"]
    ours = [
        ("X-Forwarded-For", ", ".join([*addresses, ip])),
        ("X-Forwarded-Proto", vouched.scheme),
        (VISITOR_HEADER, f'{{"scheme":"{vouched.scheme}"}}'),
        (CONNECTING_IP_HEADER, ip),
        (RAY_HEADER, ray),
        ("CDN-Loop", "cloudflare"),
    ]
    said = (
        (COUNTRY_HEADER, vouched.country.upper()),
        (ASSERTION_HEADER, vouched.assertion),
        (USER_EMAIL_HEADER, vouched.email),
        *_of_certificate(vouched.certificate),
    )
    return ours + [(name, value) for name, value in said if value]


def _of_certificate(certificate: ClientCertificate | None) -> tuple[tuple[str, str], ...]:
    if certificate is None:
        return ()
    return (
        (CERTIFICATE_HEADER, b64encode(certificate.der).decode()),
        (CERTIFICATE_HASH_HEADER, certificate.fingerprint),
    )


def to_caller(headers: Iterable[tuple[str, str]], *, ray: str) -> list[tuple[str, str]]:
    """Return the origin's headers for the caller, with the ray that the origin got."""
    pairs = tuple(headers)
    named = _named_by_connection(pairs)
    gone = _HOP_BY_HOP | {"server", RAY_HEADER.lower()} | named
    kept = [(name, value) for name, value in pairs if name.lower() not in gone]
    return [*kept, ("Server", "cloudflare"), (RAY_HEADER, ray)]


def for_upgrade(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers with the two that ask for a WebSocket, or grant it."""
    return [*headers, ("Upgrade", "websocket"), ("Connection", "Upgrade")]


def _passes(name: str, named_by_connection: frozenset[str]) -> bool:
    folded = _ODD.sub("-", name.lower())
    if folded in _ESSENTIAL:
        return name.lower() == folded
    return not (
        folded in _HOP_BY_HOP
        or folded in _OURS
        or folded.startswith(_OUR_PREFIXES)
        or name.lower() in named_by_connection
    )


def _is_access_header(name: str) -> bool:
    return _ODD.sub("-", name.lower()).startswith(ACCESS_HEADER_PREFIX.lower())


def _named_by_connection(headers: Headers) -> frozenset[str]:
    # Our own headers are added afterwards, so naming one of them here takes nothing away.
    lists = [value for name, value in headers if name.lower() == "connection"]
    named = {item.strip().lower() for value in lists for item in value.split(",")}
    return frozenset(named - _ESSENTIAL)


def _without_binding(headers: Headers) -> list[tuple[str, str]]:
    """Return the headers less the `CF_Binding` cookie, which ends at the edge."""
    kept = []
    for name, value in headers:
        if name.lower() != "cookie" or BINDING_COOKIE.lower() not in value.lower():
            kept.append((name, value))
            continue
        crumbs = [crumb for crumb in value.split(";") if not _is_binding(crumb)]
        if rest := ";".join(crumbs).strip():
            kept.append((name, rest))
    return kept


def _is_binding(crumb: str) -> bool:
    return crumb.partition("=")[0].strip().lower() == BINDING_COOKIE.lower()
