"""
Where a refused browser can go on: how this address is called, and the portal's pages about it.

The portal's pages are linked only where the edge was told that the portal is behind it. In front of
any other origin they would lead nowhere. Their addresses are all that is known of them here.
"""

from __future__ import annotations

import ipaddress
import shlex
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from barbican.edge.decision.credentials import read, values
from barbican.edge.decision.decisions import Deny, EdgeRequest, Place
from barbican.edge.journal.entries import masked
from barbican.edge.organisation.model import Application, PolicyDecision
from barbican.edge.wire.listening import is_loopback
from barbican.protocol import CLIENT_ID_HEADER, CLIENT_SECRET_HEADER

HELP_PATH = "troubleshooting/"
ROWS = frozenset(
    {
        "access-401", "access-401-no-credentials", "access-401-setting", "access-401-token",
        "access-403", "access-403-legacy", "access-403-no-credentials", "access-403-token",
        "access-account-denied",
    }
)  # fmt: skip
_OF_A_PATH = "/%:@!$&'()*+,;="  # RFC 3986 section 3.3
_MACHINES = (
    "This address is for machines: it asks for a Client ID and a Client Secret, and a browser "
    "sends neither. In a terminal:"
)
_ADVICE = {
    HTTPStatus.UNAUTHORIZED: "The Client ID and the Client Secret that came are no pair that "
    "counts here.",
    HTTPStatus.FORBIDDEN: "What was sent is not enough for this application: no policy of it lets "
    "this caller in.",
}


@dataclass(frozen=True, slots=True)
class Ways:
    """What the page of a refusal says beside the refusal. Plain text; empty is not said."""

    home: str = "/"
    advice: str = ""
    command: str = ""
    help: str = ""  # the portal's page about this refusal
    page: str = ""  # what was asked for, at the origin
    is_logged_in: bool = False


NOWHERE = Ways()


def ways(decision: Deny, request: EdgeRequest, portal: str, *, is_strict: bool) -> Ways:
    """Return the ways on. `portal` is the origin's address where that is the portal, else empty."""
    is_machine = _is_for_machines(decision, request)
    row = _row(decision, request, is_strict=is_strict)
    home, path = _home(request, decision.place), _path(request, decision.place)
    return Ways(
        home,
        advice=_MACHINES if is_machine else _ADVICE.get(decision.status, ""),
        command=_command(request, path) if is_machine else "",
        help=f"{home}{HELP_PATH}{row}/" if portal else "",
        page=_at_the_origin(request, path, portal) if portal else "",
        is_logged_in=decision.identity is not None,
    )


def _is_for_machines(decision: Deny, request: EdgeRequest) -> bool:
    application = decision.place.application
    return (
        application.has(PolicyDecision.NON_IDENTITY)
        and not application.has(PolicyDecision.ALLOW)
        and not _sent_credentials(request, application)
    )


def _sent_credentials(request: EdgeRequest, application: Application) -> bool:
    return read(request.headers, application) is not None


def _row(decision: Deny, request: EdgeRequest, *, is_strict: bool) -> str:
    """Return the portal's name for this refusal."""
    if decision.identity:
        return "access-account-denied"
    application, is_401 = decision.place.application, decision.status is HTTPStatus.UNAUTHORIZED
    if not _sent_credentials(request, application):
        which = "" if application.has(PolicyDecision.ALLOW) else "-no-credentials"
    elif is_strict:
        which = "-token"
    else:
        which = "-setting" if is_401 else "-legacy"
    return f"access-{401 if is_401 else 403}{which}"


def _home(request: EdgeRequest, place: Place) -> str:
    """Return where the portal is: above a host that one application has to itself."""
    host = values(request.headers, "host")[0]
    is_whole_host = not place.destination.path.strip("/*")
    return f"//{host.partition('.')[2]}/" if is_whole_host and "." in host else "/"


def _path(request: EdgeRequest, place: Place) -> str:
    """Return the path that was asked for; the application's own where a secret stands in it."""
    if masked(request.path) == request.path:
        return request.path
    return place.destination.path.partition("*")[0].rstrip("/") + "/"


def _command(request: EdgeRequest, path: str) -> str:
    """Return a curl command for a shell, over three lines."""
    host = values(request.headers, "host")[0]
    # Within quotes too, curl makes many requests of `[1-9]` and `{a,b}`.
    path = quote(path, safe=_OF_A_PATH)
    return (
        f'curl -i -H "{CLIENT_ID_HEADER}: $CF_ACCESS_CLIENT_ID" \\\n'
        f'-H "{CLIENT_SECRET_HEADER}: $CF_ACCESS_CLIENT_SECRET" \\\n'
        f"{shlex.quote(f'{request.scheme}://{host}{path}')}"
    )


def _at_the_origin(request: EdgeRequest, path: str, portal: str) -> str:
    """Return this page's address at an origin on this machine, by the same name if it has one."""
    parts = urlsplit(portal)
    if not is_loopback(parts.hostname or ""):
        return ""
    place = parts.netloc
    if not _is_number(request.host):
        place = request.host + (f":{parts.port}" if parts.port else "")
    return f"{parts.scheme}://{place}{quote(path, safe='/%')}"


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
