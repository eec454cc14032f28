"""
Who comes to the edge in a test, and what an application token says about them.

Source: Cloudflare One documentation, "Application token": a person's payload and a service
token's; rules 5 and 23 of the local edge.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from barbican.edge.organisation.callers import ServiceToken
from barbican.edge.organisation.model import Application
from barbican.edge.tokens.issuer import Claims
from barbican.protocol import (
    APPLICATION_TOKEN_TYPE,
    AUTHORIZATION_COOKIE,
    CLIENT_ID_HEADER,
    CLIENT_SECRET_HEADER,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A service token: what a machine sends to the edge."""

    id: str
    name: str
    client_id: str
    client_secret: str = field(repr=False)

    @classmethod
    def of(cls, token: ServiceToken) -> Pair:
        return cls(token.id, token.name, token.client_id, token.client_secret)

    @property
    def headers(self) -> dict[str, str]:
        return {CLIENT_ID_HEADER: self.client_id, CLIENT_SECRET_HEADER: self.client_secret}

    def claims(self) -> Claims:
        return {"common_name": self.client_id, "sub": ""}


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A person who has logged in: what a browser sends to the edge from then on."""

    email: str
    token: str = field(repr=False)

    @property
    def cookies(self) -> dict[str, str]:
        return {AUTHORIZATION_COOKIE: self.token}

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{AUTHORIZATION_COOKIE}={self.token}"}


def token_claims(
    caller: Pair | None, application: Application, issuer: str, now: int, changes: Claims
) -> Claims:
    """
    Return the claims of an application token for a machine, or for the person in `email`.

    `lifetime` is in seconds. Every other name in `changes` is a claim; None leaves it out.
    """
    changes = dict(changes)
    email = changes.pop("email", None)
    lifetime = changes.pop("lifetime", None)
    claims: Claims = {
        "type": APPLICATION_TOKEN_TYPE,
        "aud": [application.aud],
        "exp": now + (application.session(None) if lifetime is None else lifetime),
        "iss": issuer,
        "iat": now,
        **(_person(email, issuer, now) if email else {}),
        **(caller.claims() if caller else {}),
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def _person(email: str, issuer: str, now: int) -> Claims:
    """Return what a person's token says of them. One address is one `sub` for one team."""
    return {
        "nbf": now,
        "email": email,
        "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer}/{email.lower()}")),
        "identity_nonce": uuid.uuid4().hex[:16],
    }
