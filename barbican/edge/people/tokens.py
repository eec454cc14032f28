"""
A person's two tokens, and the edge's reading of tokens that it signed itself.

Source: Cloudflare One documentation, "Application token": payload of an identity-based token, and
its `custom`, which is cut above about 1,000 bytes, the last values first. The global session is a
token of type `org` on the team domain; beyond its type its shape is not documented (`identity` has
been seen).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jwt

from barbican.edge.organisation.callers import Identity
from barbican.edge.tokens.issuer import Claims, Issuer, sign
from barbican.protocol import ALGORITHM, APPLICATION_TOKEN_TYPE, GLOBAL_SESSION_TOKEN_TYPE

LONGEST_TOKEN = 8 * 1024  # characters
LARGEST_CUSTOM = 1000  # bytes of JSON

# PyJWT's own checks of time go by its clock. The edge's clock can be moved.
_SIGNATURE_ONLY: Any = dict.fromkeys(
    ("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss", "verify_sub"), False
)


def application_token(issuer: Issuer, person: Identity, custom: Mapping[str, Any]) -> str:
    """Return the token that opens one application for a person (rule 23)."""
    claims = {"aud": [person.audience_tag], "email": person.email, **_times(person)}
    claims |= {"iss": issuer.origin, "type": APPLICATION_TOKEN_TYPE, **_who(person)}
    if kept := trimmed(custom):
        claims["custom"] = kept
    return sign(claims, issuer.keys.current)


def session_token(issuer: Issuer, person: Identity) -> str:
    """Return the token of the global session. It opens no application."""
    claims = {"aud": [issuer.origin], **_times(person)}
    claims |= {"iss": issuer.origin, "type": GLOBAL_SESSION_TOKEN_TYPE, **_who(person)}
    claims["identity"] = {"email": person.email}
    return sign(claims, issuer.keys.current)


def trimmed(custom: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that fit, in their order: the last ones go first."""
    kept = dict(custom)
    while kept and len(json.dumps(kept, separators=(",", ":")).encode()) > LARGEST_CUSTOM:
        kept.popitem()
    return kept


def read(issuer: Issuer, token: str) -> Claims | None:
    """
    Return the claims of a token that this team signed with a key that it still publishes.

    Time and type are the caller's to judge. Never raises, whatever the token is.
    """
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
        keys = {key.key_id: key for key in (issuer.keys.current, issuer.keys.previous)}
        if not isinstance(key_id, str) or key_id not in keys:
            return None
        claims: Claims = jwt.decode(
            token,
            keys[key_id].private.public_key(),
            algorithms=[ALGORITHM],
            options=_SIGNATURE_ONLY,
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    return claims if claims.get("iss") == issuer.origin else None


def _times(person: Identity) -> Claims:
    issued_at = int(person.issued_at)
    return {"exp": int(person.expires_at), "iat": issued_at, "nbf": issued_at}


def _who(person: Identity) -> Claims:
    claims: Claims = {"identity_nonce": person.nonce, "sub": person.subject}
    return {**claims, "country": person.country} if person.country else claims


def key_id(token: str) -> str:
    """Return the key ID in the header of a token that `read` accepted."""
    return str(jwt.get_unverified_header(token)["kid"])
