"""
The policies of one application, in their order of precedence.

Source: Cloudflare API, Zero Trust > Access > Applications > Policies. Those made here belong to the
application alone, until `make_reusable`; a reusable one is changed and deleted at `policies`.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from barbican.edge.api import policies
from barbican.edge.api.applications import find, with_application
from barbican.edge.api.call import Call, Routes
from barbican.edge.api.envelope import Reply, page
from barbican.edge.api.errors import invalid, not_found
from barbican.edge.api.fields import Fields
from barbican.edge.api.precedence import HIGHEST, in_order, numbered
from barbican.edge.organisation.model import Application, Organisation, Policy

READ_ONLY = policies.READ_ONLY


def _list(call: Call) -> Reply:
    application = _application(call, call.organisation)
    return page(call.request, [show(each) for each in numbered(application.policies)])


def _get(call: Call) -> Reply:
    return Reply(show(_policy(_application(call, call.organisation), call)))


def _create(call: Call) -> Reply:
    body = call.body()
    made: list[Policy] = []

    def change(held: Organisation) -> Organisation:
        application = _application(call, held)
        others = numbered(application.policies)
        last = max((each.precedence for each in others), default=0) + 1
        policy = replace(policies.read(body, held, call.now), precedence=_precedence(body, last))
        made.append(policy)
        return _with_policies(held, application, (*others, policy), call.now)

    call.change(change)
    return Reply(show(made[-1]), HTTPStatus.CREATED, body.messages(read_only=READ_ONLY))


def _update(call: Call) -> Reply:
    body = call.body()
    made: list[Policy] = []

    def change(held: Organisation) -> Organisation:
        application = _application(call, held)
        before = _own(application, call)
        policy = policies.read(body, held, call.now, before=before)
        made.append(replace(policy, precedence=_precedence(body, before.precedence)))
        others = (
            made[-1] if each.id == before.id else each for each in numbered(application.policies)
        )
        return _with_policies(held, application, tuple(others), call.now)

    call.change(change)
    return Reply(show(made[-1]), messages=body.messages(read_only=READ_ONLY))


def _delete(call: Call) -> Reply:
    def change(held: Organisation) -> Organisation:
        application = _application(call, held)
        gone = _own(application, call)
        rest = tuple(each for each in numbered(application.policies) if each.id != gone.id)
        return _with_policies(held, application, rest, call.now)

    call.change(change)
    return Reply({"id": call.ids["policy_id"]}, HTTPStatus.ACCEPTED)


def _make_reusable(call: Call) -> Reply:
    def change(held: Organisation) -> Organisation:
        own = _own(_application(call, held), call)
        policy = replace(own, is_reusable=True, updated_at=call.now)
        kept = (*held.policies, replace(policy, precedence=0))
        return replace(held, policies=kept).with_policy(policy)

    held = call.change(change)
    return Reply(show(_policy(_application(call, held), call)))


def show(policy: Policy) -> dict[str, Any]:
    return {**policies.show(policy), "precedence": policy.precedence}


def _application(call: Call, held: Organisation) -> Application:
    return find(held, call.ids["app_id"])


def _policy(application: Application, call: Call) -> Policy:
    for each in numbered(application.policies):
        if each.id == call.ids["policy_id"]:
            return each
    raise not_found()


def _own(application: Application, call: Call) -> Policy:
    policy = _policy(application, call)
    if policy.is_reusable:
        raise invalid("the policy is reusable: change or delete it at access/policies")
    return policy


def _precedence(body: Fields, default: int) -> int:
    return body.whole("precedence", default, least=1, most=HIGHEST) or default


def _with_policies(
    held: Organisation, application: Application, found: tuple[Policy, ...], now: float
) -> Organisation:
    changed = replace(application, policies=in_order(found), updated_at=now)
    return with_application(held, changed)


ROUTES: Routes = {
    "apps/{app_id}/policies": {"GET": _list, "POST": _create},
    "apps/{app_id}/policies/{policy_id}": {"GET": _get, "PUT": _update, "DELETE": _delete},
    "apps/{app_id}/policies/{policy_id}/make_reusable": {"PUT": _make_reusable},
}
