"""
What the edge does with a request: pure, with no input and no output.

Source: "What a faithful local Access edge must do", rules 1 to 4, 7 to 15, 17 and 19. Strict
service-token authentication answers 401 when a token does not authenticate and 403 when it is good
and not allowed here; that split is from the draft of the documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from barbican.edge.callers import Caller, ClientCertificate, Identity, ServiceToken
from barbican.edge.credentials import Authentication, Headers, authenticate, read, values
from barbican.edge.destinations import Destination, normal_host
from barbican.edge.model import Application, Organisation, Policy, PolicyDecision
from barbican.edge.readings import readings
from barbican.protocol import ACCESS_PATH, PROTECTED_RESOURCE_PATH

_HOST = re.compile(
    r"([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+\.?(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?"
)
_TARGET = re.compile(r"/[!-~]*")
_REFUSED_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})


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

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def host(self) -> str:
        return normal_host(next(iter(values(self.headers, "host")), ""))


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
    sets_cookie: bool = False  # legacy organisations only (rule 6)

    @property
    def is_signed(self) -> bool:
        """Bypass adds no application token, and neither does a host without application."""
        return self.policy is not None and self.policy.decision is PolicyDecision.NON_IDENTITY


@dataclass(frozen=True, slots=True)
class Deny:
    """Answered by Access itself, with its headers and body (rule 16)."""

    status: HTTPStatus
    reason: str
    place: Place


@dataclass(frozen=True, slots=True)
class LogIn:
    """Sent to the login page: the application has an Allow policy (rule 11)."""

    reason: str
    place: Place
    service_token: ServiceToken | None = None


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


Decision: TypeAlias = Forward | Deny | LogIn | Reserved | Refuse


def decide(request: EdgeRequest, organisation: Organisation, now: float) -> Decision:
    """Return what the edge does with this request at this moment, `now` in Unix seconds."""
    if refused := _improper(request):
        return refused
    try:
        paths = readings(request.path)
    except ValueError as error:
        return Refuse(HTTPStatus.BAD_REQUEST, str(error))
    owners = {_owner(request.host, path, organisation) for path in paths}
    if len(owners) > 1:
        return Refuse(HTTPStatus.BAD_REQUEST, "The path can be read in more than one way.")
    match owners.pop():
        case str():
            return Reserved(paths[0])
        case None:
            return Forward("no application")
        case place:
            return _at(place, request, organisation, now)


def _improper(request: EdgeRequest) -> Refuse | None:
    hosts = values(request.headers, "host")
    if request.method.upper() in _REFUSED_METHODS:
        return Refuse(HTTPStatus.METHOD_NOT_ALLOWED, "The edge takes no CONNECT, TRACE or TRACK.")
    if not _TARGET.fullmatch(request.target) or "#" in request.target:
        return Refuse(
            HTTPStatus.BAD_REQUEST, "The request's target should be a path in ASCII, with no host."
        )
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        return Refuse(HTTPStatus.BAD_REQUEST, "The request should have one Host header.")
    return None


def _owner(host: str, path: str, organisation: Organisation) -> Place | str | None:
    """Return the application's place, the name of a reserved prefix, or None."""
    if f"{path}/".startswith(ACCESS_PATH):
        return ACCESS_PATH
    if path.startswith(PROTECTED_RESOURCE_PATH):
        return PROTECTED_RESOURCE_PATH
    found = organisation.find(host, path)
    return Place(*found) if found else None


def _at(place: Place, request: EdgeRequest, organisation: Organisation, now: float) -> Decision:
    credentials = read(request.headers, place.application)
    found = authenticate(credentials, organisation, now) if credentials else None
    caller = Caller(ip=request.ip, service_token=found.token if found else None)
    # Rule 17: Bypass and Service Auth first, in their order.
    for policy in _policies(place.application, PolicyDecision.BYPASS, PolicyDecision.NON_IDENTITY):
        if policy.matches(caller):
            return _admitted(place, policy, caller, organisation)
    if found and organisation.is_strict:
        return _failed(place, found)
    return _without_identity(place, request, found)


def _policies(application: Application, *decisions: PolicyDecision) -> Iterator[Policy]:
    return (policy for policy in application.policies if policy.decision in decisions)


def _admitted(place: Place, policy: Policy, caller: Caller, organisation: Organisation) -> Forward:
    if policy.decision is PolicyDecision.BYPASS:
        return Forward("bypassed", place, policy)
    return Forward(
        "policy matched",
        place,
        policy,
        caller.service_token,
        sets_cookie=not organisation.is_strict,
    )


def _failed(place: Place, found: Authentication) -> Deny:
    """Strict: 401 when the token cannot authenticate, 403 when no policy names it."""
    if found.token is None:
        return Deny(HTTPStatus.UNAUTHORIZED, found.reason, place)
    return Deny(HTTPStatus.FORBIDDEN, "service token not allowed by any policy", place)


def _without_identity(place: Place, request: EdgeRequest, found: Authentication | None) -> Decision:
    """Nobody in particular asks; a legacy organisation takes a failed token like none."""
    application = place.application
    reason = _reason(found)
    if _is_preflight(request) and found is None:  # rule 15
        if application.options_preflight_bypass:
            return Forward("preflight bypassed", place)
        return Deny(HTTPStatus.FORBIDDEN, "preflight without credentials", place)
    if application.has(PolicyDecision.ALLOW):
        if "xmlhttprequest" in map(str.lower, values(request.headers, "x-requested-with")):
            return Deny(HTTPStatus.UNAUTHORIZED, f"{reason}; a script cannot log in", place)
        return LogIn(reason, place, found.token if found else None)
    is_401 = application.service_auth_401_redirect and application.has(PolicyDecision.NON_IDENTITY)
    return Deny(HTTPStatus.UNAUTHORIZED if is_401 else HTTPStatus.FORBIDDEN, reason, place)


def _reason(found: Authentication | None) -> str:
    if found is None:
        return "no credentials"
    return found.reason or "service token not allowed by any policy"


def _is_preflight(request: EdgeRequest) -> bool:
    return (
        request.method == "OPTIONS"
        and bool(values(request.headers, "origin"))
        and bool(values(request.headers, "access-control-request-method"))
    )
