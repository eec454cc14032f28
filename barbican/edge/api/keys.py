"""
The signing keys' rotation: get, update and rotate.

Source: Cloudflare API, Zero Trust > Access > Keys; an interval is 21 to 365 days there. Here 0 is
one too, and the default: on demand only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from barbican.edge.api.call import Call, Routes, shown_time
from barbican.edge.api.envelope import Reply
from barbican.edge.api.errors import invalid
from barbican.edge.tokens.rotation import days_left, rotate_if_due

SHORTEST, LONGEST = 21, 365  # days
READ_ONLY = ("days_until_next_rotation", "last_key_rotation_at")


def _get(call: Call) -> Reply:
    rotate_if_due(call.folder, call.now)
    return Reply(_shown(call))


def _update(call: Call) -> Reply:
    body = call.body()
    days = body.number("key_rotation_interval_days", None, least=0, most=LONGEST)
    if days is None or 0 < days < SHORTEST:
        raise invalid(
            f"key_rotation_interval_days should be a number from {SHORTEST} to {LONGEST},"
            " or 0 to rotate on demand only"
        )
    call.change(lambda held: replace(held, key_rotation_interval_days=days))
    rotate_if_due(call.folder, call.now)
    return Reply(_shown(call), messages=body.messages(read_only=READ_ONLY))


def _rotate(call: Call) -> Reply:
    call.folder.rotate_keys(call.now)
    return Reply(_shown(call))


def _shown(call: Call) -> dict[str, Any]:
    interval, rotated_at = (
        call.organisation.key_rotation_interval_days,
        call.folder.keys_rotated_at(),
    )
    return {
        "key_rotation_interval_days": interval,
        "days_until_next_rotation": days_left(interval, rotated_at, call.now),
        "last_key_rotation_at": shown_time(rotated_at),
    }


ROUTES: Routes = {
    "keys": {"GET": _get, "PUT": _update},
    "keys/rotate": {"POST": _rotate},
}
