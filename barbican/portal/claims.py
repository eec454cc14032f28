"""
What each documented member of an application token means, in plain words.

Source: Cloudflare One documentation, "Application token"; RFC 7515 and RFC 7519.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from barbican.access.evidence import TokenReading
from barbican.access.parse import is_time
from barbican.portal.masking import mask_claim
from barbican.portal.text import printable
from barbican.portal.times import absolute, iso, relative

MAX_SHOWN = 400  # characters of one value

HEADER = {
    "alg": "how it is signed; only RS256 is accepted here",
    "kid": "which of the team's keys signed it",
    "typ": "that it is a JSON Web Token",
}
CLAIMS = {
    "aud": "the AUD tags of the Access application that it is for",
    "common_name": "the Client ID of the service token, or the certificate's common name",
    "country": "where the person signed in",
    "custom": "attributes that the identity provider adds",
    "device_id": "the device, where the device client is in use",
    "email": "the person's address, vouched for by the identity provider",
    "exp": "when it ends",
    "iat": "when it was issued",
    "identity_nonce": "a key to the person's whole identity at the edge",
    "iss": "the team that issued it",
    "nbf": "when it begins",
    "sub": "the person's identifier in this account",
    "type": "app for an application, org for the team's own login session",
}
_TIMES = ("exp", "iat", "nbf")


class Row(NamedTuple):
    """One member as the page shows it."""

    name: str
    value: str
    meaning: str
    trusted: bool
    known: bool = True
    note: str = ""
    datetime: str | None = None


def header_rows(token: TokenReading) -> list[Row]:
    return [
        Row(text(name), text(value), HEADER.get(name, "never looked at here"), token.trusted)
        for name, value in token.header.items()
    ]


def claim_rows(token: TokenReading, now: float) -> list[Row]:
    return [_claim(name, value, now, token.trusted) for name, value in token.claims.items()]


def _claim(name: str, value: Any, now: float, trusted: bool) -> Row:
    note, datetime = "", None
    if name in _TIMES and is_time(value):
        note, datetime = f"{absolute(value)}, {relative(value - now)}", iso(value)
    elif name == "sub" and value == "":
        note = "empty for a machine, by design"
    meaning, known = CLAIMS.get(name, ""), name in CLAIMS
    return Row(text(name), text(value), meaning, trusted, known, note, datetime)


def text(value: Any) -> str:
    """Return a claim's value as masked text of bounded length."""
    found = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    found = printable(mask_claim(found))
    return found if len(found) <= MAX_SHOWN else f"{found[:MAX_SHOWN]}…"


def shown(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return claims for JSON, with secrets masked wherever an attacker or a mistake put them."""
    return {mask_claim(name): _shown(value) for name, value in members.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return mask_claim(value)
    if isinstance(value, dict):
        return shown(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value
