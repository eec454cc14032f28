"""
Who the tokens in a request's cookies and headers say is asking.

Only tokens that this edge signed count, with a key that it still publishes, in date by its own
clock, and of a session that still stands. Which application a token is for is decided elsewhere.

Source: rule 24 of the local edge: the application token comes in `CF_Authorization` or in
`Cf-Access-Token`; cookies of one name are told apart by their `type`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

from barbican.edge.decision.credentials import Headers
from barbican.edge.decision.credentials import values as header_values
from barbican.edge.organisation.callers import ONE_TIME_PIN, Identity
from barbican.edge.organisation.model import Organisation
from barbican.edge.people import tokens
from barbican.edge.people.revocations import Revocations
from barbican.edge.tokens.binding import BINDING_COOKIE, is_bound
from barbican.edge.tokens.cookies import cookie_values
from barbican.edge.tokens.issuer import Claims, Issuer
from barbican.protocol import (
    APPLICATION_TOKEN_TYPE,
    AUTHORIZATION_COOKIE,
    GLOBAL_SESSION_TOKEN_TYPE,
    TOKEN_HEADER,
)

MOST_TOKENS = 8  # of one request; what is beyond is not looked at
MOST_AUDIENCES = 8  # of one token
CACHED_TOKENS = 1024
LATEST = 2**53  # Unix seconds: what is later is no time


@dataclass(frozen=True, slots=True)
class Known:
    """A token whose signature was verified: verifying it again would say the same."""

    key_id: str
    issuer: str
    type: str
    identities: tuple[Identity, ...]  # one for each audience


@dataclass
class Reader:
    """Reads the tokens of requests, each signature once."""

    issuer: Issuer
    revocations: Revocations
    _known: dict[bytes, Known] = field(default_factory=dict, repr=False)

    def applications(
        self, headers: Headers, organisation: Organisation, now: float
    ) -> tuple[Identity, ...]:
        """Return what every sound application token says, in their order."""
        return tuple(self._read(headers, APPLICATION_TOKEN_TYPE, organisation, now))

    def session(self, headers: Headers, organisation: Organisation, now: float) -> Identity | None:
        """Return the person of the global session. Here a logout counts at once."""
        found = self._read(headers, GLOBAL_SESSION_TOKEN_TYPE, organisation, now, at_once=True)
        return next(found, None)

    def _read(
        self,
        headers: Headers,
        wanted: str,
        organisation: Organisation,
        now: float,
        *,
        at_once: bool = False,
    ) -> Iterator[Identity]:
        for token in _presented(headers):
            known = self._verified(token)
            if known is None or known.type != wanted:
                continue
            bindings = cookie_values(headers, BINDING_COOKIE)
            bound = bool(bindings) and is_bound(token, bindings, self.issuer.keys)
            method = login_method(organisation)
            for identity in known.identities:
                if self._stands(identity, now, at_once=at_once):
                    yield replace(identity, login_method=method, is_bound=bound)

    def _verified(self, token: str) -> Known | None:
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._learn(token, digest)
        keys = {self.issuer.keys.current.key_id, self.issuer.keys.previous.key_id}
        is_ours = known is not None and known.key_id in keys and known.issuer == self.issuer.origin
        return known if is_ours else None

    def _learn(self, token: str, digest: bytes) -> Known | None:
        claims = tokens.read(self.issuer, token)
        if claims is None:
            return None
        kind = claims.get("type")
        known = Known(
            key_id=tokens.key_id(token),
            issuer=self.issuer.origin,
            type=kind if isinstance(kind, str) else "",
            identities=tuple(_identities(claims, token)),
        )
        if len(self._known) >= CACHED_TOKENS:
            self._known.pop(next(iter(self._known)))
        self._known[digest] = known
        return known

    def _stands(self, identity: Identity, now: float, *, at_once: bool) -> bool:
        return now < identity.expires_at and not any(
            self.revocations.refuse(name, identity.issued_at, identity.nonce, now, at_once=at_once)
            for name in (identity.subject, identity.audience_tag)
            if name
        )


def login_method(organisation: Organisation) -> str:
    """Return the ID of the one-time PIN among the organisation's identity providers, or nothing."""
    providers = organisation.identity_providers
    return next((each.id for each in providers if each.type == ONE_TIME_PIN), "")


def _presented(headers: Headers) -> list[str]:
    found = cookie_values(headers, AUTHORIZATION_COOKIE) + header_values(headers, TOKEN_HEADER)
    return list(dict.fromkeys(found))[:MOST_TOKENS] if found else []


def _identities(claims: Claims, token: str) -> Iterator[Identity]:
    """Return what the claims say, or nothing where one of them is not of its documented kind."""
    times = [each for name in ("iat", "exp") if (each := _time(claims.get(name))) is not None]
    if len(times) != 2:
        return
    issued_at, expires_at = times
    email, subject, common_name = (_text(claims, name) for name in ("email", "sub", "common_name"))
    if not email and isinstance(claims.get("identity"), dict):
        email = _text(claims["identity"], "email")
    if not ((email and subject) or common_name):
        return
    audiences = claims.get("aud")
    for audience in audiences[:MOST_AUDIENCES] if isinstance(audiences, list) else [audiences]:
        if isinstance(audience, str):
            yield Identity(
                audience_tag=audience,
                issued_at=issued_at,
                expires_at=expires_at,
                email=email,
                subject=subject,
                nonce=_text(claims, "identity_nonce"),
                country=_text(claims, "country"),
                common_name=common_name,
                token=token,
            )


def _time(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < LATEST else None


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
