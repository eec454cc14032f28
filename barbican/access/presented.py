"""
What a request presents: one token, or the reason why there is none to examine.

The header decides whenever it is there; a bad header never falls back to the cookie. Everything
else that speaks of identity is looked at for the table and never believed.

Source: Cloudflare One documentation, "Validating JSON": prefer the header, the cookie is not
guaranteed. The rules on doubles are this project's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from barbican.access import errors
from barbican.access.evidence import Check, caution, failed, not_run, passed
from barbican.access.parse import MAX_TOKEN_BYTES, parse
from barbican.protocol import (
    ACCESS_HEADER_PREFIX,
    ASSERTION_HEADER,
    AUTHORIZATION_COOKIE,
    CLIENT_CERTIFICATE_HEADER_PREFIX,
    CLIENT_ID_HEADER,
    CLIENT_SECRET_HEADER,
    TOKEN_HEADER,
    USER_EMAIL_HEADER,
)


def meta_name(header: str) -> str:
    """Return the name under which WSGI hands on a header."""
    return f"HTTP_{header.upper().replace('-', '_')}"


ASSERTION = meta_name(ASSERTION_HEADER)
_CREDENTIALS = tuple(map(meta_name, (CLIENT_ID_HEADER, CLIENT_SECRET_HEADER, TOKEN_HEADER)))
_IDENTITY_PREFIXES = (
    meta_name(ACCESS_HEADER_PREFIX),
    meta_name(CLIENT_CERTIFICATE_HEADER_PREFIX),
)
_EMAIL = meta_name(USER_EMAIL_HEADER)

EXPECTED = f"one {ASSERTION_HEADER} header, or none and one {AUTHORIZATION_COOKIE} cookie"
CONSISTENT = "header, cookie and claims agree; no raw credentials"
TOO_LONG = f"more than {MAX_TOKEN_BYTES} bytes"


@dataclass(frozen=True, slots=True)
class Presented:
    """The token to examine, or `error`. `token` is empty when there is none to examine."""

    token: str = field(repr=False)
    source: Literal["header", "cookie"]
    error: errors.AccessError | None = None

    @property
    def assertion_row(self) -> Check:
        if self.error is None:
            return passed("assertion", EXPECTED, f"{self.source}, {len(self.token)} bytes")
        reason = ""
        if isinstance(self.error, errors.MalformedTokenError):
            reason = f"There is {self.error.actual} where one token of at most 8 KiB is allowed."
        return failed("assertion", self.error, reason)


def presented(meta: Mapping[str, Any]) -> Presented:
    """Return what the request's WSGI environment presents. Measures before it looks."""
    header = meta.get(ASSERTION)
    if header is not None:
        return _one(header, "header", [header])
    cookies = cookie_values(meta)
    if cookies:
        token = cookies[0] if meta["HTTP_COOKIE"].isascii() else ""
        return _one(token, "cookie", cookies)
    if any(identity_headers(meta)):
        return Presented("", "header", errors.UnverifiedHeadersError(EXPECTED, "unsigned headers"))
    return Presented("", "header", errors.NothingPresentedError(EXPECTED, "neither"))


def cookie_values(meta: Mapping[str, Any]) -> list[str]:
    """
    Return every value of the authorization cookie, raw.

    Django's parser keeps the last of two, unquotes, and strips Unicode blanks round a name; each
    would let a neighbour's cookie pass as this one.
    """
    raw = meta.get("HTTP_COOKIE", "")
    if AUTHORIZATION_COOKIE not in raw:
        return []
    pairs = (part.partition("=") for part in raw.split(";"))
    return [
        value.strip(" \t") for name, _, value in pairs if name.strip(" \t") == AUTHORIZATION_COOKIE
    ]


def identity_headers(meta: Mapping[str, Any]) -> Iterator[str]:
    """Yield the WSGI names of unsigned headers that speak of identity or credentials."""
    return (name for name in meta if name.startswith(_IDENTITY_PREFIXES) and name != ASSERTION)


def consistency_row(meta: Mapping[str, Any], claims: Mapping[str, Any] | None) -> Check:
    """A disagreement is a caution: nothing in it is signed, so it never changes the verdict."""
    if any(name in meta for name in _CREDENTIALS):
        reason = (
            "Raw credentials reached the origin. The edge takes them away, so this request went "
            "round it. Treat the secret as exposed and rotate it."
        )
        return caution("consistency", CONSISTENT, "raw credentials", reason)
    if claims is None:
        return not_run("consistency", CONSISTENT, "There are no claims to compare with.")
    email = meta.get(_EMAIL)
    if email is not None and email != claims.get("email"):
        reason = f"{USER_EMAIL_HEADER} names somebody other than the token does."
        return caution("consistency", CONSISTENT, "the e-mail header disagrees", reason)
    if ASSERTION in meta and any(_names_another(cookie, claims) for cookie in cookie_values(meta)):
        reason = f"{AUTHORIZATION_COOKIE} names another caller than the header. The header decides."
        return caution("consistency", CONSISTENT, "the cookie disagrees", reason)
    return passed("consistency", CONSISTENT, "no disagreement")


def _names_another(cookie: str, claims: Mapping[str, Any]) -> bool:
    if len(cookie) > MAX_TOKEN_BYTES:
        return True
    others = parse(cookie).claims or {}
    return any(claims.get(name) != others.get(name) for name in ("sub", "email", "common_name"))


def _one(token: str, source: Literal["header", "cookie"], found: list[str]) -> Presented:
    if len(token) > MAX_TOKEN_BYTES:
        return Presented("", source, errors.MalformedTokenError(EXPECTED, TOO_LONG))
    if len(found) > 1 or "," in token:
        problem = f"more than one {source}" if source == "cookie" else "more than one header"
        return Presented("", source, errors.MalformedTokenError(EXPECTED, problem))
    if not token:
        problem = f"an empty {source}" if not found[0] else "a Cookie header that is not ASCII"
        return Presented("", source, errors.MalformedTokenError(EXPECTED, problem))
    return Presented(token, source)
