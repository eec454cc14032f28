"""
The way back to the application: `/cdn-cgi/access/authorized` exchanges a nonce for its cookie.

A nonce is good once, for a minute, and only in the browser whose `CF_AppSession` started the login.
It is burnt by the first try, whatever comes of that.

Source: rule 21 of the local edge; `state` carries `hostname`, `redirectURL` and `isSSO`, and is
compared, never believed.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from barbican.edge.answers.replies import Answer
from barbican.edge.organisation.callers import Identity
from barbican.edge.organisation.model import Application, Policy
from barbican.edge.people import pages, tickets, tokens
from barbican.edge.people.admission import admitting
from barbican.edge.people.revocations import LONGEST_SESSION
from barbican.edge.people.tickets import INVALID_SESSION, RejectedError, Ticket
from barbican.edge.people.visits import Visit
from barbican.edge.tokens import app_session
from barbican.edge.tokens.cookies import application_cookies
from barbican.edge.tokens.issuer import Issuer
from barbican.protocol import ACCESS_PATH

PATH = ACCESS_PATH + "authorized"
LIFETIME = 60  # seconds
MOST_GRANTS = 1000


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody who has logged in and is on the way back."""

    ticket: Ticket
    person: Identity  # of the global session
    granted_at: float  # Unix seconds
    is_sso: bool = False

    @property
    def state(self) -> dict[str, Any]:
        ticket = self.ticket
        return {"hostname": ticket.host, "redirectURL": ticket.target, "isSSO": self.is_sso}


@dataclass
class Callback:
    """Sends people back, and receives them on their application's host."""

    issuer: Issuer
    _grants: dict[str, Grant] = field(default_factory=dict, repr=False)

    def url(self, grant: Grant) -> str:
        """Return where the browser goes next. What it carries is good once."""
        nonce = secrets.token_urlsafe(32)
        self._grants[nonce] = grant
        while len(self._grants) > MOST_GRANTS:
            self._grants.pop(next(iter(self._grants)))
        state = base64.urlsafe_b64encode(json.dumps(grant.state).encode()).decode().rstrip("=")
        return f"{grant.ticket.origin}{PATH}?nonce={nonce}&state={state}"

    def receive(self, visit: Visit) -> Answer:
        """Return the redirect to the first page asked for, with the application's cookie."""
        grant = self._taken(visit)
        application = visit.organisation.application(grant.ticket.aud)
        if application is None:
            return pages.denied(visit)
        policy = admitting(application, visit.caller(grant.person))
        return self._redirect(visit, grant, application, policy) if policy else pages.denied(visit)

    def _taken(self, visit: Visit) -> Grant:
        given = tickets.fields(visit.query)
        grant = self._grants.pop(given.get("nonce", ""), None)
        if grant is None or visit.now >= grant.granted_at + LIFETIME:
            raise RejectedError(HTTPStatus.BAD_REQUEST, INVALID_SESSION)
        is_right = (visit.request.host, _state(given)) == (grant.ticket.host, grant.state)
        presented = app_session.digests(visit.request.headers)
        if not (is_right and grant.ticket.app_session in presented):
            raise RejectedError(HTTPStatus.BAD_REQUEST, INVALID_SESSION)
        return grant

    def _redirect(
        self, visit: Visit, grant: Grant, application: Application, policy: Policy
    ) -> Answer:
        organisation, ticket = visit.organisation, grant.ticket
        lifetime = organisation.choices.lifetime(application.session(policy))
        person = replace(
            grant.person,
            audience_tag=application.aud,
            issued_at=visit.now,
            expires_at=int(visit.now) + min(lifetime, LONGEST_SESSION),
        )
        custom = organisation.person(person.email).custom
        token = tokens.application_token(self.issuer, person, custom)
        found = organisation.find(ticket.host, ticket.target.partition("?")[0])
        cookies = application_cookies(
            token,
            person.expires_at,
            application,
            organisation.choices,
            self.issuer.keys.current,
            found[1] if found else None,
        )
        # The whole address: a path alone could be read as another host's.
        location = ticket.origin + ticket.target
        return visit.redirect(location, *(("Set-Cookie", each) for each in cookies))


def _state(given: tickets.Fields) -> Any:
    text = given.get("state", "")
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return None
