"""
The decision journal: what came, which application, policy and rule, what was answered and why.

The last decisions are kept in memory, and each gives one line on the terminal. No header, cookie
or query gets in, so no secret can; what a caller wrote is masked where it looks like one, escaped
and cut. An e-mail address is kept for the management API, as Access keeps it in its authentication
logs, and never printed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

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
from barbican.edge.decision.matching import MatchedRule
from barbican.edge.organisation.model import Policy

LONGEST = 120  # characters of a caller's text
KEPT = 500  # decisions

# A Client Secret or a token that somebody put into a path.
_SECRET = re.compile(r"cfast_[A-Za-z0-9]+|[0-9a-fA-F]{64}|eyJ[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision rests on: whom the edge recognised, and the rule that decided."""

    policy: Policy | None = None
    rule: MatchedRule | None = None
    client_id: str = ""  # of a service token that the organisation knows
    email: str = ""  # of a person with an application token for this application
    common_name: str = ""  # of a client certificate that a CA of this host vouches for


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request. Times are in milliseconds."""

    status: int
    ray: str
    note: str = ""  # what went wrong after the decision
    edge_time: float = 0.0  # until the decision
    total_time: float = 0.0  # until the answer was out


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. It holds text and numbers only: no part of a configuration that is gone."""

    time: float  # Unix seconds
    ip: str
    method: str
    host: str
    path: str
    decision: str
    reason: str
    outcome: Outcome
    application_id: str = ""
    application_name: str = ""
    audience_tag: str = ""
    domain: str = ""  # the destination that the request fell under
    policy_id: str = ""
    policy_name: str = ""
    policy_decision: str = ""
    rule: MatchedRule | None = None
    client_id: str = ""
    email: str = ""
    common_name: str = ""

    @property
    def status(self) -> int:
        return self.outcome.status

    @property
    def ray_id(self) -> str:
        """The 16 digits, without the place: as in the body of a denial."""
        return self.outcome.ray.partition("-")[0]


class Journal:
    """The last `size` entries, in the order in which their answers were finished."""

    def __init__(self, size: int = KEPT) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)


def entry(
    request: EdgeRequest, decision: Decision, basis: Basis, outcome: Outcome, now: float
) -> Entry:
    """Return the entry for a decision that was taken at this moment."""
    place, policy = place_of(decision), basis.policy
    application = place.application if place else None
    return Entry(
        time=now,
        ip=request.ip,
        method=_safe(request.method),
        host=_safe(request.host),
        path=_safe(request.path),
        decision=_verb(decision),
        reason=decision.reason,
        outcome=outcome,
        application_id=application.id if application else "",
        application_name=application.name if application else "",
        audience_tag=application.aud if application else "",
        domain=str(place.destination) if place else "",
        policy_id=policy.id if policy else "",
        policy_name=policy.name if policy else "",
        policy_decision=policy.decision.value if policy else "",
        rule=basis.rule,
        client_id=basis.client_id,
        email=basis.email,
        common_name=_safe(basis.common_name),
    )


def place_of(decision: Decision) -> Place | None:
    match decision:
        case Forward(place=place) | Deny(place=place) | LogIn(place=place):
            return place
        case Preflight(place=place) | Describe(place=place):
            return place
        case _:
            return None


def line(request: EdgeRequest, decision: Decision, status: int, now: float, note: str = "") -> str:
    """Return the line for a decision that was answered with this status."""
    when = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    application, policy = _names(decision)
    why = decision.reason + (f"; {note}" if note else "")
    came = f"{_safe(request.method)} {_safe(request.host)}{_safe(request.path)}"
    return (
        f"{when} {came} application={application} policy={policy}"
        f" -> {_verb(decision)} {status} ({why})"
    )


def _names(decision: Decision) -> tuple[str, str]:
    match decision:
        case Forward(place=place, policy=policy) if place:
            return _quoted(place.application.name), _quoted(policy.name) if policy else "-"
        case Deny(place=place) | LogIn(place=place) | Preflight(place) | Describe(place):
            return _quoted(place.application.name), "-"
        case _:
            return "-", "-"


def _verb(decision: Decision) -> str:
    match decision:
        case Forward():
            return "forwarded"
        case Deny():
            return "denied"
        case LogIn():
            return "sent to log in"
        case Reserved() | Preflight() | Describe():
            return "answered"
        case Refuse():
            return "refused"


def _quoted(name: str) -> str:
    return f'"{_safe(name)}"'


def masked(text: str) -> str:
    """Return the text with whatever looks like a Client Secret or a token in it masked."""
    readable = unquote(text, errors="surrogateescape")
    # A percent sign hides a secret from the pattern, and from nobody who reads the line.
    return _SECRET.sub("***", readable if _SECRET.search(readable) else text)


def _safe(text: str) -> str:
    text = masked(text)
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return ascii(cut)[1:-1]
