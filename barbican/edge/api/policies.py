"""
Reusable policies, and how any policy is read and shown.

Source: Cloudflare API, Zero Trust > Access > Policies. A reusable policy that an application uses
cannot be deleted.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from barbican.edge.api.call import Call, Routes, shown_time
from barbican.edge.api.envelope import Reply, page
from barbican.edge.api.errors import conflict, invalid, not_found
from barbican.edge.api.fields import Fields
from barbican.edge.organisation import durations, rules
from barbican.edge.organisation.model import Organisation, Policy, PolicyDecision
from barbican.edge.organisation.selectors import LoginMethodIs, Selector, ServiceTokenIs

READ_ONLY = ("id", "uid", "account_id", "app_count", "reusable", "created_at", "updated_at")


def _list(call: Call) -> Reply:
    held = call.organisation
    return page(call.request, [_shown(each, held) for each in held.policies])


def _create(call: Call) -> Reply:
    body = call.body()
    made: list[Policy] = []

    def change(held: Organisation) -> Organisation:
        made.append(replace(read(body, held, call.now), is_reusable=True))
        return replace(held, policies=(*held.policies, made[-1]))

    held = call.change(change)
    return Reply(_shown(made[-1], held), HTTPStatus.CREATED, body.messages(read_only=READ_ONLY))


def _get(call: Call) -> Reply:
    held = call.organisation
    return Reply(_shown(find(held, call.ids["policy_id"]), held))


def _update(call: Call) -> Reply:
    body = call.body()

    def change(held: Organisation) -> Organisation:
        before = find(held, call.ids["policy_id"])
        return held.with_policy(read(body, held, call.now, before=before))

    held = call.change(change)
    policy = find(held, call.ids["policy_id"])
    return Reply(_shown(policy, held), messages=body.messages(read_only=READ_ONLY))


def _delete(call: Call) -> Reply:
    def change(held: Organisation) -> Organisation:
        policy = find(held, call.ids["policy_id"])
        if _uses(held, policy):
            raise conflict("policy is being used by at least one app")
        return replace(held, policies=tuple(each for each in held.policies if each is not policy))

    call.change(change)
    return Reply({"id": call.ids["policy_id"]}, HTTPStatus.ACCEPTED)


def find(held: Organisation, policy_id: str) -> Policy:
    """Return the reusable policy with this ID. Raises `ApiError`."""
    for each in held.policies:
        if each.id == policy_id:
            return each
    raise not_found()


def read(body: Fields, held: Organisation, now: float, *, before: Policy | None = None) -> Policy:
    """Return the policy of a body: a new one, or what takes the place of `before`."""
    fresh = Policy(
        id=before.id if before else str(uuid.uuid4()),
        name=body.name(),
        decision=_decision(body),
        include=body.rules("include", rules.load),
        require=body.rules("require", rules.load),
        exclude=body.rules("exclude", rules.load),
        session_duration=body.session(None),
        is_reusable=before.is_reusable if before else False,
        precedence=before.precedence if before else 0,
        created_at=before.created_at if before else now,
        updated_at=now,
    )
    if not fresh.include:
        raise body.wrong("include", "should have one rule at least")
    for name in ("include", "require", "exclude"):
        for selector in getattr(fresh, name):
            _check(selector, name, held)
    return fresh


def show(policy: Policy) -> dict[str, Any]:
    """Return what every answer says of a policy, reusable or not."""
    session = policy.session_duration
    return {
        "id": policy.id,
        "uid": policy.id,
        "name": policy.name,
        "decision": policy.decision.value,
        "include": [rules.dump(each) for each in policy.include],
        "require": [rules.dump(each) for each in policy.require],
        "exclude": [rules.dump(each) for each in policy.exclude],
        "session_duration": None if session is None else durations.text(session),
        "reusable": policy.is_reusable,
        "created_at": shown_time(policy.created_at),
        "updated_at": shown_time(policy.updated_at),
    }


def _shown(policy: Policy, held: Organisation) -> dict[str, Any]:
    return {**show(policy), "app_count": _uses(held, policy)}


def _uses(held: Organisation, policy: Policy) -> int:
    return sum(any(each.id == policy.id for each in app.policies) for app in held.applications)


def _decision(body: Fields) -> PolicyDecision:
    text = body.text("decision", "")
    try:
        return PolicyDecision(text)
    except ValueError:
        named = ", ".join(PolicyDecision)
        raise body.wrong("decision", f"should be one of {named}") from None


def _check(selector: Selector, name: str, held: Organisation) -> None:
    """A rule that names what is not there would never match, and nobody would see why."""
    match selector:
        case ServiceTokenIs(token_id=wanted):
            what, known = "service token", [each.id for each in held.service_tokens]
        case LoginMethodIs(id=wanted):
            what, known = "login method", [each.id for each in held.identity_providers]
        case _:
            return
    if wanted not in known:
        raise invalid(f"invalid '{name}' configuration: {what} not found")


ROUTES: Routes = {
    "policies": {"GET": _list, "POST": _create},
    "policies/{policy_id}": {"GET": _get, "PUT": _update, "DELETE": _delete},
}
