"""
One line per decision: what came, which application and policy, what was answered and why.

No header and no query is in it, so no secret can be; what a caller wrote is
masked where it looks like a secret, escaped and cut.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from barbican.edge.decisions import (
    Decision,
    Deny,
    Describe,
    EdgeRequest,
    Forward,
    LogIn,
    Preflight,
    Refuse,
    Reserved,
)

LONGEST = 120  # characters of a caller's text

# A Client Secret or a token that somebody put into a path.
_SECRET = re.compile(r"cfast_[A-Za-z0-9]+|[0-9a-fA-F]{64}|eyJ[A-Za-z0-9_.-]+")


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


def _safe(text: str) -> str:
    text = _SECRET.sub("***", text)
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return ascii(cut)[1:-1]
