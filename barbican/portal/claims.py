"""
What each documented member of an application token means, in plain words.

Source: Cloudflare One documentation, "Application token"; RFC 7515 and RFC 7519.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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


def header_rows(token: TokenReading) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": text(value), "meaning": HEADER.get(name, "never looked at here")}
        for name, value in token.header.items()
    ]


def claim_rows(token: TokenReading, now: float) -> list[dict[str, Any]]:
    return [_claim(name, value, now) for name, value in token.claims.items()]


def _claim(name: str, value: Any, now: float) -> dict[str, Any]:
    row = {
        "name": text(name),
        "value": text(value),
        "meaning": CLAIMS.get(name, ""),
        "known": name in CLAIMS,
    }
    if name in _TIMES and is_time(value):
        row["datetime"] = iso(value)
        row["note"] = f"{absolute(value)}, {relative(value - now)}"
    elif name == "sub" and value == "":
        row["note"] = "empty for a machine, by design"
    return row


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
