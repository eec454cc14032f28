"""
What differs between two versions of a page, word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal, TypeAlias

# Rows of a version by model and key, in the order of the page: the fields that editors write.
Row: TypeAlias = Mapping[str, Any]
Snapshot: TypeAlias = Mapping[tuple[str, str], Row]
Kind: TypeAlias = Literal["same", "gone", "new"]

NAMES = {"demo": "Page", "section": "Section", "callout": "Callout"}
_TITLES = ("title", "heading")
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_ALIKE = 0.4  # of two passages; below it, both are shown whole, as no words would make sense
_LONGEST = 1_000  # words or lines; above it, comparing each with each takes too long


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row."""

    where: str
    field: str
    pieces: tuple[Piece, ...]


def between(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    """Yield what differs, in the order of the newer page; what is only in the older comes last."""
    for key in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(key, {}), new.get(key, {})
        where = _where(key, before, after)
        for field in after or before:
            pair = _text(before.get(field, "")), _text(after.get(field, ""))
            if pair[0] != pair[1]:
                yield Change(where, field.replace("_", " "), tuple(compared(*pair)))


def compared(old: str, new: str) -> Iterator[Piece]:
    """Yield the passages of two texts. What is the same on whole lines is cut to its ends."""
    for tag, before, after in _blocks(old.splitlines(keepends=True), new.splitlines(keepends=True)):
        if tag == "equal":
            yield Piece("same", _cut(before))
        else:
            yield from _words("".join(before), "".join(after))


def _words(old: str, new: str) -> Iterator[Piece]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    if not _are_alike(before, after):
        before, after = [old] if old else [], [new] if new else []
    for tag, gone, come in _blocks(before, after):
        if tag == "equal":
            yield Piece("same", "".join(gone))
            continue
        if gone:
            yield Piece("gone", "".join(gone))
        if come:
            yield Piece("new", "".join(come))


def _are_alike(old: Sequence[str], new: Sequence[str]) -> bool:
    """Say whether two passages have enough words in common; blanks do not count."""
    words = [{word for word in text if word.strip()} for text in (old, new)]
    return len(words[0] & words[1]) >= _ALIKE * min(map(len, words))


def _blocks(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    if max(len(old), len(new)) > _LONGEST:
        yield "replace", old, new
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        yield tag, old[old_from:old_to], new[new_from:new_to]


def _cut(lines: Sequence[str]) -> str:
    """Return lines that are the same, and of many the first and the last."""
    text = [line for line in lines if line.strip()]
    return "".join(lines) if len(text) <= 2 else f"{text[0]}…\n{text[-1]}"


def _where(key: tuple[str, str], before: Row, after: Row) -> str:
    model, row = NAMES[key[0]], after or before
    name = next((f" “{row[each]}”" for each in _TITLES if row.get(each)), "")
    if not before or not after:
        return f"{model}{name}, {'added' if after else 'removed'}"
    return model if key[0] == "demo" else f"{model}{name}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("\r\n", "\n")
