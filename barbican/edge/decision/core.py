"""
What the edge does with a request: pure, with no input and no output.

Source: "What a faithful local Access edge must do", rules 1 to 3 and 33; what an application's
policies say about the caller is in `admission`.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from barbican.edge.decision.admission import admit
from barbican.edge.decision.credentials import values
from barbican.edge.decision.decisions import (
    Decision,
    Deny,
    Describe,
    EdgeRequest,
    Forward,
    LogIn,
    Place,
    Preflight,
    Refuse,
    Reserved,
)
from barbican.edge.decision.readings import readings
from barbican.edge.organisation.model import Organisation
from barbican.protocol import ACCESS_PATH, PROTECTED_RESOURCE_PATH

__all__ = [
    "Decision",
    "Deny",
    "Describe",
    "EdgeRequest",
    "Forward",
    "LogIn",
    "Place",
    "Preflight",
    "Refuse",
    "Reserved",
    "decide",
]

METADATA_REQUEST_HEADER = "CF-Access-Metadata-Request"

_HOST = re.compile(
    r"([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+\.?(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?"
)
_TARGET = re.compile(r"/[!-~]*")
_REFUSED_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})


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
        case place if _asks_for_metadata(request):
            return Describe(place)
        case place:
            return admit(place, request, organisation, now)


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


def _asks_for_metadata(request: EdgeRequest) -> bool:
    return request.method == "HEAD" and values(request.headers, METADATA_REQUEST_HEADER) == ["true"]
