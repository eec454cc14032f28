"""
The journal as the management API shows it: every decision, and Access's authentication logs.

Source: Cloudflare API, "Get Access authentication logs" (`access/logs/access_requests`): fields,
paging, `direction`, `since`, `until`, `email`, `fields` and the operators. Its filters by value are
named by their operators only; the names taken here are the fields'. Cloudflare's documentation says
that a login attempt of a user or a service is an event, and that an unknown Client ID is none;
what `connection` says of a service token is not documented. `access/local/decisions` is our own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from barbican.edge.api.call import Call, Handler, Routes
from barbican.edge.api.envelope import Reply
from barbican.edge.api.errors import invalid
from barbican.edge.journal.entries import Entry, Journal
from barbican.edge.organisation import rules
from barbican.edge.organisation.callers import ONE_TIME_PIN

LIMIT = 25  # entries, as at Cloudflare
LARGEST_LIMIT = 1_000
MACHINE = "non_identity"  # `connection` of a service token
_FILTERS = ("allowed", "app_uid", "ray_id")
_FIELDS = (
    "action",
    "allowed",
    "app_domain",
    "app_uid",
    "connection",
    "created_at",
    "ip_address",
    "ray_id",
    "user_email",
)

Asked = Mapping[str, str]
Record = dict[str, Any]
Report = Callable[[Journal, Asked], list[Record]]


def routes(journal: Journal) -> Routes:
    """Return the two addresses at which this journal can be read."""
    return {
        "local/decisions": {"GET": _handler(decisions, journal)},
        "logs/access_requests": {"GET": _handler(access_requests, journal)},
    }


def _handler(report: Report, journal: Journal) -> Handler:
    def answer(call: Call) -> Reply:
        try:
            return Reply(report(journal, call.request.asked()))
        except ValueError as error:
            raise invalid(str(error)) from None

    return answer


def decisions(journal: Journal, asked: Asked) -> list[Record]:
    """Return the last decisions, newest first. Raises `ValueError` for a bad parameter."""
    limit, since = _whole(asked, "limit", LIMIT), _time(asked, "since")
    status = _whole(asked, "status", 0, least=100) if "status" in asked else None
    wanted = asked.get("application")
    found = [
        _decision(entry)
        for entry in reversed(tuple(journal))
        if (since is None or entry.time >= since)
        and (status is None or entry.status == status)
        and wanted in (None, entry.application_id, entry.application_name, entry.audience_tag)
    ]
    return found[:limit]


def access_requests(journal: Journal, asked: Asked) -> list[Record]:
    """Return the authentication events among them. Raises `ValueError` for a bad parameter."""
    since, until = _time(asked, "since"), _time(asked, "until")
    is_ascending = _one_of(asked, "direction", "desc", "asc") == "asc"
    is_wanted, fields = _email_filter(asked), _fields(asked)
    events = [
        _event(entry)
        for entry in journal
        if _is_event(entry)
        and (since is None or entry.time >= since)
        and (until is None or entry.time <= until)
        and is_wanted(entry.email)
    ]
    for name in _FILTERS:
        is_equal = _one_of(asked, f"{name}Op", "eq", "neq") == "eq"
        if name in asked:
            events = [each for each in events if (_text(each[name]) == asked[name]) is is_equal]
    page = _page(asked, events if is_ascending else events[::-1])
    return [{name: each[name] for name in fields} for each in page]


def _decision(entry: Entry) -> Record:
    rule = entry.rule
    return {
        "time": _written(entry.time),
        "ray_id": entry.ray_id,
        "ip_address": entry.ip,
        "method": entry.method,
        "host": entry.host,
        "path": entry.path,
        "application": _application(entry),
        "policy": _policy(entry),
        "rule": rule and {"part": rule.part.value, "selector": rules.dump(rule.selector)},
        "client_id": entry.client_id or None,
        "user_email": entry.email or None,
        "common_name": entry.common_name or None,
        "decision": entry.decision,
        "status": entry.status,
        "reason": entry.reason,
        "note": entry.outcome.note,
        "edge_ms": round(entry.outcome.edge_time, 3),
        "total_ms": round(entry.outcome.total_time, 3),
    }


def _application(entry: Entry) -> Record | None:
    if not entry.audience_tag:
        return None
    return {
        "id": entry.application_id,
        "name": entry.application_name,
        "aud": entry.audience_tag,
        "domain": entry.domain,
    }


def _policy(entry: Entry) -> Record | None:
    if not entry.policy_decision:
        return None
    return {
        "id": entry.policy_id,
        "name": entry.policy_name,
        "decision": entry.policy_decision,
    }


def _is_event(entry: Entry) -> bool:
    """An attempt of somebody whom the edge recognised. What it bypasses is not logged (rule 18)."""
    return bool(entry.audience_tag and (entry.client_id or entry.email))


def _event(entry: Entry) -> Record:
    return {
        "action": "login",
        "allowed": entry.decision == "forwarded",
        "app_domain": entry.domain,
        "app_uid": entry.application_id,
        "connection": ONE_TIME_PIN if entry.email else MACHINE,
        "created_at": _written(entry.time),
        "ip_address": entry.ip,
        "ray_id": entry.ray_id,
        "user_email": entry.email,
    }


def _email_filter(asked: Asked) -> Callable[[str], bool]:
    """Return what `email`, `emailOp` and `email_exact` ask of an address."""
    operator = _one_of(asked, "emailOp", "contains", "eq", "neq")
    is_exact = _one_of(asked, "email_exact", "false", "true") == "true" or operator == "eq"
    wanted = asked.get("email")

    def is_wanted(email: str) -> bool:
        if wanted is None:
            return True
        is_hit = email == wanted if is_exact else wanted in email
        return is_hit is (operator != "neq")

    return is_wanted


def _page(asked: Asked, events: list[Record]) -> list[Record]:
    limit = _whole(asked, "limit", LIMIT)
    size = min(limit, _whole(asked, "per_page", limit))
    start = (_whole(asked, "page", 1) - 1) * size
    return events[start : start + size]


def _fields(asked: Asked) -> tuple[str, ...]:
    names = [name.strip() for name in asked.get("fields", "").split(",") if name.strip()]
    if unknown := set(names) - set(_FIELDS):
        raise ValueError(f"fields should be among {', '.join(_FIELDS)}, not {min(unknown)!r}")
    return tuple(names) or _FIELDS


def _one_of(asked: Asked, name: str, default: str, *others: str) -> str:
    value = asked.get(name, default)
    if value not in (default, *others):
        raise ValueError(f"{name} should be one of {', '.join((default, *others))}")
    return value


def _whole(asked: Asked, name: str, default: int, *, least: int = 1) -> int:
    text = asked.get(name, str(default))
    is_short = len(text) <= len(str(LARGEST_LIMIT))  # Python reads no number of thousands of digits
    if not (
        is_short and text.isascii() and text.isdecimal() and least <= int(text) <= LARGEST_LIMIT
    ):
        raise ValueError(f"{name} should be a whole number from {least} to {LARGEST_LIMIT}")
    return int(text)


def _time(asked: Asked, name: str) -> float | None:
    if name not in asked:
        return None
    try:
        when = datetime.fromisoformat(asked[name].replace(" ", "+"))  # a plus that nobody encoded
    except ValueError:
        raise ValueError(f"{name} should be an RFC 3339 time") from None
    return when.replace(tzinfo=when.tzinfo or UTC).timestamp()


def _written(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
