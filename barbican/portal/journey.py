"""
The way of this request, hop by hop: what each added, with this request's values, and their worth.

What the edge and the tunnel add is not signed, the token excepted. It is true of a request that
came through them, and anybody can write it on one that did not.
"""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

from django.http import HttpRequest

from barbican.access.examination import Examination
from barbican.portal import masking
from barbican.portal.fragments import fill
from barbican.protocol import (
    CONNECTING_IP_HEADER,
    COUNTRY_HEADER,
    RAY_HEADER,
    USER_EMAIL_HEADER,
)

# Header, and what it is in a word.
_OF_THE_EDGE = (
    (RAY_HEADER, "Ray ID"),
    (CONNECTING_IP_HEADER, "connecting IP"),
    (COUNTRY_HEADER, "country"),
)
_MAX_SHOWN = 80  # characters


class JourneyShell(NamedTuple):
    mode: str
    source: str  # where the token came from: "header", "cookie" or nothing
    signed: bool  # the token's signature is the team's
    edge: tuple[tuple[str, str, str], ...]  # slot, header, meaning
    has_email: bool
    bypassed: bool
    verified: bool

    def context(self) -> dict[str, Any]:
        return {"journey": self}


def render(
    request: HttpRequest,
    examination: Examination,
    headers: list[masking.Header],
    *,
    mode: str,
    checked: str,
    bypassed: bool,
) -> str:
    """Return the five hops."""
    values = {header.name: header.value for header in headers}
    edge = tuple(
        (f"edge_{number}", name, meaning)
        for number, (name, meaning) in enumerate(_OF_THE_EDGE)
        if name in values
    )
    presented = examination.presented
    shell = JourneyShell(
        mode=mode,
        source=presented.source if presented.token else "",
        signed=examination.is_signed,
        edge=edge,
        has_email=USER_EMAIL_HEADER in values,
        bypassed=bypassed,
        verified=examination.is_verified,
    )
    own = sum(header.set_by == "Client" for header in headers)
    slots = {slot: escape(values[name][:_MAX_SHOWN]) for slot, name, _ in edge}
    slots |= {
        "method": escape(request.method or ""),
        "path": escape(request.path[:_MAX_SHOWN]),
        "own": str(own),
        "size": str(len(presented.token)),
        "email": escape(values.get(USER_EMAIL_HEADER, "")[:_MAX_SHOWN]),
        "checks": checked,
        "code": examination.verdict,
        "status": str(int(examination.status)),
    }
    return fill("includes/journey.html", shell, slots)
