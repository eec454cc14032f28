"""
The words of every page, read once per version of them.

An editor's save is on the next request in every worker. Where the database cannot be read, the
words are those that ship: a page that proves who is calling does not need an editor's database.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError

from barbican.portal import freshness, shipped
from barbican.portal.registry import demos
from barbican.portal.shipped import CalloutCopy, PageCopy, SectionCopy

if TYPE_CHECKING:
    from barbican.portal.models import Demo, Section

logger = logging.getLogger("barbican.portal")

TOKEN_NAME = "barbican-demo-token"  # noqa: S105 - a service token's name
_PLACEHOLDER = re.compile(r"\{\{ (base_domain|path_url|subdomain_url|token_name) \}\}")


@dataclass(frozen=True, slots=True)
class Edition:
    """Every page's words at one version. `number` is 0 for the shipped ones."""

    number: int
    pages: Mapping[str, PageCopy]


_current = Edition(-1, {})


def watch() -> None:
    freshness.watch()


def edition() -> Edition:
    """Return the words as they are now."""
    global _current  # noqa: PLW0603 - replaced whole, so threads see one or the other
    try:
        number = freshness.generation()
        if _current.number != number:
            _current = Edition(number, _from_database())
    except DatabaseError as error:
        logger.warning("copy not read, so the shipped copy serves: %s", type(error).__name__)
        return _shipped()
    return _current


def values(slug: str, origin: str, *, is_html: bool = False) -> dict[str, str]:
    """Return what differs between installations, by its name in the words."""
    scheme, _, host = origin.partition("://")
    found = {
        "base_domain": host,
        "host": host.partition(":")[0],
        "path_url": f"{origin}/{slug}/",
        "subdomain_url": f"{scheme}://{slug}.{host}/",
        "token_name": TOKEN_NAME,
    }
    return {name: escape(value) for name, value in found.items()} if is_html else found


def fill_in(text: str, slug: str, origin: str, *, is_html: bool = False) -> str:
    """Return the text with this installation's values in it, escaped where it is HTML."""
    found = values(slug, origin, is_html=is_html)
    return _PLACEHOLDER.sub(lambda name: found[name[1]], text)


def _from_database() -> dict[str, PageCopy]:
    from barbican.portal.models import Demo

    found = {
        demo.slug: page_of(demo, demo.sections.all())
        for demo in Demo.objects.prefetch_related("sections__callouts")
        if demo.slug in demos()
    }
    # A demo whose words were never loaded shows those that it ships with.
    return {**{slug: page for slug, page in _shipped().pages.items() if slug not in found}, **found}


def page_of(demo: Demo, sections: Iterable[Section]) -> PageCopy:
    """Return the words of a demo with these sections, saved or not."""
    return PageCopy(
        slug=demo.slug,
        title=demo.title,
        badge=demo.badge,
        summary=demo.summary,
        is_published=demo.is_published,
        order=demo.order,
        sections=tuple(_section(each) for each in sections),
    )


def _section(section: Section) -> SectionCopy:
    return SectionCopy(
        anchor=section.anchor,
        heading=section.heading,
        body=section.body,
        html=section.body_html,
        level=section.level,
        kind=section.kind,
        callouts=tuple(
            CalloutCopy(
                key=each.key,
                kind=each.kind,
                title=each.title,
                sentence=each.sentence,
                body=each.body,
                html=each.body_html,
                source=each.source_label,
                source_url=each.source_url,
                checked=each.checked,
            )
            for each in (section.callouts.all() if section.pk else ())
            if each.state == each.State.SHOWN
        ),
    )


@cache
def _shipped() -> Edition:
    return Edition(0, {slug: shipped.load(demo) for slug, demo in demos().items()})
