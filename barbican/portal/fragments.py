"""
Pieces of a page, each rendered once per value and joined for a request.

A template variable costs Django more than a tenth of a signature check. Most rows of a page say the
same on every request: that the issuer is right, that a header came. They are rendered once for each
thing that they say, and a page is what changes between them.

Every cache is bounded and keyed by the very values that are in the text, so it can never show one
request's values to another.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

PIECES = 4_096  # rows of up to a few kB
SHELLS = 256  # pages and panels of up to some tens of kB
_MARK = "\0"  # printable() leaves none in what a sender wrote


class Shell(Hashable, Protocol):
    """What a template is rendered with once. Equal shells render alike."""

    def context(self) -> dict[str, Any]:
        """Return the template's variables."""
        ...


@lru_cache(maxsize=PIECES)
def piece(template: str, row: Hashable) -> str:
    """Return a partial that takes `row` alone, rendered, without the blank lines around it."""
    return safe(f"\n{render_to_string(template, {'row': row}).strip()}")


def pieces(template: str, rows: Iterable[Hashable]) -> SafeString:
    return safe("".join([piece(template, row) for row in rows]))


def fill(template: str, shell: Shell, slots: Mapping[str, str]) -> SafeString:
    """
    Return a template rendered with the shell's values once, and with `slots` now.

    What goes into a slot is HTML already: a rendered piece, or text that was escaped.
    """
    return _filled(_parts(template, shell, tuple(slots)), slots)


def fill_unkept(template: str, shell: Shell, slots: Mapping[str, str]) -> SafeString:
    """Return the same, and keep nothing of it: what it says is for this one reader."""
    return _filled(_parts.__wrapped__(template, shell, tuple(slots)), slots)


def safe(html: str) -> SafeString:
    """Mark what Django rendered, and so escaped, to stand in another template."""
    return mark_safe(html)  # noqa: S308 - see above


def _filled(parts: Iterable[str], slots: Mapping[str, str]) -> SafeString:
    pieces = list(parts)
    pieces[1::2] = [slots[name] for name in pieces[1::2]]
    return safe("".join(pieces))


@lru_cache(maxsize=SHELLS)
def _parts(template: str, shell: Shell, slots: tuple[str, ...]) -> tuple[str, ...]:
    """Return text, slot's name, text, … of a template."""
    marked = {name: safe(f"{_MARK}{name}{_MARK}") for name in slots}
    return tuple(render_to_string(template, {**shell.context(), **marked}).split(_MARK))
