"""
Where the edge may send a browser: back to the application, and nowhere else.

Source: rule 22 of the local edge: a `redirect_url` or `returnTo` off the application and the team
is refused. What a browser might read as another host is refused before anything is compared.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from barbican.edge.decision.readings import readings
from barbican.edge.organisation.destinations import normal_host
from barbican.edge.organisation.model import Application, Organisation

INVALID = "Invalid redirect URL"
MOST_DECODINGS = 3  # a path that is encoded more often is nobody's

_FRAGMENT = re.compile(r"[!-~]*")
_TARGET = re.compile(r"/[!-~]*")
# Two slashes of either kind at the start, or a control character anywhere.
_ODD = re.compile(r"[/\\]{2}|.*[\x00-\x1f\x7f-\x9f]", re.DOTALL)
_URL = re.compile(
    r"https?://(?P<host>(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?(?P<rest>(?:[/?][!-~]*)?)",
    re.IGNORECASE,
)


def is_target(target: str) -> bool:
    """Say whether this is a path and query that every browser keeps on its host."""
    path = target.partition("?")[0]
    if not _TARGET.fullmatch(target) or "#" in target or "\\" in path:
        return False
    for _ in range(MOST_DECODINGS + 1):
        if _ODD.match(path):
            return False
        decoded = unquote(path, errors="replace")
        if decoded == path:
            return True
        path = decoded
    return False


def is_on(application: Application, host: str, target: str, organisation: Organisation) -> bool:
    """Say whether this target of this host is the application's, however its path is read."""
    try:
        paths = readings(target.partition("?")[0])
    except ValueError:
        return False
    found = [organisation.find(host, path) for path in paths]
    return all(each is not None and each[0] is application for each in found)


def return_url(
    wanted: str, *, here: str, team_origin: str, organisation: Organisation
) -> str | None:
    """
    Return where a logout may lead, or None. `here` is the origin that was asked.

    Good are a path of this host, and addresses of the team's host, its subdomains and of hosts of
    applications, on the ports of this edge.
    """
    address, _, fragment = wanted.partition("#")
    if not _FRAGMENT.fullmatch(fragment):
        return None
    if is_target(address):
        return here + wanted
    parts = _URL.fullmatch(address)
    if parts is None or not is_target("/" + parts["rest"].removeprefix("/")):
        return None
    host, team_host = normal_host(parts["host"]), host_of(team_origin)
    is_team = host == team_host or host.endswith(f".{team_host}")
    ports = {_port(here), _port(team_origin)}
    if _port(wanted) not in ports or not (is_team or organisation.applications_at(host)):
        return None
    return wanted


def host_of(origin: str) -> str:
    """Return an origin's host, in the form in which hosts are compared."""
    return normal_host(origin.partition("://")[2])


def _port(url: str) -> str:
    parts = _URL.match(url)
    return (parts["port"] or "") if parts else ""
