"""
Policies in few words, for tests and scripts: `allow("ada@example.com")`, `service_auth(pair)`.

Source: Cloudflare One documentation, "Access policies": actions Allow, Block, Bypass, Service Auth.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Protocol

from barbican.edge.organisation.model import Policy, PolicyDecision
from barbican.edge.organisation.selectors import (
    AnyValidServiceToken,
    EmailDomainIs,
    EmailIs,
    Everyone,
    Selector,
    ServiceTokenIs,
)


class Identified(Protocol):
    """A service token, by the ID that a policy names."""

    @property
    def id(self) -> str: ...


def service_auth(*tokens: Identified | Selector, session_duration: int | None = None) -> Policy:
    """Return a policy that admits these service tokens, or any good one where none is named."""
    include = tuple(
        each if isinstance(each, Selector) else ServiceTokenIs(each.id) for each in tokens
    )
    return _policy(
        PolicyDecision.NON_IDENTITY, include or (AnyValidServiceToken(),), session_duration
    )


def allow(
    *people: str | Selector,
    require: Sequence[Selector] = (),
    exclude: Sequence[Selector] = (),
    session_duration: int | None = None,
) -> Policy:
    """Return a policy that admits `ada@example.com`, `@example.com`, or everyone who logs in."""
    return _policy(PolicyDecision.ALLOW, _people(people), session_duration, require, exclude)


def block(*people: str | Selector) -> Policy:
    """Return a policy that keeps these people out, or everyone."""
    return _policy(PolicyDecision.DENY, _people(people))


def bypass(*callers: Selector) -> Policy:
    """Return a policy that switches Access off for these callers, or for everyone."""
    return _policy(PolicyDecision.BYPASS, callers or (Everyone(),))


def _people(people: tuple[str | Selector, ...]) -> tuple[Selector, ...]:
    return tuple(map(_person, people)) or (Everyone(),)


def _person(person: str | Selector) -> Selector:
    if not isinstance(person, str):
        return person
    name, at, domain = person.rpartition("@")
    if not (at and domain):
        raise ValueError(f"{person!r} is no e-mail address, and no domain such as @example.com.")
    return EmailIs(person) if name else EmailDomainIs(domain)


def _policy(
    decision: PolicyDecision,
    include: tuple[Selector, ...],
    session_duration: int | None = None,
    require: Sequence[Selector] = (),
    exclude: Sequence[Selector] = (),
) -> Policy:
    return Policy(
        id=str(uuid.uuid4()),
        name=decision.value,
        decision=decision,
        include=include,
        require=tuple(require),
        exclude=tuple(exclude),
        session_duration=session_duration,
    )
