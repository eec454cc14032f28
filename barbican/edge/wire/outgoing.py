"""
What goes with an admitted request: the headers for the origin, and the cookies for the caller.

Source: rules 4 to 6, 23, 24, 30 and 32 of the local edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from barbican.edge.decision.credentials import secret_header
from barbican.edge.decision.decisions import EdgeRequest, Forward
from barbican.edge.organisation.callers import ClientCertificate
from barbican.edge.organisation.choices import Choices
from barbican.edge.organisation.model import Organisation
from barbican.edge.tokens.cookies import application_cookies
from barbican.edge.tokens.issuer import Issuer, expiry
from barbican.edge.wire.forwarding import Vouched, to_origin


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Ready for both sides."""

    headers: list[tuple[str, str]] = field(repr=False)  # for the origin
    cookies: tuple[str, ...] = field(default=(), repr=False)  # `Set-Cookie` values for the caller


def prepare(
    decision: Forward,
    asked: EdgeRequest,
    organisation: Organisation,
    issuer: Issuer,
    *,
    ray: str,
    now: float,
) -> Outgoing:
    """Return what goes with this request. An application token is signed here if one is due."""
    choices = organisation.choices
    token = _token(decision, issuer, now, choices)
    email = decision.identity.email if decision.identity else ""
    single = ""
    if decision.place and choices.strips_single_header:
        single = secret_header(asked.headers, decision.place.application)
    headers = to_origin(
        asked.headers,
        ip=asked.ip,
        ray=ray,
        vouched=Vouched(
            token, email, organisation.country, _shown(asked, organisation), asked.scheme
        ),
        single_header=single,
        keeps_access_headers=not (decision.is_signed or choices.strips_headers_on_bypass),
    )
    return Outgoing(headers, _cookies(decision, token, issuer, choices))


def _shown(asked: EdgeRequest, organisation: Organisation) -> ClientCertificate | None:
    """Return the certificate for the origin: with the first request of a connection only."""
    found = asked.certificate
    if found is None or not asked.is_first or not organisation.shows_origin(found, asked.host):
        return None
    return found


def _token(decision: Forward, issuer: Issuer, now: float, choices: Choices) -> str:
    if not (decision.is_signed and decision.place):
        return ""
    if decision.identity:
        return decision.identity.token
    application = decision.place.application
    session = application.session(decision.policy)
    return issuer.service_token(_common_name(decision), application.aud, session, now, choices)


def _common_name(decision: Forward) -> str:
    if decision.service_token:
        return decision.service_token.client_id
    # Inferred: a certificate's token names it by its common name.
    return decision.certificate.common_name if decision.certificate else ""


def _cookies(decision: Forward, token: str, issuer: Issuer, choices: Choices) -> tuple[str, ...]:
    if not (token and decision.sets_cookie and decision.place):
        return ()
    place, key = decision.place, issuer.keys.current
    return application_cookies(
        token, expiry(token), place.application, choices, key, place.destination
    )
