"""
What the edge answers by itself: denials, redirects to the login page, and its own faults.

Source: rules 11, 15, 16 and 33 of the local edge. The JSON is the one that was seen from Access; it
goes to everyone whose `Accept` does not include `text/html` (the exact rule is not public).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from barbican.edge.answers import page
from barbican.edge.answers.ways import NOWHERE, Ways
from barbican.edge.decision.cors import preflight_headers
from barbican.edge.decision.credentials import values
from barbican.edge.decision.decisions import Deny, Describe, EdgeRequest, LogIn, Place, Preflight
from barbican.edge.organisation.choices import Choices
from barbican.edge.tokens import app_session
from barbican.edge.tokens.cookies import secure
from barbican.edge.tokens.issuer import DEFAULT_CHOICES, Issuer
from barbican.protocol import ACCESS_PATH, PROTECTED_RESOURCE_PATH, RAY_HEADER

METADATA_HEADER = "Cf-Access-Metadata"
IDENTITY_DENIED = "That account does not have access"
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

    def with_cookies(self, cookies: tuple[str, ...]) -> Answer:
        """Return it with these `Set-Cookie` values: rule 6 holds for errors too."""
        return replace(self, headers=(*self.headers, *(("Set-Cookie", each) for each in cookies)))


def new_ray() -> str:
    """Return a ray ID: 16 hex digits and a place."""
    return f"{secrets.token_hex(8)}-LOC"


def denial(decision: Deny, request: EdgeRequest, ray: str, ways: Ways = NOWHERE) -> Answer:
    """Return Access's own refusal, with the headers that tell it from an origin's."""
    place = decision.place
    if decision.location:
        return Answer(
            HTTPStatus.FOUND,
            (("Location", _safe_url(decision.location)), *_marks(place), *_always(ray)),
        )
    facts: dict[str, Any] = {
        "message": _message(decision),
        "status_code": decision.status.value,
        "aud": place.application.aud,
        "ray_id": ray.partition("-")[0],
    }
    return _answer(decision.status, facts, request, ray, _marks(place), ways)


def _message(decision: Deny) -> str:
    if decision.identity:
        return decision.place.application.custom_deny_message or IDENTITY_DENIED
    return f"{decision.status.phrase}. {CONTACT}"


def preflight(decision: Preflight, request: EdgeRequest, ray: str) -> Answer:
    """Return the answer to a CORS preflight, as the application's `cors_headers` say."""
    cors = decision.place.application.cors_headers
    allowed = preflight_headers(cors, request.headers) if cors else ()
    return Answer(HTTPStatus.OK, (*allowed, *_signature(ray)))


def metadata(
    decision: Describe, request: EdgeRequest, issuer: Issuer, ray: str, now: float
) -> Answer:
    """Return which application is at this host, signed, as cloudflared asks for it."""
    place = decision.place
    token = issuer.metadata(request.host, place.destination.host, place.application.aud, now)
    return Answer(HTTPStatus.OK, ((METADATA_HEADER, token), *_marks(place), *_always(ray)))


def fault(status: HTTPStatus, message: str, request: EdgeRequest, ray: str) -> Answer:
    """Return an answer of the edge that is no verdict of Access: a bad request, a dead origin."""
    facts = {
        "message": message,
        "status_code": status.value,
        "ray_id": ray.partition("-")[0],
    }
    return _answer(status, facts, request, ray)


def login(
    decision: LogIn,
    request: EdgeRequest,
    issuer: Issuer,
    ray: str,
    now: float,
    choices: Choices = DEFAULT_CHOICES,
) -> Answer:
    """Return the way to the team's login page, and the cookie that the way back needs."""
    aud = decision.place.application.aud
    host = values(request.headers, "host")[0]
    session = app_session.value_for(request.headers)
    meta = issuer.meta(
        request.host,
        request.target,
        kid=aud,
        # Not the Host header's port: whoever wrote that one would be sent other people's nonces.
        origin=request.origin,
        app_session=app_session.digest(session),
        has_service_token=bool(decision.service_token),
        now=now,
    )
    location = (
        f"{issuer.origin}{ACCESS_PATH}login/{request.host}"
        f"?kid={aud}&meta={meta}&redirect_url={quote(request.target, safe='')}"
    )
    cookie = f"{app_session.COOKIE}={session}; Expires={_date(now)}; Path=/"
    resource = f"{request.scheme}://{host}{PROTECTED_RESOURCE_PATH}{request.path}"
    return Answer(
        HTTPStatus.FOUND,
        (
            ("Location", location),
            ("Set-Cookie", f"{cookie}{secure(choices)}; HttpOnly"),
            ("WWW-Authenticate", f'Cloudflare-Access resource_metadata="{_quoted(resource)}"'),
            ("Access-Control-Allow-Credentials", "true"),
            *_marks(decision.place),
            *_always(ray),
        ),
    )


def document(content: dict[str, Any], ray: str, cache_control: str = "") -> Answer:
    """Return JSON that the edge publishes. Access's own cache header is not documented."""
    cache = (("Cache-Control", cache_control),) if cache_control else ()
    return Answer(
        HTTPStatus.OK,
        (("Content-Type", "application/json"), *cache, *_signature(ray)),
        json.dumps(content).encode(),
    )


def _answer(
    status: HTTPStatus,
    facts: dict[str, Any],
    request: EdgeRequest,
    ray: str,
    marks: tuple[tuple[str, str], ...] = (),
    ways: Ways = NOWHERE,
) -> Answer:
    headers: tuple[tuple[str, str], ...] = (("Vary", "Accept"), *marks, *_always(ray))
    if not _wants_html(request):
        headers = (("Content-Type", "application/json"), *headers)
        return Answer(status, headers, json.dumps(facts).encode())
    kind = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", page.POLICY),
    )
    body = page.page(status, facts, ways)
    return Answer(status, (*kind, *headers), body.encode())


def _always(ray: str) -> tuple[tuple[str, str], ...]:
    return (
        *NO_STORE,
        ("X-Content-Type-Options", "nosniff"),
        *_signature(ray),
    )


def _signature(ray: str) -> tuple[tuple[str, str], ...]:
    return ("Server", "cloudflare"), (RAY_HEADER, ray)


def _marks(place: Place) -> tuple[tuple[str, str], ...]:
    # The host as the application has it, wildcards included; paths were never seen in it.
    return ("Cf-Access-Aud", place.application.aud), ("Cf-Access-Domain", place.destination.host)


def _safe_url(url: str) -> str:
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~")


def _wants_html(request: EdgeRequest) -> bool:
    return any("text/html" in value.lower() for value in values(request.headers, "accept"))


def _date(now: float) -> str:
    return formatdate(now + app_session.LIFETIME, usegmt=True)


def _quoted(text: str) -> str:
    return text.replace("\\", "%5C").replace('"', "%22")
