"""
Which policy of an application lets a person in, before any token says so.

Source: rule 17 of the local edge: Allow and Block in their order, the first that matches ends it.
"""

from __future__ import annotations

from barbican.edge.organisation.callers import Caller
from barbican.edge.organisation.model import Application, Policy, PolicyDecision

_ASKED = (PolicyDecision.ALLOW, PolicyDecision.DENY)


def admitting(application: Application, caller: Caller) -> Policy | None:
    """Return the Allow policy that lets this caller in, or None."""
    matching = (
        each for each in application.policies if each.decision in _ASKED and each.matches(caller)
    )
    policy = next(matching, None)
    return policy if policy and policy.decision is PolicyDecision.ALLOW else None


def offers(application: Application, method: str) -> bool:
    """Say whether this login method may be used at an application."""
    return bool(method) and (not application.allowed_idps or method in application.allowed_idps)
