"""
The cookies of the team's host, written with their attributes.

Source: Cloudflare One documentation, "Authorization cookie": `CF_Authorization` and `CF_Session` on
the team domain. Their path is Access's own here, so that no application ever gets them, also where
the team's host is an application's too (127.0.0.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate

from barbican.protocol import ACCESS_PATH

TEAM_PATH = ACCESS_PATH

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Jar:
    """Writes cookies. `Secure` is a choice, because some browsers drop such cookies here."""

    is_secure: bool = True

    def set(self, name: str, value: str, expires_at: float, path: str = TEAM_PATH) -> Header:
        """Return the header that sets an HttpOnly cookie, sent from other sites too."""
        # Without `Secure` browsers refuse SameSite=None. Their default comes with navigations.
        tail = "; Secure; HttpOnly; SameSite=None" if self.is_secure else "; HttpOnly"
        when = formatdate(expires_at, usegmt=True)
        return ("Set-Cookie", f"{name}={value}; Expires={when}; Path={path}{tail}")

    def clear(self, name: str, path: str = TEAM_PATH) -> Header:
        """Return the header that takes a cookie away."""
        return self.set(name, "", 0, path)
