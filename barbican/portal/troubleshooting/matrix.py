"""
The troubleshooting matrix: read from `rows/*.toml`, and from the verdicts.

A verdict's meaning and its first step are those of `verdicts`; its row adds the rest. Addresses of
the local edge are filled in, so there is one matrix for each place where one runs: one a process.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from barbican.portal import verdicts
from barbican.portal.troubleshooting.inline import plain
from barbican.portal.troubleshooting.local import MAKE_DEMO, Local
from barbican.portal.troubleshooting.row import Group, Reproduction, Row, Source

WIDTH = 76  # columns of a command before it is broken
MAX_QUERY = 200  # characters of a search that are looked at
_FOLDER = Path(__file__).parent / "rows"
_PAIR = (
    '-H "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" '
    '-H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET"'
)
# manage.py wants some key to start; a token of the local edge is signed with the edge's own.
_MAKE_TOKEN = "SECRET_KEY=unused .venv/bin/python manage.py make_token"  # noqa: S105
_TUPLES = ("signs", "steps", "see")

GROUPS = (
    Group(
        "access",
        "Cloudflare Access, at the edge",
        "Access refused, or asked for a login. The origin was not reached.",
    ),
    Group(
        "firewall",
        "Cloudflare's firewall or bot rules",
        "Something at the edge refused before Access was asked.",
    ),
    Group(
        "tunnel",
        "The way from the edge to the origin",
        "The edge let the request through, and the tunnel or the server behind it did not answer.",
    ),
    Group(
        "origin",
        "This portal, at the origin",
        "The request arrived, and the portal verified the token for itself.",
    ),
    Group(
        "portal",
        "This portal, before any token is looked at",
        "The request arrived, and something other than its token is the reason.",
    ),
    Group(
        "client",
        "The caller's own program",
        "What you see was made by your client, your browser or your shell.",
    ),
    Group(
        "local",
        "The local edge",
        "The stand-in for Access that `make demo` starts. It answers as Access does, and has "
        "faults of its own.",
    ),
)


@lru_cache(maxsize=8)
def rows(at: Local = MAKE_DEMO) -> dict[str, Row]:
    """Return every row by its code, group by group, with commands for the local edge there."""
    found = {row.code: row for group in GROUPS for row in _read(group, at)}
    if missing := {code for row in found.values() for code in row.see} - found.keys():
        raise ValueError(f"Rows that are pointed to and are not there: {sorted(missing)}")
    return found


@cache
def by_group() -> tuple[tuple[Group, tuple[Row, ...]], ...]:
    return grouped(tuple(rows().values()))


def grouped(found: tuple[Row, ...]) -> tuple[tuple[Group, tuple[Row, ...]], ...]:
    """Return the rows under those who answer; nobody stands there without a row."""
    pairs = ((group, tuple(row for row in found if row.group == group)) for group in GROUPS)
    return tuple((group, mine) for group, mine in pairs if mine)


def search(query: str, at: Local = MAKE_DEMO) -> tuple[Row, ...]:
    """Return the rows that hold every word of the query."""
    words = query[:MAX_QUERY].casefold().split()
    return tuple(row for row in rows(at).values() if all(word in _text(row) for word in words))


@cache
def _text(row: Row) -> str:
    parts = (
        row.code, row.words, row.group.title, str(row.status or ""), row.seen, row.means,
        *row.signs, *row.steps, row.strict, row.legacy,
    )  # fmt: skip
    return plain(" ".join(parts)).casefold()


def _read(group: Group, at: Local) -> Iterator[Row]:
    text = (_FOLDER / f"{group.id}.toml").read_text(encoding="utf-8")
    for name in ("edge", "origin", "login", "spare"):
        text = text.replace(f"{{{name}}}", str(getattr(at, name)))
    for entry in tomllib.loads(text)["row"]:
        yield _row(group, _of_a_verdict(entry) if group.id == "origin" else entry, at)


def _row(group: Group, entry: dict[str, Any], at: Local) -> Row:
    values: dict[str, Any] = {
        name: tuple(value) if name in _TUPLES else value for name, value in entry.items()
    }
    values["sources"] = tuple(Source(*pair) for pair in entry["sources"])
    values["reproduction"] = _reproduction(values, at)
    return Row(group=group, **values)


def _reproduction(values: dict[str, Any], at: Local) -> Reproduction | None:
    commands = tuple(_filled(command, at) for command in values.pop("try", ()))
    gives, flags = values.pop("gives", values.get("status")), tuple(values.pop("flags", ()))
    setup, start = values.pop("setup", ""), values.pop("start", "").lstrip()
    if not commands:
        return None
    return Reproduction(start or at.start(flags), commands, gives, flags, setup, bool(start))


def _filled(command: str, at: Local) -> str:
    issuer = "" if at.issuer == MAKE_DEMO.issuer else f" --issuer {at.issuer}"
    command = command.replace("{pair}", _PAIR).replace("{make_token}", f"{_MAKE_TOKEN}{issuer}")
    if len(command) > WIDTH:
        for part in (" --issuer ",) if " --issuer " in command else (" -H ", " http://"):
            command = command.replace(part, f" \\\n   {part}")
    return command


def _of_a_verdict(entry: dict[str, Any]) -> dict[str, Any]:
    verdict = verdicts.BY_CODE.get(entry["code"])
    if verdict is None:
        return entry
    return {
        "seen": f"{verdict.status} here: {verdict.headline}",
        "status": verdict.status,
        "means": verdict.meaning,
        **entry,
        "steps": [verdict.fix, *entry.get("steps", ())],
    }
