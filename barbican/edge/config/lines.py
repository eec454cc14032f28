"""
On which line of a TOML text each key, table and array element stands.

`tomllib` says what a text means and not where. This walks over a text that `tomllib` has accepted
and notes lines only, so that it never has to judge.

Source: TOML 1.0.0, "Keys", "String", "Array", "Table", "Inline Table", "Array of Tables".
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TypeAlias

Place: TypeAlias = tuple[str | int, ...]  # keys, and indexes of array elements

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
# Up to two quotes may stand right before the three that close.
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)
_PLAIN = re.compile(r"[^,\]}#\n]*")


def lines(text: str) -> dict[Place, int]:
    """Return the line of every path in a text that `tomllib` has read."""
    walk = _Walk(text.replace("\r\n", "\n"))
    walk.document()
    return walk.found


@dataclass
class _Walk:
    text: str
    at: int = 0
    found: dict[Place, int] = field(default_factory=dict)
    _sizes: dict[Place, int] = field(default_factory=dict)  # arrays of tables, so far
    _counted: tuple[int, int] = (0, 1)  # an offset and its line: lines are counted once

    def document(self) -> None:
        table: Place = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            table = self._header() if self.text[self.at] == "[" else self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Place:
        """Read `[a.b]` or `[[a.b]]`, and return the path of the table that it opens."""
        is_array = self.text.startswith("[[", self.at)
        line = self._line()
        self.at += 2 if is_array else 1
        *above, last = self._keys()
        self.at += 2 if is_array else 1
        path: Place = ()
        for key in above:
            path = self._inside((*path, key), line)
        path = (*path, last)
        if not is_array:
            return self._inside(path, line)
        size = self._sizes.get(path, 0)
        self._sizes[path] = size + 1
        self._note(path, line)
        self._note((*path, size), line)
        return (*path, size)

    def _inside(self, path: Place, line: int) -> Place:
        """Return the path itself, or that of the last table when it names an array of them."""
        self._note(path, line)
        return (*path, self._sizes[path] - 1) if path in self._sizes else path

    def _pair(self, table: Place) -> Place:
        """Read `key = value`, and return the table, which stays open."""
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path, line)
        self.at += 1  # the sign
        self._skip(_SPACE)
        self._value(path)
        return table

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _key(self) -> str:
        for pattern in (_BASIC, _LITERAL):
            if quoted := self._skip(pattern):
                return str(tomllib.loads(f"key = {quoted}")["key"])
        return self._skip(_BARE_KEY)

    def _value(self, path: Place) -> None:
        match self.text[self.at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case _:
                self._scalar()

    def _array(self, path: Place) -> None:
        self.at += 1
        index = 0
        while self._ahead() != "]":
            self._note((*path, index), self._line())
            self._value((*path, index))
            index += 1
            if self._ahead() == ",":
                self.at += 1
        self.at += 1

    def _inline_table(self, path: Place) -> None:
        self.at += 1
        while self._ahead() != "}":
            self._pair(path)
            if self._ahead() == ",":
                self.at += 1
        self.at += 1

    def _scalar(self) -> None:
        for pattern in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL, _PLAIN):
            if self._skip(pattern):
                return

    def _ahead(self) -> str:
        self._skip(_BLANK)
        return self.text[self.at]

    def _skip(self, pattern: re.Pattern[str]) -> str:
        """Step over what the pattern matches here, and return it."""
        found = pattern.match(self.text, self.at)
        skipped = found.group() if found else ""
        self.at += len(skipped)
        return skipped

    def _note(self, path: Place, line: int) -> None:
        self.found.setdefault(path, line)

    def _line(self) -> int:
        offset, line = self._counted
        line += self.text.count("\n", offset, self.at)
        self._counted = (self.at, line)
        return line
