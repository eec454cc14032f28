"""
The organisation as JSON and back, field by field, in the names of Cloudflare's API.

Whatever is broken in a document raises `ValueError`, `KeyError`, `TypeError` or `AttributeError`;
the store turns all of them into one sentence.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from barbican.edge.destinations import Destination
from barbican.edge.model import (
    AnyValidServiceToken,
    Application,
    EmailIs,
    Everyone,
    IpIn,
    Organisation,
    Policy,
    PolicyDecision,
    Selector,
    ServiceToken,
    ServiceTokenIs,
)

Record = dict[str, Any]


def dump(organisation: Organisation) -> Record:
    """Return the organisation as plain data. Secret: it holds the Client Secrets."""
    return {
        "team_name": organisation.team_name,
        "base_domain": organisation.base_domain,
        "strict_service_token_auth": organisation.is_strict,
        "applications": [_dump_application(each) for each in organisation.applications],
        "service_tokens": [asdict(each) for each in organisation.service_tokens],
    }


def load(record: Record) -> Organisation:
    """Return the organisation that `dump` wrote."""
    return Organisation(
        team_name=str(record["team_name"]),
        base_domain=str(record["base_domain"]),
        is_strict=_flag(record["strict_service_token_auth"]),
        applications=tuple(_load_application(each) for each in record["applications"]),
        service_tokens=tuple(_load_token(each) for each in record["service_tokens"]),
    )


def _dump_application(application: Application) -> Record:
    return {
        "name": application.name,
        "aud": application.aud,
        "destinations": [str(each) for each in application.destinations],
        "policies": [_dump_policy(each) for each in application.policies],
        "session_duration": application.session_duration,
        "service_auth_401_redirect": application.service_auth_401_redirect,
        "read_service_tokens_from_header": application.read_service_tokens_from_header,
        "options_preflight_bypass": application.options_preflight_bypass,
    }


def _load_application(record: Record) -> Application:
    return Application(
        name=str(record["name"]),
        aud=str(record["aud"]),
        destinations=tuple(Destination.parse(each) for each in record["destinations"]),
        policies=tuple(_load_policy(each) for each in record["policies"]),
        session_duration=int(record["session_duration"]),
        service_auth_401_redirect=_flag(record["service_auth_401_redirect"]),
        read_service_tokens_from_header=str(record["read_service_tokens_from_header"]),
        options_preflight_bypass=_flag(record["options_preflight_bypass"]),
    )


def _dump_policy(policy: Policy) -> Record:
    return {
        "name": policy.name,
        "decision": policy.decision.value,
        "include": [_dump_selector(each) for each in policy.include],
        "require": [_dump_selector(each) for each in policy.require],
        "exclude": [_dump_selector(each) for each in policy.exclude],
        "session_duration": policy.session_duration,
    }


def _load_policy(record: Record) -> Policy:
    duration = record["session_duration"]
    return Policy(
        name=str(record["name"]),
        decision=PolicyDecision(record["decision"]),
        include=_load_selectors(record["include"]),
        require=_load_selectors(record["require"]),
        exclude=_load_selectors(record["exclude"]),
        session_duration=None if duration is None else int(duration),
    )


def _dump_selector(selector: Selector) -> Record:
    match selector:
        case ServiceTokenIs(token_id=token_id):
            return {"service_token": {"token_id": token_id}}
        case AnyValidServiceToken():
            return {"any_valid_service_token": {}}
        case EmailIs(email=email):
            return {"email": {"email": email}}
        case IpIn(ip=ip):
            return {"ip": {"ip": ip}}
        case Everyone():
            return {"everyone": {}}


def _load_selectors(records: list[Record]) -> tuple[Selector, ...]:
    return tuple(_load_selector(each) for each in records)


def _load_selector(record: Record) -> Selector:
    ((kind, value),) = record.items()
    match kind:
        case "service_token":
            return ServiceTokenIs(str(value["token_id"]))
        case "any_valid_service_token":
            return AnyValidServiceToken()
        case "email":
            return EmailIs(str(value["email"]))
        case "ip":
            return IpIn(str(value["ip"]))
        case "everyone":
            return Everyone()
        case _:
            raise ValueError(f"There is no selector {kind!r}.")


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
        # Absent from what earlier versions wrote.
        client_secret_version=int(record.get("client_secret_version", 1)),
        duration=str(record.get("duration", "8760h")),
        created_at=float(record.get("created_at", 0)),
        updated_at=float(record.get("updated_at", 0)),
    )


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("A flag should be true or false.")
    return value
