"""
Who may manage the local edge: whoever holds its API token.

Source: Cloudflare API, "Authentication": `Authorization: Bearer <API token>`; the token has the
form of RFC 7235's token68, or the request is malformed.
"""

from __future__ import annotations

import hmac
import re

from barbican.edge.api.errors import malformed_authorization, no_authorization, wrong_token

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{1,500}=*)")


def authenticate(authorization: tuple[str, ...], api_token: str) -> None:
    """Return when the API token is right. Raises `ApiError`."""
    if not any(authorization):
        raise no_authorization()
    found = _BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
    if found is None:
        raise malformed_authorization()
    if not hmac.compare_digest(found[1].encode(), api_token.encode()):
        raise wrong_token()
