"""
Applications: list, create, get, update, delete and revoke_tokens.

Source: Cloudflare API, Zero Trust > Access > Applications. What a body says of an application is
read by `application_fields`; an application is named by its ID or by its AUD tag, which stays
until it is deleted.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from barbican.edge.api import policies
from barbican.edge.api.application_fields import READ_ONLY, read
from barbican.edge.api.call import Call, Routes, shown_time
from barbican.edge.api.envelope import Reply, page
from barbican.edge.api.errors import already_exists, not_found
from barbican.edge.api.precedence import numbered
from barbican.edge.organisation import durations
from barbican.edge.organisation.model import DEFAULT_SESSION, Application, Organisation

AUD_BYTES = 32


def _list(call: Call) -> Reply:
    held, asked = call.organisation, call.request.asked()
    found = [_shown(each, held) for each in held.applications]
    return page(call.request, [each for each in found if _is_wanted(each, asked)])


def _is_wanted(shown: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    """Say whether an application is asked for; `exact` takes `name` and `domain` to the letter."""
    if asked.get("aud", shown["aud"]) != shown["aud"]:
        return False
    if asked.get("exact") == "true":
        return all(asked.get(name, shown[name]) == shown[name] for name in ("name", "domain"))
    texts = [shown["name"].lower(), *(each.lower() for each in shown["self_hosted_domains"])]
    return (
        asked.get("name", "").lower() in texts[0]
        and any(asked.get("domain", "").lower() in text for text in texts[1:])
        and any(asked.get("search", "").lower() in text for text in texts)
    )


def _create(call: Call) -> Reply:
    body = call.body()
    made: list[Application] = []

    def change(held: Organisation) -> Organisation:
        fresh = replace(
            read(body, held, call.now),
            id=str(uuid.uuid4()),
            aud=secrets.token_hex(AUD_BYTES),
            created_at=call.now,
        )
        _check_unclaimed(held, fresh)
        made.append(fresh)
        return replace(held, applications=(*held.applications, fresh))

    held = call.change(change)
    shown = _shown(made[-1], held)
    return Reply(shown, HTTPStatus.CREATED, body.messages(read_only=READ_ONLY))


def _get(call: Call) -> Reply:
    held = call.organisation
    return Reply(_shown(find(held, call.ids["app_id"]), held))


def _update(call: Call) -> Reply:
    body = call.body()

    def change(held: Organisation) -> Organisation:
        before = find(held, call.ids["app_id"])
        fresh = replace(
            read(body, held, call.now, before=before),
            id=before.id,
            aud=before.aud,
            tokens_revoked_at=before.tokens_revoked_at,
            created_at=before.created_at,
        )
        _check_unclaimed(held, fresh)
        return with_application(held, fresh)

    held = call.change(change)
    shown = _shown(find(held, call.ids["app_id"]), held)
    return Reply(shown, messages=body.messages(read_only=READ_ONLY))


def _delete(call: Call) -> Reply:
    gone: list[str] = []

    def change(held: Organisation) -> Organisation:
        gone.append(find(held, call.ids["app_id"]).id)
        rest = tuple(each for each in held.applications if each.id != gone[-1])
        return replace(held, applications=rest)

    call.change(change)
    return Reply({"id": gone[-1]}, HTTPStatus.ACCEPTED)


def _revoke_tokens(call: Call) -> Reply:
    def change(held: Organisation) -> Organisation:
        application = find(held, call.ids["app_id"])
        return with_application(held, replace(application, tokens_revoked_at=call.now))

    call.change(change)
    return Reply({}, HTTPStatus.ACCEPTED)


def find(held: Organisation, name: str) -> Application:
    """Return the application with this ID or AUD tag. Raises `ApiError`."""
    for each in held.applications:
        if name in (each.id, each.aud):
            return each
    raise not_found("unknown_application", 11021)


def with_application(held: Organisation, application: Application) -> Organisation:
    """Return the organisation with this application in the place of the one with its ID."""
    changed = tuple(
        application if each.id == application.id else each for each in held.applications
    )
    return replace(held, applications=changed)


def _check_unclaimed(held: Organisation, application: Application) -> None:
    others = (each for each in held.applications if each.id != application.id)
    if any(set(each.destinations) & set(application.destinations) for each in others):
        raise already_exists()


def _shown(application: Application, held: Organisation) -> dict[str, Any]:
    uris = [str(each) for each in application.destinations]
    session, cookie = application.session_duration, application.http_only_cookie_attribute
    return {
        "id": application.id,
        "uid": application.id,
        "type": "self_hosted",
        "name": application.name,
        "aud": application.aud,
        "domain": uris[0] if uris else "",
        "destinations": [{"type": "public", "uri": uri} for uri in uris],
        "self_hosted_domains": uris,
        "policies": [
            {**policies.show(each), "precedence": each.precedence}
            for each in numbered(application.policies)
        ],
        "session_duration": durations.text(DEFAULT_SESSION if session is None else session),
        "service_auth_401_redirect": application.service_auth_401_redirect,
        "read_service_tokens_from_header": application.read_service_tokens_from_header,
        "options_preflight_bypass": application.options_preflight_bypass,
        "cors_headers": _cors(application),
        "http_only_cookie_attribute": (
            held.choices.http_only_by_default if cookie is None else cookie
        ),
        "same_site_cookie_attribute": application.same_site_cookie_attribute,
        "path_cookie_attribute": application.path_cookie_attribute,
        "enable_binding_cookie": application.enable_binding_cookie,
        "allowed_idps": list(application.allowed_idps),
        "auto_redirect_to_identity": application.auto_redirect_to_identity,
        "custom_deny_message": application.custom_deny_message,
        "custom_deny_url": application.custom_deny_url,
        "custom_non_identity_deny_url": application.custom_non_identity_deny_url,
        "created_at": shown_time(application.created_at),
        "updated_at": shown_time(application.updated_at),
    }


def _cors(application: Application) -> dict[str, Any] | None:
    cors = application.cors_headers
    if cors is None:
        return None
    return {
        "allowed_origins": list(cors.allowed_origins),
        "allowed_methods": list(cors.allowed_methods),
        "allowed_headers": list(cors.allowed_headers),
        "allow_all_origins": cors.allow_all_origins,
        "allow_all_methods": cors.allow_all_methods,
        "allow_all_headers": cors.allow_all_headers,
        "allow_credentials": cors.allow_credentials,
        "max_age": cors.max_age,
    }


ROUTES: Routes = {
    "apps": {"GET": _list, "POST": _create},
    "apps/{app_id}": {"GET": _get, "PUT": _update, "DELETE": _delete},
    "apps/{app_id}/revoke_tokens": {"POST": _revoke_tokens},
}
