"""
Makes service tokens: a Client ID and a Client Secret in Cloudflare's format, worthless elsewhere.

Source: Cloudflare documentation, "Service tokens": 32 hex digits and `.access`; `cfast_`, 40
alphanumerics and a checksum of 8, which Access does not document. Here it is the CRC-32 of what
stands before it.
"""

from __future__ import annotations

import secrets
import string
import uuid
import zlib

from barbican.edge.organisation.callers import ServiceToken

_ALPHABET = string.ascii_letters + string.digits


def client_secret() -> str:
    """Return a new Client Secret."""
    body = "cfast_" + "".join(secrets.choice(_ALPHABET) for _ in range(40))
    return f"{body}{zlib.crc32(body.encode()):08x}"


def service_token(name: str, expires_at: float | None, *, is_enabled: bool = True) -> ServiceToken:
    """Return a new service token with a Client ID and a Client Secret of its own."""
    return ServiceToken(
        id=str(uuid.uuid4()),
        name=name,
        client_id=f"{secrets.token_hex(16)}.access",
        client_secret=client_secret(),
        expires_at=expires_at,
        is_enabled=is_enabled,
    )
