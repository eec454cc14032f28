"""
Service tokens: create, list, get, update, delete, rotate and refresh.

Source: Cloudflare API, Zero Trust > Access > Service tokens, and "Service tokens" in the
Cloudflare One documentation. The Client Secret is in the answer of whatever made a new one, and
nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from barbican.edge.api.call import Call, Routes, shown_time
from barbican.edge.api.envelope import Reply, page
from barbican.edge.api.errors import ApiError, not_found, token_in_use
from barbican.edge.api.fields import Fields
from barbican.edge.organisation import durations, sample
from barbican.edge.organisation.callers import ServiceToken
from barbican.edge.organisation.model import Organisation
from barbican.edge.organisation.selectors import ServiceTokenIs

YEAR = 365 * 24 * 3600  # seconds: what a refresh adds
HIGHEST_VERSION = 10**9
READ_ONLY = ("id", "client_id", "created_at", "updated_at", "expires_at", "last_seen_at")

Change = Callable[[ServiceToken], ServiceToken]


def _list(call: Call) -> Reply:
    asked = call.request.asked()
    found = [
        _shown(each)
        for each in call.organisation.service_tokens
        if asked.get("name", each.name) == each.name
        and asked.get("search", "").lower() in each.name.lower()
    ]
    return page(call.request, found)


def _create(call: Call) -> Reply:
    body, now = call.body(), call.now
    name, duration = body.name(), body.duration(durations.DEFAULT)
    version = body.whole("client_secret_version", 1, least=1, most=HIGHEST_VERSION)
    body.time("previous_client_secret_expires_at")  # has to be a time, and there is none to end yet
    token = replace(
        sample.service_token(name, _end(duration, now)),
        is_enabled=body.flag("enabled", default=True),
        duration=duration,
        client_secret_version=version or 1,
        created_at=now,
        updated_at=now,
    )
    call.change(lambda held: replace(held, service_tokens=(*held.service_tokens, token)))
    shown = _shown(token, with_secret=True)
    return Reply(shown, HTTPStatus.CREATED, body.messages(read_only=READ_ONLY))


def _get(call: Call) -> Reply:
    return Reply(_shown(_find(call.organisation, call.ids["token_id"])))


def _update(call: Call) -> Reply:
    body, now = call.body(), call.now
    seen: list[bool] = []

    def change(token: ServiceToken) -> ServiceToken:
        changed = _updated(token, body, now)
        seen.append(changed.client_secret != token.client_secret)
        return changed

    token = _change(call, change)
    # Raising the version rotates: without the new secret in the answer nobody would ever have it.
    return Reply(_shown(token, with_secret=seen[-1]), messages=body.messages(read_only=READ_ONLY))


def _updated(token: ServiceToken, body: Fields, now: float) -> ServiceToken:
    version = body.whole(
        "client_secret_version", token.client_secret_version, least=1, most=HIGHEST_VERSION
    )
    changed = replace(
        token,
        name=body.name(token.name),
        is_enabled=body.flag("enabled", default=token.is_enabled),
        updated_at=now,
    )
    if "duration" in body:  # the expiry starts anew, from now
        duration = body.duration(token.duration)
        changed = replace(changed, duration=duration, expires_at=_end(duration, now))
    ends_at = body.time("previous_client_secret_expires_at")
    if version is not None and version > token.client_secret_version:
        return _rotated(changed, now, ends_at, version)
    if version is not None and version < token.client_secret_version:
        raise _too_low(body, token.client_secret_version)
    if ends_at is not None:
        changed = replace(changed, previous_client_secret_expires_at=ends_at)
    return changed


def _too_low(body: Fields, version: int) -> Exception:
    return body.wrong("client_secret_version", f"is {version} now and can only be raised")


def _delete(call: Call) -> Reply:
    gone: list[ServiceToken] = []

    def change(held: Organisation) -> Organisation:
        token = _find(held, call.ids["token_id"])
        if _is_named(held, token.id):
            raise token_in_use()
        gone.append(token)
        return replace(
            held, service_tokens=tuple(each for each in held.service_tokens if each is not token)
        )

    call.change(change)
    return Reply(_shown(gone[-1]))


def _rotate(call: Call) -> Reply:
    """A new secret on the same Client ID. Without a grace period the old one ends now."""
    body, now = call.body(), call.now
    ends_at = body.time("previous_client_secret_expires_at")
    token = _change(call, lambda held: _rotated(held, now, ends_at, held.client_secret_version + 1))
    return Reply(_shown(token, with_secret=True), messages=body.messages(read_only=READ_ONLY))


def _refresh(call: Call) -> Reply:
    def change(token: ServiceToken) -> ServiceToken:
        if token.expires_at is None:
            return token
        return replace(
            token, expires_at=max(token.expires_at, call.now) + YEAR, updated_at=call.now
        )

    return Reply(_shown(_change(call, change)))


def _rotated(token: ServiceToken, now: float, ends_at: float | None, version: int) -> ServiceToken:
    return replace(
        token,
        client_secret=sample.client_secret(),
        previous_client_secret=token.client_secret,
        previous_client_secret_expires_at=now if ends_at is None else ends_at,
        client_secret_version=version,
        updated_at=now,
    )


def _change(call: Call, change: Change) -> ServiceToken:
    """Put a changed service token in the old one's place."""

    def changed(held: Organisation) -> Organisation:
        token = _find(held, call.ids["token_id"])
        fresh = change(token)
        tokens = tuple(fresh if each is token else each for each in held.service_tokens)
        return replace(held, service_tokens=tokens)

    return _find(call.change(changed), call.ids["token_id"])


def _find(held: Organisation, token_id: str) -> ServiceToken:
    for token in held.service_tokens:
        if token.id == token_id:
            return token
    raise _unknown()


def _unknown() -> ApiError:
    return not_found("service_token_not_found")


def _is_named(held: Organisation, token_id: str) -> bool:
    policies = [*held.policies, *(each for app in held.applications for each in app.policies)]
    return any(
        ServiceTokenIs(token_id) in (*policy.include, *policy.require, *policy.exclude)
        for policy in policies
    )


def _end(duration: str, now: float) -> float | None:
    lasts = durations.seconds(duration)
    return None if lasts is None else now + lasts


def _shown(token: ServiceToken, *, with_secret: bool = False) -> dict[str, Any]:
    shown = {
        "id": token.id,
        "name": token.name,
        "client_id": token.client_id,
        "client_secret_version": token.client_secret_version,
        "duration": token.duration,
        "enabled": token.is_enabled,
        "created_at": shown_time(token.created_at),
        "updated_at": shown_time(token.updated_at),
        "expires_at": shown_time(token.expires_at),
    }
    return {**shown, "client_secret": token.client_secret} if with_secret else shown


ROUTES: Routes = {
    "service_tokens": {"GET": _list, "POST": _create},
    "service_tokens/{token_id}": {"GET": _get, "PUT": _update, "DELETE": _delete},
    "service_tokens/{token_id}/refresh": {"POST": _refresh},
    "service_tokens/{token_id}/rotate": {"POST": _rotate},
}
