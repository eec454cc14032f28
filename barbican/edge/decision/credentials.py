"""
A service token's credentials: read from a request's headers, then compared in constant time.

Source: Cloudflare One documentation, "Service tokens": the pair of headers, the configured single
header with a JSON object in it, rotation with a grace period; rules 7 to 10 of the local edge.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from barbican.edge.organisation.callers import ServiceToken
from barbican.edge.organisation.model import Application, Organisation
from barbican.protocol import CLIENT_ID_HEADER, CLIENT_SECRET_HEADER

Headers = tuple[tuple[str, str], ...]

_UNKNOWN = "0" * 64  # compared with when the Client ID is unknown, so that it takes as long


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was presented. `problem` says why it cannot be a pair, or is empty."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Authentication:
    """A service token that is who it says, or None and the reason."""

    token: ServiceToken | None
    reason: str


def read(headers: Headers, application: Application) -> Credentials | None:
    """Return what the caller presented, or None when there was no token header at all."""
    ids = values(headers, CLIENT_ID_HEADER)
    secrets = values(headers, CLIENT_SECRET_HEADER)
    singles = _single(headers, application.read_service_tokens_from_header)
    if not (ids or secrets or singles):
        return None
    if singles and (ids or secrets):
        return Credentials(problem="credentials in the pair of headers and in the single one")
    if len(ids) > 1 or len(secrets) > 1 or len(singles) > 1:
        return Credentials(problem="a token header came twice")
    if singles:
        ids = _member(singles[0], CLIENT_ID_HEADER)
        secrets = _member(singles[0], CLIENT_SECRET_HEADER)
    if not (ids and secrets and ids[0] and secrets[0]):
        return Credentials(problem="half a pair")
    return Credentials(ids[0], secrets[0])


def authenticate(
    credentials: Credentials, organisation: Organisation, now: float
) -> Authentication:
    """Return the service token behind the credentials, or why they do not authenticate."""
    if credentials.problem:
        return Authentication(None, credentials.problem)
    known = by_client_id(organisation, credentials.client_id)
    accepted = known.secrets(now) if known else (_UNKNOWN,)
    # Every secret is compared, also after a match: the time tells nothing of which one it was.
    matches = [_same(credentials.client_secret, secret) for secret in accepted]
    if known is None:
        return Authentication(None, "unknown Client ID")
    if not any(matches):
        return Authentication(None, "wrong Client Secret")
    if not known.is_enabled:
        return Authentication(None, "service token disabled")
    if known.is_expired(now):
        return Authentication(None, "service token expired")
    return Authentication(known, "")


def secret_header(headers: Headers, application: Application) -> str:
    """Return the name of the single header when credentials are in it, whoever may own them."""
    name = application.read_service_tokens_from_header
    return name if _single(headers, name) else ""


def values(headers: Headers, name: str) -> list[str]:
    """Return every value of a header, in any case and with its hyphens only."""
    wanted = name.lower()
    return [value for key, value in headers if key.lower() == wanted]


def _single(headers: Headers, name: str) -> list[dict[str, Any]]:
    if not name:
        return []
    objects = [_json_object(value) for value in values(headers, name)]
    return [each for each in objects if each is not None]


def _json_object(value: str) -> dict[str, Any] | None:
    # Anything but an object is somebody else's header, such as `Authorization: Bearer …`.
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _member(single: dict[str, Any], header: str) -> list[str]:
    value = single.get(header.lower())  # lower-case keys only, as Access reads them
    return [value] if isinstance(value, str) else []


def by_client_id(organisation: Organisation, client_id: str) -> ServiceToken | None:
    """Return the service token with this Client ID, compared in constant time."""
    found = None
    for token in organisation.service_tokens:
        if _same(client_id, token.client_id):
            found = token
    return found


def _same(one: str, other: str) -> bool:
    # Bytes, because `compare_digest` raises for text that is not ASCII.
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
