"""
What a value in the configuration file may be: one reader for each kind, with its word for people.

A reader takes what `tomllib` found, returns what the edge uses, and raises `ValueError` with the
end of a sentence that starts with the key.

Source: Cloudflare API, Access applications, policies, service tokens: types and ranges.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from barbican.edge.organisation import durations
from barbican.edge.organisation.callers import ONE_TIME_PIN
from barbican.edge.organisation.model import PolicyDecision

MONTH = 730 * 3600  # seconds: the longest session that Access takes
NAME_LENGTH = 350  # characters
LARGEST = 10**9  # of a whole number: what is more is a slip of the finger
YEAR = 365  # days

# The dashboard's words and the API's.
DECISIONS = {
    "allow": PolicyDecision.ALLOW,
    "block": PolicyDecision.DENY,
    "deny": PolicyDecision.DENY,
    "bypass": PolicyDecision.BYPASS,
    "service_auth": PolicyDecision.NON_IDENTITY,
    "non_identity": PolicyDecision.NON_IDENTITY,
}
SAME_SITE = ("none", "lax", "strict")

_TEAM = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_URL = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """A reader, and the word for it in messages and in the documentation."""

    word: str
    read: Callable[[Any], Any]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"should be a text in quotes, and not {shown(value)}")  # noqa: TRY004
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise ValueError("should be one line of text without control characters")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"should be true or false, and not {shown(value)}")  # noqa: TRY004
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise ValueError(f"should be a whole number from 0, and not {shown(value)}")
    return value


def _days(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= YEAR:
        raise ValueError(f"should be a number of days from 0 to {YEAR}, and not {shown(value)}")
    return value


def _status(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 400 <= value <= 599:
        raise ValueError(f"should be a status from 400 to 599, and not {shown(value)}")
    return value


def _name(value: object) -> str:
    text = _text(value)
    if not text.strip() or len(text) > NAME_LENGTH:
        raise ValueError(f"should be a text of 1 to {NAME_LENGTH} characters")
    return text


def _matching(pattern: re.Pattern[str], example: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value)
        if not pattern.fullmatch(text):
            raise ValueError(f"should be {example}, and not {shown(text)}")
        return text

    return read


def _one_of(*known: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value)
        if text not in known:
            raise ValueError(f"should be one of {', '.join(known)}, and not {shown(text)}")
        return text

    return read


def _session(value: object) -> int:
    """Return the seconds of a session: whole, from `0s` to a month."""
    text = _text(value)
    try:
        found = 0.0 if text in {"0s", "0m", "0h"} else durations.seconds(text)
    except ValueError:
        found = -1.0
    if found is None or not 0 <= found <= MONTH or found != int(found):
        raise ValueError(
            f'should be a duration such as "24h", "30m" or "0s", a month ("730h") at most,'
            f" and not {shown(text)}"
        )
    return int(found)


def lifetime(text: str) -> float | None:
    """Return the seconds of a service token's duration: below 0 it has ended, None never ends."""
    ago = text.startswith("-")
    found = durations.seconds(text.removeprefix("-"))
    if ago and found is None:
        raise ValueError("Nothing ended forever ago.")
    return -found if ago and found else found


def _lifetime(value: object) -> str:
    text = _text(value)
    try:
        lifetime(text)
    except ValueError:
        raise ValueError(
            f'should be a duration such as "8760h", "2h45m" or "forever", and not {shown(text)}'
        ) from None
    return text


def _moment(value: object) -> float:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(
            "should be a date and time with its offset and without quotes, such as"
            f" 2027-01-31T12:00:00Z, and not {shown(value)}"
        )
    return value.timestamp()


def _claims(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"should be a table, and not {shown(value)}")  # noqa: TRY004
    _plain(value)
    return value


def _plain(value: object) -> None:
    """Raises `ValueError` unless JSON has it too."""
    match value:
        case dict():
            for each in value.values():
                _plain(each)
        case list():
            for each in value:
                _plain(each)
        case str() | bool() | int():
            pass
        case float() if math.isfinite(value):
            pass
        case _:
            raise ValueError("may hold texts, numbers, true, false, lists and tables only")


def shown(value: object) -> str:
    """Return the value as the file has it, cut short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    match value:
        case dict():
            return "a table"
        case list():
            return "a list"
        case str():
            return f'"{ascii(value[:40])[1:-1]}"'
        case _:
            return str(value)[:40]


TEXT = Kind("text", _text)
NAME = Kind("text", _name)
FLAG = Kind("true or false", _flag)
WHOLE = Kind("whole number", _whole)
DAYS = Kind("number", _days)
STATUS = Kind("status", _status)
SESSION = Kind("duration", _session)
LIFETIME = Kind("duration", _lifetime)
MOMENT = Kind("date and time", _moment)
CLAIMS = Kind("table", _claims)
TEAM = Kind("text", _matching(_TEAM, "a label of small letters, digits and hyphens"))
HEADER = Kind("text", _matching(_HEADER, 'the name of a header, such as "Authorization"'))
COUNTRY = Kind("text", lambda value: _matching(_COUNTRY, 'two letters such as "GB"')(value).upper())
EMAIL = Kind("text", _matching(_EMAIL, 'an address such as "ada@example.com"'))
URL = Kind("text", _matching(_URL, 'an address such as "https://example.com/denied"'))
SAME_SITE_KIND = Kind("text", _one_of(*SAME_SITE))
LOGIN_METHOD = Kind("text", _one_of(ONE_TIME_PIN))
DECISION = Kind("text", lambda value: DECISIONS[_one_of(*DECISIONS)(value)])
