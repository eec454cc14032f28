"""
Which rule of a policy decided about a caller: for the journal, which has to say why.

Source: Cloudflare One documentation, "Access policies": include is OR, require is AND, exclude is
NOT; Bypass and Service Auth come first, then Allow and Block, each in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from barbican.edge.organisation.callers import Caller
from barbican.edge.organisation.model import Policy, PolicyDecision
from barbican.edge.organisation.selectors import Selector

_NEEDS_IDENTITY = (PolicyDecision.ALLOW, PolicyDecision.DENY)


class Part(StrEnum):
    """Where in a policy a rule stands, by its API name."""

    INCLUDE = "include"
    REQUIRE = "require"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """The rule that decided. One of `require` decided by what the caller lacks."""

    part: Part
    selector: Selector


def matched_rule(policy: Policy, caller: Caller) -> MatchedRule | None:
    """
    Return the rule that decided whether this policy speaks of this caller.

    An include rule where it does; an exclude or require rule where that stood in the way; None
    where no include rule names the caller.
    """
    named = next((each for each in policy.include if each.matches(caller)), None)
    if named is None:
        return None
    for selector in policy.exclude:
        if selector.matches(caller):
            return MatchedRule(Part.EXCLUDE, selector)
    for selector in policy.require:
        if not selector.matches(caller):
            return MatchedRule(Part.REQUIRE, selector)
    return MatchedRule(Part.INCLUDE, named)


def obstacle(policies: Iterable[Policy], caller: Caller) -> tuple[Policy, MatchedRule] | None:
    """
    Return the first policy that kept out a caller whom it names, and the rule that did.

    None where no policy names the caller at all: then default deny decided.
    """
    for policy in _in_order(policies, caller):
        rule = matched_rule(policy, caller)
        if rule and (rule.part is not Part.INCLUDE or policy.decision is PolicyDecision.DENY):
            return policy, rule
    return None


def _in_order(policies: Iterable[Policy], caller: Caller) -> Iterator[Policy]:
    """Return what Access asks about this caller: nobody without identity gets to Allow or Block."""
    kept = tuple(policies)
    yield from (each for each in kept if each.decision not in _NEEDS_IDENTITY)
    if caller.identity is not None:
        yield from (each for each in kept if each.decision in _NEEDS_IDENTITY)
