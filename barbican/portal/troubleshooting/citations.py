"""
Where a page of Cloudflare's documentation is, by the name under which the rows cite it.

Only addresses that this project cites elsewhere too. A page without one is named in words.
"""

from __future__ import annotations

_ACCESS = "https://developers.cloudflare.com/cloudflare-one/access-controls"
_TOKENS = f"{_ACCESS}/service-credentials/service-tokens/"
_COOKIE = f"{_ACCESS}/applications/http-apps/authorization-cookie"
# What stands first in a citation; the longer names come first.
_PAGES = (
    ("Service tokens: strict authentication",
     f"{_TOKENS}#enforce-strict-service-token-authentication"),
    ("Service tokens: authenticate with a single header",
     f"{_TOKENS}#authenticate-with-a-single-header"),
    ("Service tokens", _TOKENS),
    ("Application token", f"{_COOKIE}/application-token/"),
    ("Validate JSON Web Tokens", f"{_COOKIE}/validating-json/"),
    ("Application paths", f"{_ACCESS}/policies/app-paths/"),
    ("Policies", f"{_ACCESS}/policies/"),
    ("Session management", f"{_ACCESS}/access-settings/session-management/"),
    ("Mutual TLS", f"{_ACCESS}/service-credentials/mutual-tls-authentication/"),
)  # fmt: skip


def address(where: str) -> str:
    """Return the address of the page that is cited, or nothing where it is not known."""
    return next((url for name, url in _PAGES if where.startswith(name)), "")
