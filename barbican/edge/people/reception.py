"""
The paths that Access reserves for people, and who answers at each.

The login is at the team's host alone, the callback at the hosts of applications; logging out and
`get-identity` are at both. A host without any application has none of them.

Source: rules 3, 20 to 22, 25 and 26 of the local edge.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from barbican.edge.answers import replies as answers
from barbican.edge.answers.replies import Answer
from barbican.edge.decision.credentials import Headers
from barbican.edge.organisation.callers import Identity
from barbican.edge.organisation.model import Organisation
from barbican.edge.people import callback, pages, redirects
from barbican.edge.people.browsers import Browsers
from barbican.edge.people.callback import Callback
from barbican.edge.people.identities import Reader
from barbican.edge.people.identity import GetIdentity
from barbican.edge.people.login import LOGIN_PATH, PIN_PATH, Login
from barbican.edge.people.logout import Logout
from barbican.edge.people.mail import Courier
from barbican.edge.people.revocations import Revocations, RevocationsError
from barbican.edge.people.tickets import RejectedError
from barbican.edge.people.visits import Visit
from barbican.edge.tokens.issuer import Issuer
from barbican.protocol import GET_IDENTITY_PATH, LOGOUT_PATH

Answers = dict[str, Callable[[], Answer]]  # by method


class Reception:
    """Everything that the edge has for people, for one team."""

    def __init__(
        self, issuer: Issuer, revocations: Revocations, courier: Courier, account_id: str
    ) -> None:
        self._team_host = redirects.host_of(issuer.origin)
        self.reader = Reader(issuer, revocations)
        self._callback = Callback(issuer)
        browsers = Browsers(issuer.origin)
        self.login = Login(issuer, self.reader, self._callback, courier, browsers)
        self._logout = Logout(self.reader, issuer.origin)
        self._identity = GetIdentity(self.reader, account_id)

    def identities(
        self, headers: Headers, organisation: Organisation, now: float
    ) -> tuple[Identity, ...]:
        """Return what the application tokens among the headers say."""
        return self.reader.applications(headers, organisation, now)

    def is_team(self, host: str) -> bool:
        return host == self._team_host

    def serves(self, host: str, organisation: Organisation) -> bool:
        """Say whether this host has anything of Access at all."""
        return self.is_team(host) or bool(organisation.applications_at(host))

    def answer(self, visit: Visit) -> Answer:
        """Return the answer to a request for a reserved path."""
        found = self._answers(visit)
        if not found:
            why = "The local edge has nothing at this address."
            return answers.fault(HTTPStatus.NOT_FOUND, why, visit.request, visit.ray)
        act = found.get(visit.request.method)
        if act is None:
            why = f"This address takes {' and '.join(found)} only."
            status = HTTPStatus.METHOD_NOT_ALLOWED
            return answers.fault(status, why, visit.request, visit.ray)
        try:
            return act()
        except RejectedError as rejected:
            return pages.problem(visit, rejected.status, rejected.message)
        except RevocationsError as error:
            return pages.problem(visit, HTTPStatus.INTERNAL_SERVER_ERROR, str(error))

    def _answers(self, visit: Visit) -> Answers:
        path, host = visit.request.path, visit.request.host
        team, here = self.is_team(host), bool(visit.organisation.applications_at(host))
        login = self.login
        if team and (wanted := _below(LOGIN_PATH, path)):
            return _page(lambda: login.show(visit, wanted), lambda: login.send(visit, wanted))
        if team and (wanted := _below(PIN_PATH, path)):
            return _page(lambda: login.show_pin(visit, wanted), lambda: login.check(visit, wanted))
        if here and path == callback.PATH:
            return {"GET": lambda: self._callback.receive(visit)}
        if (team or here) and path == LOGOUT_PATH:
            return dict.fromkeys(("GET", "POST"), lambda: self._logout.leave(visit))
        if (team or here) and path == GET_IDENTITY_PATH:
            show = lambda: self._identity.show(visit, is_team=team)  # noqa: E731
            return dict.fromkeys(("GET", "HEAD"), show)
        return {}


def _page(show: Callable[[], Answer], take: Callable[[], Answer]) -> Answers:
    return {"GET": show, "HEAD": show, "POST": take}


def _below(prefix: str, path: str) -> str:
    """Return the host that stands below a page's path, or nothing."""
    rest = path.removeprefix(prefix) if path.startswith(prefix) else ""
    return rest if "/" not in rest else ""
