"""
Masks the signature of every JWT in a text, in time that grows with the text's length.

Source: RFC 7515 sections 3.1 and 4: three parts, of which the first is JSON, so that it starts with
a brace and then a quote, or a blank or a line end before that; RFC 3986 section 2.1 for `%2E`.
"""

from __future__ import annotations

import re
from itertools import islice

DOTS = "••••"
# Whole words, each looked at once: a search for three parts would begin anew at each `eyJ`.
_WORD = re.compile(r"[A-Za-z0-9_.~+/=%-]{5,}")
_START = re.compile(r"eyJ|(?<![A-Za-z0-9])e(?:yA|w[o0k])[igKNJ]")
_TOKEN = re.compile(rf"(?:{_START.pattern})[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]")
_DOT = re.compile(r"\.|%2E", re.IGNORECASE)


def is_token(text: str) -> bool:
    """Say whether the text starts as a signed token does."""
    return bool(_TOKEN.match(text))


def without_signatures(text: str) -> str:
    """Mask what follows two parts, as all of it could be a signature. Idempotent."""
    return _WORD.sub(_masked, text) if _START.search(text) else text


def _masked(found: re.Match[str]) -> str:
    word = found[0]
    start = _START.search(word)
    dots = list(islice(_DOT.finditer(word, start.start()), 2)) if start else []
    if len(dots) < 2 or dots[1].end() == len(word):
        return word
    return f"{word[: dots[1].end()]}{DOTS}"
