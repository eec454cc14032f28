"""
Requests that nobody made, to a team that does not exist, examined by the real verifier.

The key is made in this process and thrown away with it; the clock stands still. So every state of
the evidence can be shown without a configuration, and never from the request that asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.http import HttpRequest

from barbican.access import errors
from barbican.access.examination import Application, Examination
from barbican.access.identity import Kind
from barbican.access.keys import KeyState, KeyStore
from barbican.access.keyset import SigningKey
from barbican.access.presented import ASSERTION, presented
from barbican.access.verifier import Verifier
from barbican.protocol import ALGORITHM, APPLICATION_TOKEN_TYPE, CERTS_PATH

NOW = 1_795_443_071  # 23 Nov 2026 14:11:11 UTC
TEAM = "https://example.cloudflareaccess.com"
AUDIENCE = "32ea5c0e" + "1f" * 24 + "90ab4228"
OTHER_AUDIENCE = "77b1d0aa" + "2e" * 24 + "51cc09d3"
KEY_ID = "9338abe1" + "5b" * 24 + "dcac69b8"
CLIENT_ID = "00112233445566778899aabbccddeeff.access"
EMAIL = "ada@example.com"
RAY = "8f0123456789abcd-LHR"

SERVICE: Mapping[str, Any] = {
    "type": APPLICATION_TOKEN_TYPE,
    "aud": [AUDIENCE],
    "exp": NOW + 58,
    "iss": TEAM,
    "common_name": CLIENT_ID,
    "iat": NOW - 2,
    "sub": "",
}
PERSON: Mapping[str, Any] = {
    "aud": [AUDIENCE],
    "email": EMAIL,
    "exp": NOW + 86_000,
    "iat": NOW - 400,
    "nbf": NOW - 400,
    "iss": TEAM,
    "type": APPLICATION_TOKEN_TYPE,
    "identity_nonce": "Qx3v9kLm2TzA81bC",
    "sub": "4b1f6c0e-0d55-4a4e-9d2f-3a9b0e1c7f10",
    "country": "GB",
}
_HEADERS = {
    "HTTP_ACCEPT": "text/html,application/xhtml+xml",
    "HTTP_CDN_LOOP": "cloudflare",
    "HTTP_CF_CONNECTING_IP": "203.0.113.7",
    "HTTP_CF_IPCOUNTRY": "GB",
    "HTTP_CF_RAY": RAY,
    "HTTP_USER_AGENT": "curl/8.5.0",
}


class Keys(KeyStore):
    """A key set at one moment. Never fetches."""

    def __init__(self, age: float | None = 120, error: str = "") -> None:
        super().__init__(f"{TEAM}{CERTS_PATH}")
        self._shown_age, self._shown_error = age, error

    def current(self, key_id: str) -> tuple[SigningKey, ...]:
        if self._shown_age is None or key_id != KEY_ID:
            return ()
        return (SigningKey(KEY_ID, _private_key().public_key()),)

    def holds(self, key: SigningKey) -> bool:
        return key.key_id == KEY_ID

    def find(self, key_id: str) -> tuple[SigningKey, ...]:
        found = self.current(key_id)
        if found:
            return found
        raise errors.KeysUnavailableError if self._shown_age is None else errors.UnknownKeyError

    @property
    def is_stale(self) -> bool:
        return self.state().is_stale

    def state(self) -> KeyState:
        age = self._shown_age
        return KeyState(
            source=self.url,
            freshness="empty" if age is None else "stale" if self._shown_error else "fresh",
            key_ids=() if age is None else (KEY_ID,),
            fetched_at=None if age is None else NOW - age,
            age=age,
            last_error=self._shown_error,
            next_attempt_in=12 if self._shown_error else 0,
        )


STALE = Keys(3 * 3_600, "it did not answer within 3 s")
NONE_HELD = Keys(None, "it answered 502")


@dataclass(frozen=True, slots=True)
class Invented:
    """One request and what is made of it."""

    headers: Mapping[str, str] = field(default_factory=dict)  # by their WSGI names
    keys: KeyStore = field(default_factory=Keys)
    welcomes: frozenset[Kind] = frozenset(Kind)
    client_ids: frozenset[str] = frozenset()
    is_configured: bool = True

    def request(self) -> HttpRequest:
        request = HttpRequest()
        request.method, request.path, request.path_info = (
            "GET",
            "/service-token/",
            "/service-token/",
        )
        request.META = {**_HEADERS, "HTTP_HOST": settings.BASE_DOMAIN, **self.headers}
        request.id, request.portal, request.door = RAY, "", "path"  # type: ignore[attr-defined]
        return request

    def examination(self) -> Examination:
        meta = self.request().META
        verifier = Verifier(
            application=Application(
                "service_token",
                frozenset({AUDIENCE} if self.is_configured else ()),
                client_ids=self.client_ids,
                welcomes=self.welcomes,
            ),
            team_domain=TEAM,
            keys=self.keys,
            clock=lambda: NOW,
        )
        return verifier.examine(presented(meta), meta)


def with_token(token: str, **more: Any) -> Invented:
    return Invented({ASSERTION: token}, **more)


def sign(claims: Mapping[str, Any], /, *, without: str = "", **changes: Any) -> str:
    """Return a token of these claims, changed, signed with the invented team's key."""
    shown = {name: value for name, value in {**claims, **changes}.items() if name != without}
    return _sign(tuple(sorted(shown.items(), key=lambda item: item[0])), KEY_ID)


def sign_with(key_id: str) -> str:
    """Return a token that names another key than the team's."""
    return _sign(tuple(SERVICE.items()), key_id)


def changed() -> str:
    """Return a token whose claims are not those that were signed."""
    header, _, signature = sign(SERVICE).split(".")
    payload = sign(SERVICE, common_name=CLIENT_ID.replace("00", "ff", 1)).split(".")[1]
    return f"{header}.{payload}.{signature}"


def unsigned() -> str:
    return jwt.encode(dict(SERVICE), key="", algorithm="none", headers={"kid": KEY_ID})


def _sign(claims: tuple[tuple[str, Any], ...], key_id: str) -> str:
    return jwt.encode(dict(claims), _private_key(), ALGORITHM, headers={"kid": key_id})


@cache
def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


NOBODY = MappingProxyType({"HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": EMAIL})
EXPOSED = MappingProxyType(
    {
        "HTTP_CF_ACCESS_CLIENT_ID": CLIENT_ID,
        "HTTP_CF_ACCESS_CLIENT_SECRET": "an invented secret",
    }
)
