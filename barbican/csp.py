"""
The Content-Security-Policy, under the names that Django 6 gives it.

Nothing inline, nothing of another host. On a demo's subdomain the portal's origin is allowed too,
as static files are served there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

SELF = "'self'"
NONE = "'none'"

POLICY: Mapping[str, tuple[str, ...]] = {
    "default-src": (NONE,),
    "script-src": (SELF,),
    "style-src": (SELF,),
    "img-src": (SELF, "data:"),
    "font-src": (SELF,),
    "connect-src": (SELF,),
    "form-action": (SELF,),
    "base-uri": (NONE,),
    "frame-ancestors": (NONE,),
    "object-src": (NONE,),
}
_LOADED_FROM_THE_PORTAL = ("script-src", "style-src", "img-src", "font-src")


@lru_cache(maxsize=64)
def header(portal: str = "") -> str:
    """Return the header's value; `portal` is an origin to load static files from, or empty."""
    return "; ".join(
        " ".join((name, *sources, portal)).rstrip()
        if name in _LOADED_FROM_THE_PORTAL
        else " ".join((name, *sources))
        for name, sources in POLICY.items()
    )
