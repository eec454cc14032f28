"""
A page's words as one JSON file: written from the database, and read back word for word.

What an upload leaves out: a section is deleted, a callout is dropped. The history has both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from barbican.portal.models import Callout, Demo, Section
from barbican.portal.rules import no_secret

LONGEST = 1_000_000  # bytes
MOST = 200  # sections of a page, or callouts of a section
ROOM = 10  # between two sections
_PAGE: Mapping[str, type] = {"title": str, "badge": str, "summary": str}
_SECTION: Mapping[str, type] = {
    "anchor": str, "heading": str, "level": int, "kind": str, "body": str,
}  # fmt: skip
_CALLOUT: Mapping[str, type] = {
    "key": str, "state": str, "kind": str, "title": str, "sentence": str, "body": str,
    "source_label": str, "source_url": str, "checked": str, "adopted": str,
}  # fmt: skip


class CopyFileError(ValueError):
    """The file is not a page's words. The message names the place."""


def written(demo: Demo) -> str:
    """Return the words of a page. Whether it is published is no part of them."""
    page = {"demo": demo.slug, **_fields(demo, _PAGE)}
    sections = [
        {
            **_fields(section, _SECTION),
            "callouts": [_fields(each, _CALLOUT) for each in section.callouts.all()],
        }
        for section in demo.sections.prefetch_related("callouts")
    ]
    return json.dumps({**page, "sections": sections}, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class _Words:
    """A section as it would be saved, and its callouts."""

    section: Section
    callouts: list[Callout]


@transaction.atomic
def put(demo: Demo, file: bytes) -> None:
    """Make the page what the file says, all of it or nothing. Raises `CopyFileError`."""
    page = _page(demo, file)
    words = list(_sections(demo, page["sections"]))
    for name in _PAGE:
        setattr(demo, name, page[name])
    _check(demo, "the page")
    demo.save()
    kept = [each.section.anchor for each in words]
    demo.sections.exclude(anchor__in=kept).delete()
    for number, each in enumerate(words):
        each.section.order = number * ROOM
        each.section.save()
        _put_callouts(each)


def _put_callouts(words: _Words) -> None:
    shown = words.section.callouts.filter(state=Callout.State.SHOWN)
    for left_out in shown.exclude(key__in=[each.key for each in words.callouts]):
        left_out.state = Callout.State.DROPPED
        left_out.save()
    for number, each in enumerate(words.callouts):
        each.section = words.section
        each.order = number * ROOM
        each.save()


def _page(demo: Demo, file: bytes) -> dict[str, Any]:
    if len(file) > LONGEST:
        raise CopyFileError(f"The file has more than {LONGEST:,} bytes: no page's words are that.")
    try:
        found = json.loads(file.decode("utf-8-sig"))  # some editors write a mark before the text
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise CopyFileError("The file is not JSON: upload one that was downloaded here.") from None
    try:
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise CopyFileError("The file holds half a character, such as \\ud83d alone.") from None
    if not isinstance(found, dict) or "demo" not in found:
        raise CopyFileError("The file is no page's words: upload one that was downloaded here.")
    page = _members(found, {"demo": str, **_PAGE, "sections": list}, "The file")
    if page["demo"] != demo.slug:
        other = page["demo"][:40]
        raise CopyFileError(f"The file is of another demo, “{other}”: choose one of “{demo.slug}”.")
    return page


def _sections(demo: Demo, found: list[Any]) -> Iterator[_Words]:
    """Yield each section, checked as the admin's form would check it."""
    there = {each.anchor: each for each in demo.sections.all()}
    seen: set[str] = set()
    for number, each in enumerate(found, 1):
        where = f"Section {number}"
        values = _members(each, {**_SECTION, "callouts": list}, where)
        callouts = values.pop("callouts")
        _once(values["anchor"], seen, where)
        section = there.get(values["anchor"]) or Section(demo=demo)
        _set(section, values, where)
        yield _Words(section, list(_callouts(section, callouts, where)))


def _callouts(section: Section, found: list[Any], where: str) -> Iterator[Callout]:
    there = {each.key: each for each in section.callouts.all()} if section.pk else {}
    seen: set[str] = set()
    for number, each in enumerate(found, 1):
        place = f"{where}, callout {number}"
        values = _members(each, _CALLOUT, place)
        _once(values["key"], seen, place)
        callout = there.get(values["key"]) or Callout()
        _set(callout, values, place)
        if (callout.state == Callout.State.ADOPTED) is not bool(callout.adopted):
            raise CopyFileError(f"{place}, adopted: says what the sentence became, or is empty.")
        yield callout


def _members(found: Any, kinds: Mapping[str, type], where: str) -> dict[str, Any]:
    """Return an object that has these members, of these types, and no others."""
    if not isinstance(found, dict):
        raise CopyFileError(f"{where}: should be an object.")
    for name in kinds:
        if type(found.get(name)) is not kinds[name]:
            raise CopyFileError(f"{where}: “{name}” should be there, as {_said(kinds[name])}.")
    if unknown := sorted(found.keys() - kinds):
        raise CopyFileError(f"{where}: “{unknown[0][:40]}” is not known.")
    return {name: _clean(value, f"{where}: “{name}”") for name, value in found.items()}


def _clean(value: Any, where: str) -> Any:
    """Return a value as a form would have it: LF ends a line, and there is no NUL."""
    if isinstance(value, list) and len(value) > MOST:
        raise CopyFileError(f"{where} has more than {MOST} entries.")
    if not isinstance(value, str):
        return value
    if "\0" in value:
        raise CopyFileError(f"{where} has a NUL character in it.")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _said(kind: type) -> str:
    return {str: "text", int: "a whole number"}.get(kind, "a list")


def _once(name: str, seen: set[str], where: str) -> None:
    if name in seen:
        raise CopyFileError(f"{where}: its name “{name[:40]}” is there twice.")
    seen.add(name)


def _set(row: Section | Callout, values: Mapping[str, Any], where: str) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    _check(row, where)


def _check(row: Demo | Section | Callout, where: str) -> None:
    try:
        no_secret(getattr(row, "adopted", ""))
        row.full_clean(exclude={"body_html", "section"})
    except ValidationError as error:
        found = error.message_dict if hasattr(error, "error_dict") else {"adopted": error.messages}
        name, said = next(iter(found.items()))
        raise CopyFileError(f"{where}, {name.strip('_')}: {said[0]}") from None


def _fields(row: Demo | Section | Callout, names: Mapping[str, type]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
