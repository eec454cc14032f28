"""
Tells one browser from another at the login page, and its own forms from those of other sites.

Source: Cloudflare One documentation, "Authorization cookie": `CF_Session` on the team domain, 4
hours, against forged requests.
"""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256

from barbican.edge.decision.credentials import Headers, values
from barbican.edge.people.jar import Header, Jar
from barbican.edge.tokens.cookies import cookie_values

COOKIE = "CF_Session"
LIFETIME = 4 * 3600  # seconds

_NAME = re.compile(r"[0-9a-f]{32}")


class Browsers:
    """Knows the browsers of one team host. The key is this process's alone."""

    def __init__(self, team_origin: str) -> None:
        self._origin = team_origin
        self._key = secrets.token_bytes(32)

    def greet(self, headers: Headers, jar: Jar, now: float) -> tuple[str, tuple[Header, ...]]:
        """Return the browser's name, and the cookie that it needs when it has none yet."""
        if name := self.name(headers):
            return name, ()
        name = secrets.token_hex(16)
        return name, (jar.set(COOKIE, name, now + LIFETIME),)

    def name(self, headers: Headers) -> str:
        """Return the browser's name, or nothing."""
        return next(filter(_NAME.fullmatch, cookie_values(headers, COOKIE)), "")

    def seal(self, name: str) -> str:
        """Return what a form of ours carries, so that it is known again."""
        return hmac.new(self._key, name.encode(), sha256).hexdigest()

    def sent(self, headers: Headers, seal: str) -> str:
        """Return the name of the browser that sent a form of ours, or nothing for any other."""
        name = self.name(headers)
        # Browsers name where a form stood; other clients need not.
        is_ours = all(origin == self._origin for origin in values(headers, "origin"))
        good = hmac.compare_digest(self.seal(name).encode(), seal.encode("utf-8", "replace"))
        return name if name and is_ours and good else ""
