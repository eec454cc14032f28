"""
The order of an application's policies: the lowest number is asked first, and no number twice.

Source: Cloudflare API, policies of an application: "must be unique for each policy within an app".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from barbican.edge.api.errors import invalid
from barbican.edge.organisation.model import Policy

HIGHEST = 10**6


def numbered(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """Return the policies, each with a number: its own, or the next after the one before it."""
    found: list[Policy] = []
    last = 0
    for policy in policies:
        last = policy.precedence or last + 1
        found.append(replace(policy, precedence=last))
    return tuple(found)


def in_order(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """Return numbered policies by their number. Raises `ApiError` for one that is there twice."""
    found = sorted(policies, key=lambda policy: policy.precedence)
    if len({policy.precedence for policy in found}) < len(found):
        raise invalid("policy precedences must be unique")
    return tuple(found)
