"""
The way to the login page, proven by its `meta`: which application, which host, which path.

`meta` is a token of this team, so nobody else can make one up; it names the browser's
`CF_AppSession` by digest, so one that was made for another browser leads nowhere (the callback
compares it).

Source: rule 20 of the local edge; the claims of `meta` beyond `hostname` and `redirect_url` are not
documented.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

from barbican.edge.organisation.model import Application, Organisation
from barbican.edge.people import redirects, tokens
from barbican.edge.tokens.issuer import META_TOKEN_TYPE, Claims, Issuer

LIFETIME = 3600  # seconds in which the login page may be used
MOST_FIELDS = 16  # of a query or a form
INVALID_SESSION = "Invalid session. Please try logging in again"

Fields = dict[str, str]


class RejectedError(Exception):
    """The request cannot be followed. `status` and `message` are what the browser gets."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where somebody came from, and shall go back to."""

    aud: str
    host: str  # of the application, no port
    origin: str  # of the application, with scheme and the local port
    target: str  # path and query, byte for byte
    app_session: str  # digest of the browser's `CF_AppSession`
    query: str  # of the login page: with it the login starts again


def fields(text: str) -> Fields:
    """Return the fields of a query or a form. Raises `RejectedError` where one comes twice."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        pairs = [("", "")] * 2
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RejectedError(HTTPStatus.BAD_REQUEST, "Invalid parameters")
    return found


def read(
    host: str, query: str, issuer: Issuer, organisation: Organisation, now: float
) -> tuple[Ticket, Application]:
    """Return the ticket and its application. Raises `RejectedError` when something is wrong."""
    given = fields(query)
    claims = tokens.read(issuer, given.get("meta", "")) or {}
    if not _is_fresh(claims, now):
        raise RejectedError(HTTPStatus.BAD_REQUEST, INVALID_SESSION)
    target = given.get("redirect_url", "")
    application = organisation.application(given.get("kid", ""))
    if not redirects.is_target(target) or claims["redirect_url"] != target:
        raise RejectedError(HTTPStatus.BAD_REQUEST, redirects.INVALID)
    if application is None or (claims["kid"], claims["hostname"]) != (application.aud, host):
        raise RejectedError(HTTPStatus.BAD_REQUEST, INVALID_SESSION)
    if not redirects.is_on(application, host, target, organisation):
        raise RejectedError(HTTPStatus.BAD_REQUEST, redirects.INVALID)
    ticket = Ticket(application.aud, host, claims["origin"], target, claims["app_session"], query)
    return ticket, application


def _is_fresh(claims: Claims, now: float) -> bool:
    return (
        claims.get("type") == META_TOKEN_TYPE
        and claims.keys() >= {"kid", "hostname", "origin", "redirect_url", "app_session", "iat"}
        and int(claims["iat"]) <= now < claims["iat"] + LIFETIME
    )
