"""
What the edge answers by itself: denials, redirects to the login page, and its own faults.

Source: rules 6, 11 and 16 of the local edge. The JSON is the one that was seen from Access; it
goes to everyone whose `Accept` does not include `text/html` (the exact rule is not public).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from barbican.edge import page
from barbican.edge.core import Deny, EdgeRequest, LogIn, Place
from barbican.edge.credentials import values
from barbican.edge.issuer import Issuer
from barbican.protocol import ACCESS_PATH, AUTHORIZATION_COOKIE, PROTECTED_RESOURCE_PATH, RAY_HEADER

SESSION_COOKIE = "CF_AppSession"
SESSION_COOKIE_LIFETIME = 24 * 3600  # seconds
CONTACT = "You don't have permission to view this. Please contact your system administrator."
NO_STORE = (
    ("Cache-Control", "private, max-age=0, no-store, no-cache, must-revalidate"),
    ("Expires", "Thu, 01 Jan 1970 00:00:01 GMT"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response, ready for the wire."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def new_ray() -> str:
    """Return a ray ID: 16 hex digits and a place."""
    return f"{secrets.token_hex(8)}-LOC"


def denial(decision: Deny, request: EdgeRequest, ray: str) -> Answer:
    """Return Access's own refusal, with the headers that tell it from an origin's."""
    place = decision.place
    facts: dict[str, Any] = {
        "message": f"{decision.status.phrase}. {CONTACT}",
        "status_code": decision.status.value,
        "aud": place.application.aud,
        "ray_id": ray.partition("-")[0],
    }
    marks = (
        ("Cf-Access-Aud", place.application.aud),
        ("Cf-Access-Domain", place.destination.host),
    )
    return _answer(decision.status, facts, request, ray, marks, _home(request, place))


def fault(status: HTTPStatus, message: str, request: EdgeRequest, ray: str) -> Answer:
    """Return an answer of the edge that is no verdict of Access: a bad request, a dead origin."""
    facts = {
        "message": message,
        "status_code": status.value,
        "ray_id": ray.partition("-")[0],
    }
    return _answer(status, facts, request, ray)


def login(decision: LogIn, request: EdgeRequest, issuer: Issuer, ray: str, now: float) -> Answer:
    """Return the way to the team's login page, and the cookie that the way back needs."""
    aud = decision.place.application.aud
    meta = issuer.meta(
        request.host, request.target, has_service_token=bool(decision.service_token), now=now
    )
    location = (
        f"{issuer.origin}{ACCESS_PATH}login/{request.host}"
        f"?kid={aud}&meta={meta}&redirect_url={quote(request.target, safe='')}"
    )
    host = values(request.headers, "host")[0]
    cookie = f"{SESSION_COOKIE}={secrets.token_hex(16)}; Expires={_date(now)}; Path=/"
    resource = f"http://{host}{PROTECTED_RESOURCE_PATH}{request.path}"
    return Answer(
        HTTPStatus.FOUND,
        (
            ("Location", location),
            ("Set-Cookie", f"{cookie}; Secure; HttpOnly"),
            ("WWW-Authenticate", f'Cloudflare-Access resource_metadata="{_quoted(resource)}"'),
            ("Access-Control-Allow-Credentials", "true"),
            ("Cf-Access-Aud", aud),
            ("Cf-Access-Domain", decision.place.destination.host),
            *_always(ray),
        ),
    )


def document(content: dict[str, Any], ray: str) -> Answer:
    """Return JSON that the edge publishes. No cache header: Access's own is not documented."""
    return Answer(
        HTTPStatus.OK,
        (("Content-Type", "application/json"), ("Server", "cloudflare"), (RAY_HEADER, ray)),
        json.dumps(content).encode(),
    )


def authorization_cookie(token: str, expires_at: float) -> str:
    """Return the `Set-Cookie` with which a legacy organisation answers a service token."""
    expires = formatdate(expires_at, usegmt=True)
    return f"{AUTHORIZATION_COOKIE}={token}; Expires={expires}; Path=/; Secure; SameSite=none"


def _answer(
    status: HTTPStatus,
    facts: dict[str, Any],
    request: EdgeRequest,
    ray: str,
    marks: tuple[tuple[str, str], ...] = (),
    home: str = "/",
) -> Answer:
    headers: tuple[tuple[str, str], ...] = (("Vary", "Accept"), *marks, *_always(ray))
    if not _wants_html(request):
        headers = (("Content-Type", "application/json"), *headers)
        return Answer(status, headers, json.dumps(facts).encode())
    kind = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", page.POLICY),
    )
    return Answer(status, (*kind, *headers), page.page(status, facts, home).encode())


def _always(ray: str) -> tuple[tuple[str, str], ...]:
    return (
        *NO_STORE,
        ("X-Content-Type-Options", "nosniff"),
        ("Server", "cloudflare"),
        (RAY_HEADER, ray),
    )


def _home(request: EdgeRequest, place: Place) -> str:
    """Return where the portal is: above a host that one application has to itself."""
    host = values(request.headers, "host")[0]
    is_whole_host = not place.destination.path.strip("/*")
    return f"//{host.partition('.')[2]}/" if is_whole_host and "." in host else "/"


def _wants_html(request: EdgeRequest) -> bool:
    return any("text/html" in value.lower() for value in values(request.headers, "accept"))


def _date(now: float) -> str:
    return formatdate(now + SESSION_COOKIE_LIFETIME, usegmt=True)


def _quoted(text: str) -> str:
    return text.replace("\\", "%5C").replace('"', "%22")
