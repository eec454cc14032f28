"""
A component in one state, and the ids that keep many of them apart on one page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString

from barbican.portal.fragments import safe

_ID = re.compile(r'(?<=\sid=")[^"]+')
_REFERENCE = re.compile(r'(?P<name>\s(?:href="#|aria-controls="|for="))(?P<id>[^"]+)')
_LABELLED = re.compile(r'(?<=\saria-labelledby=")[^"]+')
_LABEL = re.compile(r'(?<=\saria-label=")[^"]+')
_RADIO = re.compile(r'(?<=\sname=")[^"]+')


@dataclass(frozen=True, slots=True)
class Specimen:
    slug: str
    title: str
    html: str
    about: str = ""

    @property
    def shown(self) -> SafeString:
        """
        The component with ids and names of its own, and landmarks that say whose they are.

        Ten verdict panels on one page would otherwise be ten regions of one name.
        """
        own = set(_ID.findall(self.html))

        def refer(found: re.Match[str]) -> str:
            name = found["id"]
            return f"{found['name']}{self._own(name) if name in own else name}"

        html = _REFERENCE.sub(refer, self.html)
        html = _ID.sub(lambda found: self._own(found[0]), html)
        html = _LABELLED.sub(lambda found: f"{self.slug} {self._own(found[0])}", html)
        html = _LABEL.sub(lambda found: f"{found[0]}: {escape(self.title)}", html)
        return safe(_RADIO.sub(lambda found: self._own(found[0]), html))

    def _own(self, name: str) -> str:
        return f"{self.slug}--{name}"


@dataclass(frozen=True, slots=True)
class Component:
    """One block of the look: its partials, its sheet, and its states."""

    slug: str  # of the sheet in css/components, where it has one
    title: str
    partials: tuple[str, ...]  # names in templates/includes
    make: Callable[[], Iterable[Specimen]]
    sheets: tuple[str, ...] = ()  # besides the one of its name


def include(slug: str, title: str, partial: str, about: str = "", /, **values: Any) -> Specimen:
    """Return a specimen of a partial with these values."""
    return Specimen(slug, title, render_to_string(f"includes/{partial}.html", values), about)


def joined(slug: str, title: str, parts: Iterable[str], about: str = "") -> Specimen:
    return Specimen(slug, title, "\n".join(parts), about)


def partial(name: str, **values: Any) -> str:
    return render_to_string(f"includes/{name}.html", values)
