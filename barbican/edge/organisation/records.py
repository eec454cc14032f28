"""
The organisation as JSON and back, field by field, in the names of Cloudflare's API.

A reusable policy is kept once, by the organisation, and named by its ID where an application uses
it. Whatever is broken in a document raises `ValueError`, `KeyError`, `TypeError` or
`AttributeError`; the store turns all of them into one sentence. What earlier versions did not
write is taken as its default.
"""

from __future__ import annotations

import uuid
from collections.abc import Container, Mapping
from dataclasses import asdict, replace
from typing import Any

from barbican.edge.organisation import rules
from barbican.edge.organisation.callers import ServiceToken
from barbican.edge.organisation.choices import Choices
from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.model import (
    DEFAULT_SESSION,
    ONE_TIME_PIN_PROVIDER,
    Application,
    CaCertificate,
    CorsHeaders,
    IdentityProvider,
    Organisation,
    Person,
    Policy,
    PolicyDecision,
)
from barbican.edge.organisation.selectors import Selector

Record = dict[str, Any]
Reusable = Mapping[str, Policy]

# Fields of an application that are written as they are.
_FLAGS = (
    "service_auth_401_redirect",
    "options_preflight_bypass",
    "path_cookie_attribute",
    "enable_binding_cookie",
    "auto_redirect_to_identity",
)
_TEXTS = (
    "read_service_tokens_from_header",
    "same_site_cookie_attribute",
    "custom_deny_message",
    "custom_deny_url",
    "custom_non_identity_deny_url",
)


def dump(organisation: Organisation) -> Record:
    """Return the organisation as plain data. Secret: it holds the Client Secrets."""
    return {
        "team_name": organisation.team_name,
        "base_domain": organisation.base_domain,
        "strict_service_token_auth": organisation.is_strict,
        "session_duration": organisation.session_duration,
        "country": organisation.country,
        "key_rotation_interval_days": organisation.key_rotation_interval_days,
        "choices": asdict(organisation.choices),
        "policies": [_dump_policy(each) for each in organisation.policies],
        "applications": [
            _dump_application(each, {policy.id for policy in organisation.policies})
            for each in organisation.applications
        ],
        "service_tokens": [asdict(each) for each in organisation.service_tokens],
        "people": [asdict(each) for each in organisation.people],
        "certificates": [asdict(each) for each in organisation.certificates],
        "certificate_forwarding": sorted(organisation.certificate_forwarding),
        "identity_providers": [asdict(each) for each in organisation.identity_providers],
    }


def load(record: Record) -> Organisation:
    """Return the organisation that `dump` wrote."""
    policies = tuple(_load_policy(each) for each in record.get("policies", ()))
    reusable = {policy.id: policy for policy in policies}
    providers = record.get("identity_providers", (asdict(ONE_TIME_PIN_PROVIDER),))
    return Organisation(
        team_name=str(record["team_name"]),
        base_domain=str(record["base_domain"]),
        is_strict=_flag(record["strict_service_token_auth"]),
        session_duration=int(record.get("session_duration", DEFAULT_SESSION)),
        country=str(record.get("country", "")),
        key_rotation_interval_days=float(record.get("key_rotation_interval_days", 0)),
        choices=Choices(**record.get("choices", {})),
        policies=policies,
        applications=tuple(_load_application(each, reusable) for each in record["applications"]),
        service_tokens=tuple(_load_token(each) for each in record["service_tokens"]),
        people=tuple(Person(**each) for each in record.get("people", ())),
        certificates=tuple(_load_certificate(each) for each in record.get("certificates", ())),
        certificate_forwarding=frozenset(map(str, record.get("certificate_forwarding", ()))),
        identity_providers=tuple(IdentityProvider(**each) for each in providers),
    )


def _dump_application(application: Application, reusable: Container[str]) -> Record:
    cors = application.cors_headers
    return {
        "id": application.id,
        "name": application.name,
        "aud": application.aud,
        "destinations": [str(each) for each in application.destinations],
        "policies": [
            {"id": each.id, "reusable": True, "precedence": each.precedence}
            if each.is_reusable and each.id in reusable
            else _dump_policy(each)
            for each in application.policies
        ],
        "session_duration": application.session_duration,
        "cors_headers": None if cors is None else asdict(cors),
        "http_only_cookie_attribute": application.http_only_cookie_attribute,
        "allowed_idps": list(application.allowed_idps),
        "tokens_revoked_at": application.tokens_revoked_at,
        "created_at": application.created_at,
        "updated_at": application.updated_at,
        **{name: getattr(application, name) for name in (*_FLAGS, *_TEXTS)},
    }


