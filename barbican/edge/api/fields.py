"""
Reads the fields of a request's body: each with its type, and none without a word.

What the local edge does not model is named in a message of the answer. A field that is `null`
counts as left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any, TypeVar, overload

from barbican.edge.api.envelope import NOT_MODELLED
from barbican.edge.api.errors import invalid, problem
from barbican.edge.organisation import durations

NAME_LENGTH = 350  # characters
MOST_NAMES = 50  # that a message lists
LONGEST_PEM = 100_000  # characters
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_T = TypeVar("_T")


def parse(body: bytes) -> Fields:
    """Return the fields of a body. An empty one has none."""
    if not body.strip():
        return Fields({})
    try:
        found = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON") from None
    if not isinstance(found, dict):
        raise invalid("the body is not a JSON object")
    return Fields(found)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON.")


class Fields:
    """An object in a body. `where` stands before the names in what is said about it."""

    def __init__(self, content: dict[str, Any], where: str = "") -> None:
        self._content = content
        self._where = where
        self._read: set[str] = set()
        self._inner: list[Fields] = []

    def __contains__(self, name: str) -> bool:
        return self._content.get(name) is not None

    def text(self, name: str, default: str, *, longest: int = NAME_LENGTH) -> str:
        value = self._take(name, default)
        if not (isinstance(value, str) and len(value) <= longest and value.isprintable()):
            raise self.wrong(name, f"should be a printable text of at most {longest} characters")
        return value

    def name(self, default: str | None = None) -> str:
        """Return the field `name`, which has to be there unless there is a default."""
        if default is None and not self._content.get("name"):
            raise self.wrong("name", f"should be a text of 1 to {NAME_LENGTH} characters")
        name = self.text("name", default or "")
        if not name.strip():
            raise self.wrong("name", f"should be a text of 1 to {NAME_LENGTH} characters")
        return name

    def pem(self, name: str) -> str:
        """Return a text of lines, with no private key among them."""
        value = self._take(name, "")
        if not (isinstance(value, str) and value.isascii() and len(value) <= LONGEST_PEM):
            raise self.wrong(name, f"should be a PEM text of at most {LONGEST_PEM} characters")
        if "PRIVATE KEY" in value:
            raise self.wrong(name, "should have no private key in it: send certificates only")
        return value

    def pass_over(self, names: Iterable[str]) -> None:
        """Take these fields as said, whatever they hold."""
        self._read.update(names)

    @overload
    def flag(self, name: str, *, default: bool) -> bool: ...
    @overload
    def flag(self, name: str, *, default: None) -> bool | None: ...

    def flag(self, name: str, *, default: bool | None) -> bool | None:
        value = self._take(name, default)
        if not (value is default or isinstance(value, bool)):
            raise self.wrong(name, "should be true or false")
        return value

    def whole(self, name: str, default: int | None, *, least: int, most: int) -> int | None:
        """Return a whole number; 2.0 is one, as JavaScript has no other kind."""
        value = self.number(name, None, least=least, most=most)
        if value is None:
            return default
        if value != int(value):
            raise self.wrong(name, f"should be a whole number from {least} to {most}")
        return int(value)

    def number(
        self, name: str, default: float | None, *, least: float, most: float
    ) -> float | None:
        value = self._take(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, f"should be a number from {least:g} to {most:g}")
        if not least <= value <= most:
            raise self.wrong(name, f"should be a number from {least:g} to {most:g}")
        return value

    def time(self, name: str) -> float | None:
        """Return an RFC 3339 time in Unix seconds, None where there is none."""
        value = self._take(name, None)
        if value is None:
            return None
        why = "should be an RFC 3339 time such as 2030-01-31T12:00:00Z"
        if not (isinstance(value, str) and _RFC3339.fullmatch(value)):
            raise self.wrong(name, why)
        try:
            return datetime.fromisoformat(value.upper()).timestamp()
        except (ValueError, OverflowError):
            raise self.wrong(name, why) from None

    def duration(self, default: str) -> str:
        """Return the field `duration` as it was written."""
        return self._duration("duration", durations.seconds, default)[0]

    def session(self, default: int | None) -> int | None:
        """Return the seconds of the field `session_duration`."""
        if "session_duration" not in self:
            self._take("session_duration", None)
            return default
        return self._duration("session_duration", durations.session, "")[1]

    def texts(self, name: str, *, most: int = 500) -> tuple[str, ...]:
        value = self._list(name, most)
        if not all(isinstance(each, str) and each and each.isprintable() for each in value):
            raise self.wrong(name, "should be a list of printable texts")
        return tuple(dict.fromkeys(value))

    def rules(self, name: str, load: Callable[[object], _T]) -> tuple[_T, ...]:
        """Return the rules of `include`, `require` or `exclude`."""
        try:
            return tuple(load(each) for each in self._list(name, 1_000))
        except ValueError as error:
            raise invalid(f"invalid '{name}' configuration: {error}") from None

    def objects(self, name: str, *, most: int = 500) -> tuple[Fields, ...]:
        found = self._list(name, most)
        if not all(isinstance(each, dict) for each in found):
            raise self.wrong(name, "should be a list of objects")
        return tuple(self._object(each, f"{name}[{place}].") for place, each in enumerate(found))

    def object(self, name: str) -> Fields | None:
        value = self._take(name, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "should be an object")
        return self._object(value, f"{name}.")

    def items(self, name: str) -> list[str | Fields]:
        """Return a list of texts and objects, such as the policies of an application."""
        found: list[str | Fields] = []
        for place, each in enumerate(self._list(name, 500)):
            if not isinstance(each, str | dict):
                raise self.wrong(name, "should be a list of IDs and objects")
            here = f"{name}[{place}]."
            found.append(each if isinstance(each, str) else self._object(each, here))
        return found

    def wrong(self, name: str, why: str) -> Exception:
        return invalid(f"{self._where}{name} {why}")

    def messages(self, *, read_only: Collection[str] = ()) -> tuple[dict[str, Any], ...]:
        """Return what is to be said of fields that nobody has read."""
        unread = [*self.unread()]
        left = [name for name in unread if name not in read_only]
        fixed = [name for name in unread if name in read_only]
        sentences = (
            (left, "Accepted, and without effect on the local edge: "),
            (fixed, "Cannot be changed, and stays as it is: "),
        )
        return tuple(
            problem(NOT_MODELLED, sentence + ", ".join(names[:MOST_NAMES]))
            for names, sentence in sentences
            if names
        )

    def unread(self) -> Iterable[str]:
        """Yield the names that nobody has asked for, here and in the objects below."""
        for name in self._content:
            if name not in self._read:
                yield f"{self._where}{name}"[:100]
        for inner in self._inner:
            yield from inner.unread()

    def _duration(self, name: str, read: Callable[[str], _T], default: str) -> tuple[str, _T]:
        value = self._take(name, default)
        if not isinstance(value, str):
            raise self.wrong(name, "should be a text such as 24h")
        try:
            return value, read(value)
        except ValueError as error:
            raise self.wrong(name, str(error)) from None

    def _list(self, name: str, most: int) -> list[Any]:
        value = self._take(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(name, f"should be a list of at most {most}")
        return value

    def _object(self, content: dict[str, Any], where: str) -> Fields:
        self._inner.append(Fields(content, self._where + where))
        return self._inner[-1]

    def _take(self, name: str, default: Any) -> Any:
        self._read.add(name)
        value = self._content.get(name)
        return default if value is None else value
