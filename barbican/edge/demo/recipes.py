"""
Ready-to-paste curl commands for the local edge, each with the status that it will get.

The one place where Client Secrets are shown, by design: they were made on this machine and open
nothing anywhere else. The statuses are not written down: `decide` is asked.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from barbican.edge.decision.core import decide
from barbican.edge.decision.decisions import (
    Decision,
    Deny,
    EdgeRequest,
    Forward,
    LogIn,
    Place,
    Refuse,
)
from barbican.edge.organisation.callers import ServiceToken
from barbican.edge.organisation.model import Organisation
from barbican.edge.organisation.sample import DEMO_TOKEN, OTHER_TOKEN, SLUG, client_secret
from barbican.protocol import CLIENT_ID_HEADER, CLIENT_SECRET_HEADER

Pair = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One command and what comes of it."""

    title: str
    command: str
    status: int
    why: str = ""  # where the pair is good, and not let through


def recipes(
    organisation: Organisation, *, port: int, origin_port: int, now: float
) -> tuple[Recipe, ...]:
    """Return the commands of the demo, the good ones first."""
    domain = organisation.base_domain
    demo, other = (organisation.service_token(name) for name in (DEMO_TOKEN, OTHER_TOKEN))
    wrong = (pair(demo)[0], (CLIENT_SECRET_HEADER, client_secret()))
    path = (f"{domain}:{port}", f"/{SLUG}/")
    subdomain = (f"{SLUG}.{domain}:{port}", "/")
    at_edge: list[tuple[str, tuple[str, str], Pair]] = [
        ("The good pair, by path", path, pair(demo)),
        ("The good pair, by subdomain", subdomain, pair(demo)),
        ("No pair", path, ()),
        ("The right Client ID with a wrong secret", path, wrong),
        ("Another valid service token, which the policy does not name", path, pair(other)),
    ]
    # The origin's answer to whoever brings no assertion. Without any AUD tag it knows no demo.
    hosts = ((domain, path[1]), (f"{SLUG}.{domain}", "/"))
    alone = 401 if any(organisation.find(*each) for each in hosts) else 503
    made = []
    for title, place, headers in at_edge:
        decision = _decision(organisation, place, headers, now)
        status = _status(decision, alone)
        why = _why(decision) if headers == pair(demo) and status != 200 else ""
        made.append(Recipe(title, curl(*place, headers), status, why))
    # Credentials that no edge took away prove nothing.
    straight = (f"127.0.0.1:{origin_port}", f"/{SLUG}/")
    around = "The good pair straight to the origin, round the edge"
    return (*made, Recipe(around, curl(*straight, pair(demo)), alone))


def exports(organisation: Organisation) -> str:
    """Return what to paste once, so that the commands of the portal's pages find their values."""
    demo, other = (organisation.service_token(name) for name in (DEMO_TOKEN, OTHER_TOKEN))
    values = (
        ("CF_ACCESS_CLIENT_ID", demo.client_id),
        ("CF_ACCESS_CLIENT_SECRET", demo.client_secret),
        ("OTHER_CLIENT_ID", other.client_id),
        ("OTHER_CLIENT_SECRET", other.client_secret),
    )
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values)


def pair(token: ServiceToken) -> Pair:
    """Return the two headers of a service token."""
    return (
        (CLIENT_ID_HEADER, token.client_id),
        (CLIENT_SECRET_HEADER, token.client_secret),
    )


def curl(host: str, path: str, headers: Pair) -> str:
    """Return a curl command for a shell."""
    given = "".join(f" -H {shlex.quote(f'{name}: {value}')}" for name, value in headers)
    return f"curl -i{given} http://{host}{path}"


def _decision(
    organisation: Organisation, place: tuple[str, str], pair: Pair, now: float
) -> Decision:
    host, path = place
    return decide(EdgeRequest("GET", path, (("Host", host), *pair)), organisation, now)


def _status(decision: Decision, alone: int) -> int:
    match decision:
        case Deny(status=status) | Refuse(status=status):
            return status.value
        case LogIn():
            return 302
        case Forward(is_signed=False):
            return alone
        case _:
            return 200


def _why(decision: Decision) -> str:
    """Return what the edge found. A name is quoted: it came from elsewhere, and may be pasted."""
    match decision:
        case (
            Deny(reason=reason, place=Place(application=application))
            | LogIn(reason=reason, place=Place(application=application))
        ):
            return f"{reason}, at the application {application.name!r}"
        case Forward(policy=None):
            return "no application has this address, so the edge signs nothing for the origin"
        case Forward(policy=policy) if policy:
            return f"the policy {policy.name!r} bypasses Access, so the origin gets no assertion"
        case _:
            return decision.reason
