"""
Signs application tokens the way the edge does.

Source: Cloudflare One documentation, "Application token", payload of a service token: `sub` is
empty, `common_name` is the Client ID, there is no `nbf` and no `email`. The issuer is the edge's
own loopback origin: it never pretends to be a Cloudflare team.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt

from barbican.edge.organisation.choices import Choices
from barbican.edge.tokens.keys import KeyPair, SigningKey
from barbican.protocol import ALGORITHM, APPLICATION_TOKEN_TYPE

CACHED_TOKENS = 1024

DEFAULT_CHOICES = Choices()

META_TOKEN_TYPE = "meta"  # noqa: S105 - a claim's value

Claims = dict[str, Any]


@dataclass
class Issuer:
    """
    Signs for one team with its current key.

    A token is signed once for a caller and an application, and handed out again while more than
    half of its lifetime is left: signing costs many times what verifying does.
    """

    origin: str  # scheme, host and port, no trailing slash; the `iss` claim
    keys: KeyPair
    _signed: dict[tuple[str, ...], tuple[int, int, str]] = field(default_factory=dict, repr=False)

    def service_token(
        self,
        client_id: str,
        audience_tag: str,
        session: int,
        now: float,
        choices: Choices = DEFAULT_CHOICES,
    ) -> str:
        """Return an application token for a machine, good for a session of so many seconds."""
        lifetime = choices.lifetime(session)
        audience = audience_tag if choices.audience_as_string else [audience_tag]

        def claims(issued_at: int) -> Claims:
            return {
                "type": APPLICATION_TOKEN_TYPE,
                "aud": audience,
                "exp": issued_at + lifetime,
                "iss": self.origin,
                "common_name": client_id,
                "iat": issued_at,
                "sub": "",
            }

        return self._once((client_id, str(audience), str(lifetime)), lifetime, now, claims)

    def meta(
        self,
        host: str,
        redirect_url: str,
        *,
        kid: str,
        origin: str,
        app_session: str,
        has_service_token: bool,
        now: float,
    ) -> str:
        """
        Return the `meta` parameter of the way to the login page. It opens no application.

        `origin` keeps the local port for the way back, and `app_session` is the digest of the
        browser's `CF_AppSession`.
        """
        claims: Claims = {
            "type": META_TOKEN_TYPE,
            "kid": kid,
            "origin": origin,
            "app_session": app_session,
            "iss": self.origin,
            "iat": int(now),
            "hostname": host,
            "redirect_url": redirect_url,
            "auth_status": "NONE",
            "service_token_status": has_service_token,
            "is_warp": False,
            "is_gateway": False,
        }
        return sign(claims, self.keys.current)

    def metadata(self, host: str, app_host: str, audience_tag: str, now: float) -> str:
        """Return what tells cloudflared which application is at a host (rule 33)."""
        claims: Claims = {
            "type": "match",
            "hostname": host,
            "auth_domain": self.origin.partition("://")[2],
            "aud": audience_tag,
            "app_hostname": app_host,
            "iat": int(now),
        }
        return sign(claims, self.keys.current)

    def _once(
        self, name: tuple[str, ...], lifetime: int, now: float, claims: Callable[[int], Claims]
    ) -> str:
        name = (self.keys.current.key_id, *name)  # a rotated key signs anew
        issued_at, expires_at, token = self._signed.get(name, (0, 0, ""))
        if token and issued_at <= now and expires_at - now > lifetime / 2:
            return token
        issued_at = int(now)
        token = sign(claims(issued_at), self.keys.current)
        if len(self._signed) >= CACHED_TOKENS:
            self._signed.clear()
        self._signed[name] = (issued_at, issued_at + lifetime, token)
        return token


def sign(claims: Claims, key: SigningKey) -> str:
    """Return the claims as a token signed by this key, with Access's own JOSE header."""
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.key_id})


def expiry(token: str) -> int:
    """Return the `exp` of a token that this module signed, in Unix seconds."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return int(claims["exp"])
