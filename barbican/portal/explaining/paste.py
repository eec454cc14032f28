"""
Takes apart what somebody pasted: the output of curl, of a browser, of a program, or a piece of it.

Tolerant and linear: each line is looked at once. What cannot be read is left out, never an error.

Source: RFC 9112 section 4 for the status line; curl(1) for the marks of `-v`; HTTP/2 has no reason.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

_STATUS = re.compile(r"HTTP/\d(?:\.\d)? +(\d{3})(?!\d)")
_HEADER = re.compile(r"(:?[A-Za-z0-9][A-Za-z0-9_-]{0,60}):(?: |\t|$)")
_REQUEST = re.compile(r"([A-Z]{3,10}) (\S{1,2000}) HTTP/\d")
# Anchored, as a search would read on to the end of the line from each bracket.
_HTTP2_SENT = re.compile(r"(?:\S{1,20} ){0,3}?\[(:?[a-zA-Z0-9_-]{1,60}): ?(.*)\]$")
_LOOSE = re.compile(
    r"(?:^|\bstatus(?: ?code)?\b\"?[ :=]*|\berror[ :]*|\(|\breturned\b[^\d]{0,20})(\d{3})(?!\d)",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}[mK]")
_ALONE = (":status", "status", "status code", "status-code")
_PROGRESS = ("{ [", "} [")
_OF_OURS = ("VERIFIED  ", "NOT VERIFIED  ")  # this portal's text form


@dataclass(frozen=True)
class Answer:
    """One response. Header names are in lower case."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def header(self, name: str) -> str:
        """Return the header's values, joined; empty when it is absent."""
        return ", ".join(value for each, value in self.headers if each == name)

    def has(self, name: str) -> bool:
        return any(each == name for each, _value in self.headers)

    @cached_property
    def members(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        start = self.body.find("{")
        end = self.body.rfind("}")
        if start < 0 or self.body[:start].strip():
            return {}
        try:
            found = json.loads(self.body[start : end + 1])
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the paste shows of the request. Nothing of it is a secret."""

    is_shown: bool = False
    method: str = ""
    headers: tuple[tuple[str, str], ...] = ()  # names in lower case
    command: str = ""  # the lines before the first response


@dataclass(frozen=True, slots=True)
class Paste:
    answers: tuple[Answer, ...] = ()
    asked: Asked = Asked()
    rest: str = ""  # lines that belong to no response: a client's own words


@dataclass
class _Reader:
    """Goes through the lines. The state is that of the response being read."""

    answers: list[Answer] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    method: str = ""
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    place: str = "before"  # "before", "headers" or "body"

    def finish(self) -> None:
        if self.place != "before":
            body = "\n".join(self.body).strip("\n")
            self.answers.append(Answer(self.status, tuple(self.headers), body))
        self.status, self.headers, self.body, self.place = None, [], [], "before"

    def received(self, line: str) -> None:
        """Take a line of a response's head, or of its body."""
        found = _STATUS.match(line.lstrip())
        if found and (self.place != "body" or not self.body or not self.body[-1].strip()):
            self.finish()
            self.status, self.place = int(found[1]), "headers"
        elif self.place == "headers":
            self._head(line)
        elif self.place == "body":
            self.body.append(line)
        else:
            self.rest.append(line)

    def _head(self, line: str) -> None:
        found = _HEADER.match(line.lstrip())
        if found:
            self.headers.append((found[1].lower(), line.lstrip()[found.end() :].strip()))
        elif not line.strip():
            self.place = "body"
        elif line[:1] in " \t" and self.headers:  # folded, or broken by a terminal
            name, value = self.headers.pop()
            self.headers.append((name, f"{value} {line.strip()}"))
        else:
            self.place = "body"
            self.body.append(line)

    def asked(self, line: str) -> None:
        """Take a line of the request, as `curl -v` shows it."""
        if found := _REQUEST.match(line):
            if self.place != "before":
                self.finish()
            self.method, self.sent = found[1], []
        elif found := _HEADER.match(line):
            self.sent.append((found[1].lower(), line[found.end() :].strip()))

    def noted(self, line: str) -> None:
        if found := _HTTP2_SENT.match(line):
            self.sent.append((found[1].lower(), found[2].strip()))
        else:
            self.rest.append(line)


def clean(text: str) -> str:
    """Return the text with plain line ends, and without a terminal's colours."""
    text = _COLOUR.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")


def read(text: str) -> Paste:
    """Return the responses in their order, and what is to be seen of the request."""
    lines = clean(text).split("\n")
    is_verbose = any(line.startswith("< HTTP/") for line in lines)
    reader = _Reader()
    for line in lines:
        _take(reader, line, is_verbose=is_verbose)
    reader.finish()
    rest = "\n".join(reader.rest)
    answers = _once(reader.answers) or _loose(rest)
    is_shown = bool(reader.method or reader.sent) or "curl " in rest
    asked = Asked(is_shown, reader.method, tuple(reader.sent), rest)
    return Paste(answers, asked, rest)


def _take(reader: _Reader, line: str, *, is_verbose: bool) -> None:
    if not is_verbose:
        reader.received(line)
    elif line.startswith(("> ", ">")) and line[1:2] in ("", " "):
        reader.asked(line[2:])
    elif line.startswith("<") and line[1:2] in ("", " "):
        reader.received(line[2:])
    elif line.startswith("* "):
        reader.noted(line[2:])
    elif not line.startswith(_PROGRESS):
        reader.received(line)


def _once(answers: list[Answer]) -> tuple[Answer, ...]:
    """`-v` with `-i` shows every head twice; a proxy's answer to CONNECT is none of ours."""
    found: list[Answer] = []
    for answer in answers:
        if found and (found[-1].status, found[-1].headers) == (answer.status, answer.headers):
            found[-1] = answer if answer.body else found[-1]
        elif not found or not _is_interim(found[-1]):
            found.append(answer)
        else:
            found[-1] = answer
    return tuple(found)


def _is_interim(answer: Answer) -> bool:
    is_connect = answer.status == 200 and not answer.headers and not answer.body
    return is_connect or (answer.status is not None and answer.status < 200)


def _loose(text: str) -> tuple[Answer, ...]:
    """Read what has no status line: a few headers, a body alone, or a number."""
    headers: list[tuple[str, str]] = []
    others: list[str] = []
    for line in text.split("\n"):
        found = _HEADER.match(line.strip())
        if found and not others:
            headers.append((found[1].lower(), line.strip()[found.end() :].strip()))
        elif line.strip():
            others.append(line)
    body = "\n".join(others)
    status = next((value for name, value in headers if name in _ALONE), "")
    number = _number(status) or _of_body(body) or _number(text.strip()[:300])
    is_body = "{" in body or "<" in body or body.startswith(_OF_OURS)
    if not (number or headers or is_body):
        return ()
    return (Answer(number, tuple(headers), body),)


def _of_body(body: str) -> int | None:
    status = Answer(body=body).members.get("status_code", Answer(body=body).members.get("status"))
    return status if isinstance(status, int) and 100 <= status <= 599 else None


def _number(text: str) -> int | None:
    found = next((int(each[1]) for each in _LOOSE.finditer(text) if 100 <= int(each[1]) <= 599), 0)
    return found or None
