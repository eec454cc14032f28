"""
The application tokens that a caller presents, read with the edge's own keys.

Source: rule 24 of the local edge: the cookie `CF_Authorization`, of which a browser may send
several, and the header `Cf-Access-Token`. Anything that is not a sound application token of this
team counts as if it had not been sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jwt

from barbican.edge.binding import BINDING_COOKIE, is_bound
from barbican.edge.callers import Identity
from barbican.edge.cookies import cookie_values
from barbican.edge.credentials import Headers, values
from barbican.edge.issuer import Issuer
from barbican.protocol import (
    ALGORITHM,
    APPLICATION_TOKEN_TYPE,
    AUTHORIZATION_COOKIE,
    TOKEN_HEADER,
)

MOST_TOKENS = 8  # per request; the rest is not looked at
LONGEST_TOKEN = 8 * 1024  # characters

_OPTIONS: Any = {
    "require": ["aud", "exp", "iat", "iss", "sub"],
    "verify_aud": False,  # each application's own to match
    "verify_exp": False,  # by the edge's clock, below
    "verify_iat": False,
    "verify_nbf": False,
}


def identities(headers: Headers, issuer: Issuer, now: float) -> tuple[Identity, ...]:
    """Return what the sound application tokens among the headers say, in their order."""
    tokens = [*cookie_values(headers, AUTHORIZATION_COOKIE), *values(headers, TOKEN_HEADER)]
    bindings = cookie_values(headers, BINDING_COOKIE)
    found = []
    for token in list(dict.fromkeys(tokens))[:MOST_TOKENS]:
        if identity := _read(token, issuer, now):
            bound = bool(bindings) and is_bound(token, bindings, issuer.keys)
            found.append(replace(identity, is_bound=bound))
    return tuple(found)


def _read(token: str, issuer: Issuer, now: float) -> Identity | None:
    """Return what an application token of this team says, or None for anything else."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
        claims = _claims(token, key_id, issuer)
        is_sound = claims.get("type") == APPLICATION_TOKEN_TYPE and now < float(claims["exp"])
        return _identity(claims, token) if is_sound else None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError):
        return None


def _claims(token: str, key_id: object, issuer: Issuer) -> dict[str, Any]:
    for key in (issuer.keys.current, issuer.keys.previous):
        if key.key_id == key_id:
            public = key.private.public_key()
            return jwt.decode(
                token, public, algorithms=[ALGORITHM], issuer=issuer.origin, options=_OPTIONS
            )
    return {}


def _identity(claims: dict[str, Any], token: str) -> Identity:
    audience = claims["aud"]
    return Identity(
        audience_tag=str(audience if isinstance(audience, str) else next(iter(audience), "")),
        issued_at=float(claims["iat"]),
        expires_at=float(claims["exp"]),
        email=str(claims.get("email", "")),
        subject=str(claims["sub"]),
        nonce=str(claims.get("identity_nonce", "")),
        country=str(claims.get("country", "")),
        common_name=str(claims.get("common_name", "")),
        token=token,
    )
