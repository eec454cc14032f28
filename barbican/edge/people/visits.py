"""
One request for a page of Access, with all that is needed to answer it.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from barbican.edge.answers.replies import NO_STORE, Answer
from barbican.edge.decision.core import EdgeRequest
from barbican.edge.decision.credentials import values
from barbican.edge.organisation.callers import Caller, Identity
from barbican.edge.organisation.model import Organisation
from barbican.edge.people.jar import Header, Jar
from barbican.protocol import RAY_HEADER


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a path that Access reserves, at one moment."""

    request: EdgeRequest
    organisation: Organisation
    now: float
    ray: str
    form: str = ""  # the body of a POST

    @property
    def query(self) -> str:
        return self.request.target.partition("?")[2]

    @property
    def origin(self) -> str:
        """Return scheme, host and port as the browser wrote them."""
        host = values(self.request.headers, "host")[0].lower()
        return f"{self.request.scheme}://{host}"

    @property
    def jar(self) -> Jar:
        return Jar(self.organisation.choices.secure_cookies)

    @property
    def wants_html(self) -> bool:
        return any("text/html" in each.lower() for each in values(self.request.headers, "accept"))

    @property
    def always(self) -> tuple[Header, ...]:
        """Return the headers of every answer: nobody stores it, nobody guesses what it is."""
        nosniff = ("X-Content-Type-Options", "nosniff")
        return (*NO_STORE, nosniff, ("Server", "cloudflare"), (RAY_HEADER, self.ray))

    def caller(self, person: Identity) -> Caller:
        """Return the caller as the policies would see this person, coming from here."""
        return Caller(self.request.ip, self.organisation.country, identity=person)

    def redirect(self, location: str, *headers: Header) -> Answer:
        """Return a redirect that tells no other site where it came from."""
        policy = ("Referrer-Policy", "same-origin")
        kept = (("Location", location), *headers, policy, *self.always)
        return Answer(HTTPStatus.FOUND, kept)
