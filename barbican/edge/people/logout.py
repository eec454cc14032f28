"""
Logging out: this host's cookie goes, and the person's sessions end everywhere.

Source: rule 25 of the local edge; Cloudflare One documentation, "Session management", logging out;
`returnTo` has been seen, and what it refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from barbican.edge.answers.replies import Answer
from barbican.edge.people import pages, redirects, tickets
from barbican.edge.people.identities import Reader
from barbican.edge.people.jar import Header
from barbican.edge.people.tickets import RejectedError
from barbican.edge.people.visits import Visit
from barbican.edge.tokens.binding import BINDING_COOKIE
from barbican.protocol import AUTHORIZATION_COOKIE

_TITLE = "Signed out ・ Cloudflare Access"
_CONTENT = (
    "<h1>You are signed out</h1>"
    "<p>Your sessions at every application of this team have ended. You may close this page.</p>"
)


@dataclass
class Logout:
    """Ends sessions on the team's host and on the hosts of applications."""

    reader: Reader
    team_origin: str

    def leave(self, visit: Visit) -> Answer:
        """Return the way that `returnTo` names, or a page. A bad `returnTo` ends nothing."""
        given = tickets.fields(visit.query)
        location = self._location(visit, given["returnTo"]) if "returnTo" in given else ""
        self._revoke(visit)
        cookies = self._cleared(visit)
        if location:
            return visit.redirect(location, *cookies)
        return pages.html(visit, HTTPStatus.OK, _TITLE, _CONTENT, *cookies)

    def _location(self, visit: Visit, wanted: str) -> str:
        location = redirects.return_url(
            wanted,
            here=visit.origin,
            team_origin=self.team_origin,
            organisation=visit.organisation,
        )
        if location is None:
            raise RejectedError(HTTPStatus.BAD_REQUEST, redirects.INVALID)
        return location

    def _revoke(self, visit: Visit) -> None:
        session = self.reader.session(visit.request.headers, visit.organisation, visit.now)
        known = [*visit.request.identities, *([session] if session else ())]
        delay = visit.organisation.choices.logout_delay
        for person in {each.subject for each in known if each.subject}:
            self.reader.revocations.revoke(person, visit.now, delay=delay)

    def _cleared(self, visit: Visit) -> list[Header]:
        host, jar = visit.request.host, visit.jar
        names = {(AUTHORIZATION_COOKIE, "/")}
        for application in visit.organisation.applications_at(host):
            scopes = {"/"}
            if application.path_cookie_attribute:
                scopes = {each.cookie_path for each in application.destinations}
            names |= {(AUTHORIZATION_COOKIE, scope) for scope in scopes}
            if application.enable_binding_cookie:
                names |= {(BINDING_COOKIE, scope) for scope in scopes}
        cleared = [jar.clear(name, path) for name, path in sorted(names)]
        if host == redirects.host_of(self.team_origin):
            cleared.append(jar.clear(AUTHORIZATION_COOKIE))
        return cleared
