"""
What is learnt from a paste. Every text in it is masked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Speaker: TypeAlias = Literal[
    "access", "local", "firewall", "tunnel", "origin", "portal", "server", "client", "unknown"
]
Certainty: TypeAlias = Literal["certain", "likely", "guess"]
Sent: TypeAlias = Literal["pair", "half", "single", "none", "unknown"]
Mode: TypeAlias = Literal["strict", "legacy", "unknown"]
Policy: TypeAlias = Literal["names", "other", "allow_only", "unknown"]

SPEAKERS: dict[Speaker, str] = {
    "access": "Cloudflare Access, at the edge",
    "local": "The local edge, in the place of Access",
    "firewall": "Cloudflare's firewall or bot rules",
    "tunnel": "The way from the edge to the origin",
    "origin": "This portal, at the origin",
    "portal": "This portal, at the origin",
    "server": "Another server, at the origin",
    "client": "The caller's own program",
    "unknown": "Nobody that can be named",
}
# Who answers like this and nobody else does, where that is certain.
ALONE: dict[Speaker, str] = {
    "access": "only Access",
    "local": "only the local edge",
    "firewall": "only Cloudflare",
    "tunnel": "only Cloudflare",
    "origin": "only this portal",
    "portal": "only this portal",
}
UNSURE: dict[Certainty, str] = {
    "likely": "**Likely:** it fits, and something else could look the same.",
    "guess": "**A guess:** there is little to go by.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the reader answered, where the paste does not show it."""

    sent: Sent = "unknown"
    mode: Mode = "unknown"
    policy: Policy = "unknown"


NOTHING_TOLD = Told()


@dataclass(frozen=True, slots=True)
class Reading:
    """One response, by itself. `code` is a row of the matrix, or empty."""

    speaker: Speaker
    code: str
    why: str
    certainty: Certainty = "certain"
    evidence: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()  # names of Told that would say more


@dataclass(frozen=True, slots=True)
class Hop:
    """One response in the order of the paste."""

    status: int | None
    reading: Reading


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    text: str
    options: tuple[tuple[str, str], ...]  # value, label


@dataclass(frozen=True, slots=True)
class Explanation:
    """Who answered, why, how sure that is, and what to look at."""

    reading: Reading
    hops: tuple[Hop, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    questions: tuple[Question, ...] = field(default=())


QUESTIONS = {
    "sent": Question(
        "sent",
        "What did the request carry?",
        (
            ("pair", "Both service-token headers"),
            ("single", "One header with both in JSON"),
            ("none", "Nothing of the kind"),
        ),
    ),
    "mode": Question(
        "mode",
        "Is strict service token authentication on? Organisations made since 5 October 2026 have "
        "it; others find it in Access settings.",
        (("strict", "Yes, or the organisation is new"), ("legacy", "No")),
    ),
    "policy": Question(
        "policy",
        "Which policy does the application have?",
        (
            ("names", "A Service Auth policy that names this token"),
            ("other", "A Service Auth policy, for other tokens"),
            ("allow_only", "Only Allow policies"),
        ),
    ),
}
