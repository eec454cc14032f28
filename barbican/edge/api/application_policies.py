"""
The field `policies` of an application: IDs, objects with an ID and a precedence, or new policies.

Source: Cloudflare API, Zero Trust > Access > Applications: "in ascending order of precedence";
reusable and inline policies exclude each other.
"""

from __future__ import annotations

from dataclasses import replace

from barbican.edge.api import policies
from barbican.edge.api.errors import invalid
from barbican.edge.api.fields import Fields
from barbican.edge.api.precedence import HIGHEST, in_order
from barbican.edge.organisation.model import Application, Organisation, Policy

# A policy that is shown within its application comes back whole; by its ID alone it is known.
_SHOWN = (
    "name", "decision", "include", "require", "exclude", "session_duration", *policies.READ_ONLY
)  # fmt: skip


def read_policies(
    body: Fields, held: Organisation, now: float, before: Application | None
) -> tuple[Policy, ...]:
    """Return the application's policies in their order."""
    if "policies" not in body:
        body.items("policies")
        return before.policies if before else ()
    found: list[Policy] = []
    last = 0
    for item in body.items("policies"):
        policy = _read(item, held, now, before)
        last = _precedence(item, last + 1)
        found.append(replace(policy, precedence=last))
    _check(found, before)
    return in_order(found)


def _read(item: str | Fields, held: Organisation, now: float, before: Application | None) -> Policy:
    if isinstance(item, str):
        return _named(item, held, before)
    if "id" in item:
        policy_id = item.text("id", "")
        item.pass_over(_SHOWN)
        return _named(policy_id, held, before)
    return policies.read(item, held, now)


def _named(policy_id: str, held: Organisation, before: Application | None) -> Policy:
    """Return a reusable policy, or one that the application has already."""
    for each in (*held.policies, *(before.policies if before else ())):
        if each.id == policy_id:
            return each
    raise invalid("policies: policy not found")


def _precedence(item: str | Fields, default: int) -> int:
    if isinstance(item, str):
        return default
    return item.whole("precedence", default, least=1, most=HIGHEST) or default


def _check(found: list[Policy], before: Application | None) -> None:
    if len({policy.id for policy in found}) < len(found):
        raise invalid("policies: a policy is named twice")
    known = {policy.id for policy in before.policies} if before else set()
    fresh = [policy for policy in found if not policy.is_reusable and policy.id not in known]
    if fresh and any(policy.is_reusable for policy in found):
        raise invalid("policies: reusable and inline policies are mutually exclusive")