def _load_application(record: Record, reusable: Reusable) -> Application:
    aud, cors = str(record["aud"]), record.get("cors_headers")
    http_only = record.get("http_only_cookie_attribute")
    plain: Record = {name: _flag(record.get(name, False)) for name in _FLAGS}
    plain.update({name: str(record.get(name, "")) for name in _TEXTS})
    return Application(
        **plain,
        id=str(record.get("id") or _named(aud)),
        name=str(record["name"]),
        aud=aud,
        destinations=tuple(Destination.parse(each) for each in record["destinations"]),
        policies=tuple(
            replace(reusable[each["id"]], precedence=int(each.get("precedence", 0)))
            if each.get("reusable")
            else _load_policy(each)
            for each in record["policies"]
        ),
        session_duration=_seconds(record["session_duration"]),
        cors_headers=None if cors is None else _load_cors(cors),
        http_only_cookie_attribute=None if http_only is None else _flag(http_only),
        allowed_idps=tuple(map(str, record.get("allowed_idps", ()))),
        tokens_revoked_at=float(record.get("tokens_revoked_at", 0)),
        created_at=float(record.get("created_at", 0)),
        updated_at=float(record.get("updated_at", 0)),
    )


def _load_cors(record: Record) -> CorsHeaders:
    lists = ("allowed_origins", "allowed_methods", "allowed_headers")
    return CorsHeaders(**{**record, **{name: tuple(record[name]) for name in lists}})


def _dump_policy(policy: Policy) -> Record:
    return {
        "id": policy.id,
        "name": policy.name,
        "decision": policy.decision.value,
        "include": [rules.dump(each) for each in policy.include],
        "require": [rules.dump(each) for each in policy.require],
        "exclude": [rules.dump(each) for each in policy.exclude],
        "session_duration": policy.session_duration,
        "is_reusable": policy.is_reusable,
        "precedence": policy.precedence,
        "created_at": policy.created_at,
        "updated_at": policy.updated_at,
    }


def _load_policy(record: Record) -> Policy:
    return Policy(
        id=str(record.get("id") or _named(f"{record['name']} {record['include']}")),
        name=str(record["name"]),
        decision=PolicyDecision(record["decision"]),
        include=_load_selectors(record["include"]),
        require=_load_selectors(record["require"]),
        exclude=_load_selectors(record["exclude"]),
        session_duration=_seconds(record["session_duration"]),
        is_reusable=_flag(record.get("is_reusable", False)),
        precedence=int(record.get("precedence", 0)),
        created_at=float(record.get("created_at", 0)),
        updated_at=float(record.get("updated_at", 0)),
    )


def _load_selectors(found: list[Record]) -> tuple[Selector, ...]:
    return tuple(rules.load(each) for each in found)


def _load_token(record: Record) -> ServiceToken:
    expires_at = record["expires_at"]
    return ServiceToken(
        id=str(record["id"]),
        name=str(record["name"]),
        client_id=str(record["client_id"]),
        client_secret=str(record["client_secret"]),
        expires_at=None if expires_at is None else float(expires_at),
        is_enabled=_flag(record["is_enabled"]),
        previous_client_secret=str(record["previous_client_secret"]),
        previous_client_secret_expires_at=float(record["previous_client_secret_expires_at"]),
        client_secret_version=int(record.get("client_secret_version", 1)),
        duration=str(record.get("duration", "8760h")),
        created_at=float(record.get("created_at", 0)),
        updated_at=float(record.get("updated_at", 0)),
    )


def _load_certificate(record: Record) -> CaCertificate:
    hosts = tuple(map(str, record["associated_hostnames"]))
    return CaCertificate(**{**record, "associated_hostnames": hosts})


def _named(text: str) -> str:
    """Return a UUID that stays the same, for what was written before it had one."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, text))


def _seconds(value: object) -> int | None:
    return None if value is None else int(str(value))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("A flag should be true or false.")
    return value
