"""
Reads tables of the configuration file by their schema, and reports whatever does not fit it.

What cannot be read is left out, so that the steps after it go on and find the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from barbican.edge.config.lines import Place
from barbican.edge.config.report import Report, nearest
from barbican.edge.config.schema import REPEATED, SINGLE, Key, References, Section, Table

_WORDS = {
    "service_tokens": "A service token",
    "policies": "A policy",
    "applications": "An application",
    "people": "A person",
    "certificates": "A certificate",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One table: its place in the file, and the values of its keys, defaults included."""

    at: Place
    values: dict[str, Any]
    is_whole: bool = True  # nothing that it needs is missing

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


@dataclass(frozen=True, slots=True)
class Tables:
    """The whole file: tables that are there once, and those that are there many times."""

    single: dict[str, Entry]
    repeated: dict[str, list[Entry]]


def read(content: dict[str, Any], report: Report) -> Tables:
    """Return every table of the file that has the right form."""
    known = (*SINGLE, *REPEATED)
    for name in content.keys() - set(known):
        report.add((name,), f"There is no table {name!r} here.{nearest(name, known)}")
    single = {
        name: read_table(_one(content, name, report), section, (name,), report)
        for name, section in SINGLE.items()
    }
    repeated = {
        name: [
            read_table(each, section, at, report, _WORDS[name])
            for at, each in _many(content, name, report)
        ]
        for name, section in REPEATED.items()
    }
    return Tables(single, repeated)


def read_table(
    content: dict[str, Any], section: Section, at: Place, report: Report, word: str = "It"
) -> Entry:
    """Return the table's entry."""
    for name in content.keys() - section.keys():
        report.add((*at, name), f"There is no key {name!r} here.{nearest(name, section)}")
    values: dict[str, Any] = {}
    is_whole = True
    for name, rule in section.items():
        here = (*at, name)
        if name not in content:
            values[name] = _default(rule)
            if not isinstance(rule, Table) and rule.is_required:
                is_whole = False
                report.add(at, f"{word} needs {name!r}.")
        else:
            found = _value(content[name], rule, here, report)
            is_whole = is_whole and (found is not None or not _is_needed(rule))
            values[name] = _default(rule) if found is None else found
    return Entry(at, values, is_whole)


def _is_needed(rule: Key | Table | References) -> bool:
    return not isinstance(rule, Table) and rule.is_required


def _default(rule: Key | Table | References) -> Any:
    match rule:
        case Key(default=default):
            return default
        case References():
            return []
        case Table():
            return None


def _value(value: object, rule: Key | Table | References, at: Place, report: Report) -> Any:
    """Return what the edge uses, or None when it was reported."""
    match rule:
        case Table(section=section):
            if not isinstance(value, dict):
                report.add(at, f"{at[-1]!r} should be a table.")
                return None
            return read_table(value, section, at, report)
        case Key(is_list=False):
            return _scalar(value, rule, at, report, str(at[-1]))
    if not isinstance(value, list):
        report.add(at, f"{at[-1]!r} should be a list in square brackets.")
        return None
    if rule.is_required and not value:
        report.add(at, f"{at[-1]!r} should hold something: an empty list covers nothing.")
        return None
    if isinstance(rule, References):
        return value
    found = [
        _scalar(each, rule, (*at, index), report, f"Each of {at[-1]}")
        for index, each in enumerate(value)
    ]
    return tuple(found)  # one None for each element that was reported, so that indexes stay


def _scalar(value: object, key: Key, at: Place, report: Report, subject: str) -> Any:
    if value == "" and key.default == "":
        return value
    try:
        return key.kind.read(value)
    except ValueError as error:
        report.add(at, f"{subject if ' ' in subject else repr(subject)} {error}.")
        return None


def _one(content: dict[str, Any], name: str, report: Report) -> dict[str, Any]:
    found = content.get(name, {})
    if isinstance(found, dict):
        return found
    report.add((name,), f"{name!r} is there once: write [{name}].")
    return {}


def _many(
    content: dict[str, Any], name: str, report: Report
) -> Iterator[tuple[Place, dict[str, Any]]]:
    found = content.get(name, [])
    if not isinstance(found, list):
        report.add((name,), f"{name!r} is a list of tables: write [[{name}]] for each of them.")
        return
    for index, each in enumerate(found):
        if isinstance(each, dict):
            yield (name, index), each
        else:
            report.add((name, index), f"Each of {name} should be a table: write [[{name}]].")
