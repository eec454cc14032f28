"""
What the caller sent, as far as a paste shows it. Values are looked at and never kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from barbican.portal.explaining.explanation import Sent
from barbican.portal.explaining.paste import Asked
from barbican.protocol import CLIENT_ID_HEADER, CLIENT_SECRET_HEADER

_ID, _SECRET = CLIENT_ID_HEADER.lower(), CLIENT_SECRET_HEADER.lower()
_ID_KEY = re.compile(r"\{.{0,20}[\"'](cf-access-client-id)", re.IGNORECASE)
_EMPTY = re.compile(rf"({_ID}|{_SECRET}): ?['\"]", re.IGNORECASE)
_COUNTED: tuple[Sent, ...] = ("none", "half", "pair")
_OPTIONS = re.compile(r"(?:-X ?|--request[ =])['\"]?OPTIONS", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """`sent` is "unknown" where the paste does not show the request."""

    sent: Sent = "unknown"
    is_preflight: bool = False
    is_script: bool = False
    is_upgrade: bool = False
    has_upper_case_keys: bool = False


def request_of(asked: Asked) -> Request:
    names = {name for name, _value in asked.headers}
    text = asked.command + "\n".join(value for _name, value in asked.headers)
    lower = text.lower()
    key = _ID_KEY.search(text)
    return Request(
        sent=_sent(asked, names, lower, is_single=key is not None),
        is_preflight=asked.method == "OPTIONS" or bool(_OPTIONS.search(asked.command)),
        is_script="x-requested-with" in names or "x-requested-with" in lower,
        is_upgrade="sec-websocket-key" in names or "upgrade: websocket" in lower,
        has_upper_case_keys=key is not None and key[1] != _ID,
    )


def _sent(asked: Asked, names: set[str], command: str, *, is_single: bool) -> Sent:
    if not asked.is_shown:
        return "unknown"
    if is_single:
        return "single"
    if asked.headers:  # what went out decides, not what was typed
        found = (_ID in names) + (_SECRET in names)
    else:
        empty = {each.lower() for each in _EMPTY.findall(command)}
        found = sum(name in command and name not in empty for name in (_ID, _SECRET))
    return _COUNTED[found]
