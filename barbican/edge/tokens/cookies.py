"""
The cookies that the edge sets on an application's host, and those that it reads there.

Source: Cloudflare One documentation, "Authorization cookie", cookie settings; rules 4, 6, 11 and
24 of the local edge. The order of the attributes is that of a cookie seen from Access.
"""

from __future__ import annotations

from email.utils import formatdate

from barbican.edge.decision.credentials import Headers, values
from barbican.edge.organisation.choices import Choices
from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.model import Application
from barbican.edge.tokens.binding import BINDING_COOKIE, binding_of
from barbican.edge.tokens.keys import SigningKey
from barbican.protocol import AUTHORIZATION_COOKIE

_SAME_SITE = {"none": "none", "lax": "Lax", "strict": "Strict"}


def application_cookies(
    token: str,
    expires_at: float,
    application: Application,
    choices: Choices,
    key: SigningKey,
    destination: Destination | None = None,
) -> tuple[str, ...]:
    """Return every `Set-Cookie` that goes with an application token."""
    cookie = authorization_cookie(token, expires_at, application, choices, destination)
    if not application.enable_binding_cookie:
        return (cookie,)
    scope = _path(application, destination)
    binding = binding_of(token, key)
    tail = _attributes(choices, is_http_only=True, same_site="none")
    return cookie, f"{BINDING_COOKIE}={binding}; Expires={_date(expires_at)}; Path={scope}{tail}"


def authorization_cookie(
    token: str,
    expires_at: float,
    application: Application,
    choices: Choices,
    destination: Destination | None = None,
) -> str:
    """
    Return the `Set-Cookie` of an application token, with the application's own attributes.

    `destination` is the one that was asked for; without it the application's first.
    """
    is_http_only = application.http_only_cookie_attribute
    if is_http_only is None:
        is_http_only = choices.http_only_by_default
    tail = _attributes(
        choices, is_http_only=is_http_only, same_site=application.same_site_cookie_attribute
    )
    scope = _path(application, destination)
    return f"{AUTHORIZATION_COOKIE}={token}; Expires={_date(expires_at)}; Path={scope}{tail}"


def cookie_values(headers: Headers, name: str) -> list[str]:
    """Return every value of a cookie, in the order in which they came."""
    crumbs = [crumb for line in values(headers, "cookie") for crumb in line.split(";")]
    pairs = [crumb.partition("=") for crumb in crumbs]
    return [value.strip().strip('"') for key, _equals, value in pairs if key.strip() == name]


def secure(choices: Choices) -> str:
    """Return the attribute `Secure` where cookies carry it."""
    return "; Secure" if choices.secure_cookies else ""


def _attributes(choices: Choices, *, is_http_only: bool, same_site: str) -> str:
    same_site = _SAME_SITE.get(same_site.lower(), "none")
    is_said = same_site != "none" or choices.secure_cookies
    return "".join(
        [
            secure(choices),
            "; HttpOnly" if is_http_only else "",
            f"; SameSite={same_site}" if is_said else "",
        ]
    )


def _path(application: Application, destination: Destination | None) -> str:
    if not application.path_cookie_attribute:
        return "/"
    return (destination or application.destinations[0]).cookie_path


def _date(expires_at: float) -> str:
    return formatdate(expires_at, usegmt=True)
