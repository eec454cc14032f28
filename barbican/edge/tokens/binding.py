"""
The binding cookie: what makes a stolen application cookie worthless.

It is a keyed digest of the application token, so that the edge has nothing to remember and nobody
who holds the token alone can make it. How Access makes its own is not documented.

Source: Cloudflare One documentation, "Authorization cookie", binding cookie.
"""

from __future__ import annotations

import hashlib
import hmac

from barbican.edge.tokens.keys import KeyPair, SigningKey

BINDING_COOKIE = "CF_Binding"


def binding_of(token: str, key: SigningKey) -> str:
    """Return the binding of an application token under this key, 64 hex digits."""
    number = key.private.private_numbers().d
    secret = hashlib.sha256(f"{BINDING_COOKIE} {number}".encode()).digest()
    return hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()


def is_bound(token: str, presented: list[str], keys: KeyPair) -> bool:
    """Say whether one of the presented bindings is this token's, also after one rotation."""
    good = [binding_of(token, key).encode() for key in (keys.current, keys.previous)]
    given = [each.encode("utf-8", "surrogatepass") for each in presented]
    return any(hmac.compare_digest(one, other) for one in good for other in given)
