"""
The organisation: get and update. It is made with the state folder, so that it cannot be made again.

Source: Cloudflare API, Zero Trust > Organizations: GET and PUT; the documentation of strict
service-token authentication uses PATCH. A field that is left out stays as it was, with either.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from barbican.edge.api.call import Call, Routes
from barbican.edge.api.envelope import Reply
from barbican.edge.api.errors import conflict
from barbican.edge.api.fields import Fields
from barbican.edge.organisation import durations
from barbican.edge.organisation.model import DEFAULT_SESSION, Organisation

SHORTEST_SESSION = 15 * 60  # seconds: a global session is never shorter
READ_ONLY = ("auth_domain", "created_at", "updated_at")


def _get(call: Call) -> Reply:
    return Reply(_shown(call, call.organisation))


def _create(_call: Call) -> Reply:
    raise conflict("the organization exists already; update it")


def _update(call: Call) -> Reply:
    body = call.body()
    held = call.change(lambda held: _updated(held, body))
    return Reply(_shown(call, held), messages=body.messages(read_only=READ_ONLY))


def _updated(held: Organisation, body: Fields) -> Organisation:
    session = body.session(held.session_duration)
    if "session_duration" in body and (session or 0) < SHORTEST_SESSION:
        raise body.wrong("session_duration", "should be 15m or longer")
    return replace(
        held,
        team_name=body.name(held.team_name),
        is_strict=body.flag("strict_service_token_auth", default=held.is_strict),
        session_duration=session or DEFAULT_SESSION,
    )


def _shown(call: Call, held: Organisation) -> dict[str, Any]:
    return {
        "name": held.team_name,
        # The team's real address: the local edge is nobody's subdomain of cloudflareaccess.com.
        "auth_domain": call.team_domain or f"{held.team_name}.{held.base_domain}",
        "session_duration": durations.text(held.session_duration),
        "strict_service_token_auth": held.is_strict,
    }


ROUTES: Routes = {
    "organizations": {"GET": _get, "POST": _create, "PUT": _update, "PATCH": _update},
}
