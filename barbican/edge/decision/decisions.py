"""
The values that the edge's decision is made of: the request, the place, and what comes of it.

Source: "What a faithful local Access edge must do", rules 3, 5 to 8, 11, 15, 16, 18 and 33.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from barbican.edge.decision.credentials import Headers, values
from barbican.edge.organisation.callers import ClientCertificate, Identity, ServiceToken
from barbican.edge.organisation.destinations import Destination, normal_host
from barbican.edge.organisation.model import Application, Policy, PolicyDecision

_PORT = re.compile(r":[0-9]*$")


@dataclass(frozen=True, slots=True)
class EdgeRequest:
    """A request as it came, nothing decoded."""

    method: str
    target: str  # path and query, byte for byte
    headers: Headers
    ip: str = "127.0.0.1"
    # What the application tokens among the headers say: those that this edge signed, that are in
    # date and whose session still stands. Which of them is for this application is decided here.
    identities: tuple[Identity, ...] = ()
    certificate: ClientCertificate | None = None  # of the TLS connection, whoever vouches for it
    scheme: str = "http"
    port: int = 0  # of the listener that took it
    is_first: bool = True  # of its connection

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def host(self) -> str:
        return normal_host(next(iter(values(self.headers, "host")), ""))

    @property
    def origin(self) -> str:
        """Return where it came in. The port is the listener's, whatever the Host header says."""
        name = _PORT.sub("", next(iter(values(self.headers, "host")), "").lower())
        return f"{self.scheme}://{name}" + (f":{self.port}" if self.port else "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the configuration a request landed."""

    application: Application
    destination: Destination


@dataclass(frozen=True, slots=True)
class Forward:
    """To the origin. `policy` is None where no application or no rule was asked."""

    reason: str
    place: Place | None = None
    policy: Policy | None = None
    service_token: ServiceToken | None = None
    sets_cookie: bool = False  # rules 6 and 32
    identity: Identity | None = None  # whose application token goes on as it came (rule 24)
    certificate: ClientCertificate | None = None  # names the caller where no service token does

    @property
    def is_signed(self) -> bool:
        """Bypass adds no application token, and neither does a host without application."""
        signed = {PolicyDecision.NON_IDENTITY, PolicyDecision.ALLOW}
        return self.policy is not None and self.policy.decision in signed


@dataclass(frozen=True, slots=True)
class Deny:
    """
    Answered by Access itself, with its headers and body (rule 16).

    `identity` is set where somebody has logged in and no policy admits them. `location` is the
    application's own page for the denied; the status is then a redirect's.
    """

    status: HTTPStatus
    reason: str
    place: Place
    identity: Identity | None = None
    location: str = ""


@dataclass(frozen=True, slots=True)
class LogIn:
    """Sent to the login page: the application has an Allow policy (rule 11)."""

    reason: str
    place: Place
    service_token: ServiceToken | None = None


@dataclass(frozen=True, slots=True)
class Preflight:
    """A CORS preflight that the edge answers by itself (rule 15). It admits nobody."""

    place: Place
    reason: str = "preflight answered by the edge"


@dataclass(frozen=True, slots=True)
class Describe:
    """Asked which application is here (rule 33). It admits nobody."""

    place: Place
    reason: str = "metadata asked for"


@dataclass(frozen=True, slots=True)
class Reserved:
    """A path that belongs to Access and never reaches an origin (rule 3)."""

    path: str
    reason: str = "path reserved by Access"


@dataclass(frozen=True, slots=True)
class Refuse:
    """No proper request: there is nothing to decide about."""

    status: HTTPStatus
    reason: str


Decision: TypeAlias = Forward | Deny | LogIn | Preflight | Describe | Reserved | Refuse
