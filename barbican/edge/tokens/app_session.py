"""
`CF_AppSession`: the cookie on an application's host that ties a login to the browser it began in.

Source: Cloudflare One documentation, "Authorization cookie": against forged requests, 24 hours. A
browser keeps the one that it has, so that two of its tabs can log in at once.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256

from barbican.edge.decision.credentials import Headers
from barbican.edge.tokens.cookies import cookie_values

COOKIE = "CF_AppSession"
LIFETIME = 24 * 3600  # seconds

_VALUE = re.compile(r"[0-9a-f]{32}")


def value_for(headers: Headers) -> str:
    """Return the value that this browser has, or a new one."""
    held = filter(_VALUE.fullmatch, cookie_values(headers, COOKIE))
    return next(held, "") or secrets.token_hex(16)


def digests(headers: Headers) -> list[str]:
    """Return the digests of the values that came, under which the team's host knows them."""
    return [digest(value) for value in cookie_values(headers, COOKIE)]


def digest(value: str) -> str:
    return sha256(value.encode("utf-8", "replace")).hexdigest()
