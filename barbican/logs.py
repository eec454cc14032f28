"""
Log lines and error reports that hold no secret, whatever a caller sends.

Attackers' text is escaped, so that one event is one line; what looks like a token or a secret is
masked before a line is written.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

MASK = "••••"
# What may hold a JWT: whole words, so that each is looked at once. Both forms of a Client Secret.
_WORD = re.compile(r"[A-Za-z0-9_.-]{8,}")
_SHOWN = 23  # characters of a JWT's header
_CLIENT_SECRET = re.compile(r"cfast_[A-Za-z0-9]+|(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])")


def masked(text: str) -> str:
    """Return the text with every token and Client Secret in it masked."""
    if "eyJ" in text:
        text = _WORD.sub(_without_token, text)
    return _CLIENT_SECRET.sub(MASK, text)


def _without_token(found: re.Match[str]) -> str:
    """Keep the start of a JWT's header, which says nothing of its own."""
    word = found[0]
    start = word.find("eyJ")
    if start < 0 or "." not in word[start:]:
        return word
    header = word[start:].partition(".")[0]
    return f"{word[:start]}{header[:_SHOWN]}{MASK}"


def escaped(text: str) -> str:
    """Return the text on one line of printable characters."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


class LineFormatter(logging.Formatter):
    """One event, one line; a traceback's lines are indented below it, escaped and masked."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = super().format(record).split("\n")
        if record.exc_info or record.stack_info:
            lines = [first, *(f"  {line}" for line in rest)]
        else:
            lines = ["\\n".join([first, *rest])]
        return "\n".join(escaped(masked(line)) for line in lines)


class JsonFormatter(LineFormatter):
    """One event, one JSON object: what a log collector reads."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        # ensure_ascii escapes what could break a line or turn its direction.
        return masked(json.dumps(line, default=str))


class ReporterFilter(SafeExceptionReporterFilter):
    """
    Django's error reports, without the token.

    Django stars out names with TOKEN or SECRET in them, but not the assertion header, nor a
    variable that merely holds one.
    """

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|ASSERTION|CF_ACCESS|CLIENT|JWT",
        re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:  # noqa: ARG002 - Django's signature
        return True

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return masked(cleansed) if isinstance(cleansed, str) else cleansed

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        """Name the variables of a frame, and show the value of none."""
        found = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self.cleansed_substitute) for name, _value in found]
