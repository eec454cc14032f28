"""
What a token says, one row per member, as text that can stand on a page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from barbican.access.evidence import TokenReading
from barbican.access.parse import is_time
from barbican.portal import dictionary
from barbican.portal.masking import mask_claim
from barbican.portal.text import printable
from barbican.portal.times import absolute, iso, relative
from barbican.portal.verdicts import short

MAX_SHOWN = 400  # characters of one value
MAX_PARTS = 20  # nested values of one claim, each on a line
_TIMES = ("exp", "iat", "nbf")
NO_LINE = "not as a header should be"
_LONG_HEX = re.compile(r"[0-9a-f]{40,}")


class Row(NamedTuple):
    """One member as the page shows it."""

    name: str
    anchor: str  # of a documented member; what a sender names gets no address here
    value: str  # long identifiers shortened
    whole: str  # to copy, where `value` is short for it
    meaning: str
    source: str
    href: str
    struck: bool  # nobody is known to have said it
    known: bool
    note: str = ""
    ago: str = ""  # of a time, which `note` says
    datetime: str | None = None
    parts: tuple[tuple[str, str], ...] = ()  # of a nested value: path and text


def header_rows(token: TokenReading, is_signed: bool) -> list[Row]:
    return [
        _row(dictionary.header_member(name), "header", value, is_signed)
        for name, value in token.header.items()
    ]


def header_line(token: TokenReading) -> str:
    """Return "RS256 · kid 9338abe1…69b8 · JWT", of what is there and is a text."""
    header = token.header
    said = header.get("alg"), header.get("kid"), header.get("typ")
    try:
        return _line(*said)
    except TypeError:  # a list cannot be kept in a cache
        return NO_LINE


@lru_cache(maxsize=256, typed=True)
def _line(*said: Any) -> str:
    found = [
        f"{before}{short(text(value))}"
        for before, value in zip(("", "kid ", ""), said, strict=True)
        if isinstance(value, str)
    ]
    return " · ".join(found) or NO_LINE


def claim_rows(token: TokenReading, is_signed: bool, now: float) -> list[Row]:
    return [
        _claim(name, value, now, is_signed, token.trusted) for name, value in token.claims.items()
    ]


def _claim(name: str, value: Any, now: float, is_signed: bool, trusted: bool) -> Row:
    row = _row(dictionary.claim(name), "claim", value, is_signed)
    if name in _TIMES and is_time(value):
        ago = relative(value - now)
        return row._replace(note=absolute(value), ago=ago, datetime=iso(value))
    if name == "sub" and value == "":
        return row._replace(note="Empty for a machine, by design.")
    if trusted and name in _NOTES:
        return row._replace(note=_NOTES[name])
    return row


# Said of a token that passed every check, and of no other.
_NOTES = {
    "aud": "Matches this application.",
    "iss": "Matches the team domain.",
    "common_name": "Who is calling.",
    "email": "Who is calling.",
}


def _row(entry: dictionary.Entry, kind: str, value: Any, is_signed: bool) -> Row:
    if isinstance(value, str | int | float):
        return _plain_row(entry, kind, value, is_signed)
    return _any_row(entry, kind, value, is_signed)


def _any_row(entry: dictionary.Entry, kind: str, value: Any, is_signed: bool) -> Row:
    whole = text(value)
    brief = _LONG_HEX.sub(lambda found: short(found[0]), whole)
    return Row(
        name=text(entry.name),
        anchor=f"{kind}-{entry.name}" if entry.is_documented else "",
        value=brief,
        whole=whole if brief != whole else "",
        meaning=entry.meaning,
        source=entry.source,
        href=entry.href,
        struck=not is_signed,
        known=entry.is_documented,
        parts=tuple(_parts(value)) if isinstance(value, dict) else (),
    )


# Most rows say what they said before. Typed, as 1 and true are equal and read differently.
_plain_row = lru_cache(maxsize=4_096, typed=True)(_any_row)


def _parts(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is nested, a line each. A list of plain values is one line."""
    for count, (path, leaf) in enumerate(_leaves(value, "")):
        if count == MAX_PARTS:
            yield "…", "and more, in the JSON form"
            return
        yield text(path), ", ".join(map(text, leaf)) if isinstance(leaf, list) else text(leaf)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}.{number}")
    else:
        yield path, value


def text(value: Any) -> str:
    """Return a claim's value as masked text of bounded length."""
    found = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    found = printable(mask_claim(found))
    return found if len(found) <= MAX_SHOWN else f"{found[:MAX_SHOWN]}…"


def shown(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return claims for JSON, with secrets masked wherever an attacker or a mistake put them."""
    return {mask_claim(name): _shown(value) for name, value in members.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return mask_claim(value)
    if isinstance(value, dict):
        return shown(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value
