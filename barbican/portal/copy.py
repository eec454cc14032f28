"""
The words of every page, read once per version of them.

An editor's save is on the next request in every worker. Where the database cannot be read, the
words are those that ship: a page that proves who is calling does not need an editor's database.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape

from django.db import Error as DatabaseError

from barbican.portal import freshness, shipped
from barbican.portal.registry import demos
from barbican.portal.shipped import PageCopy, SectionCopy

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


def fill_in(text: str, slug: str, origin: str, *, is_html: bool = False) -> str:
    """Return the text with this installation's values in it, escaped where it is HTML."""
    scheme, _, host = origin.partition("://")
    values = {
        "base_domain": host,
        "path_url": f"{origin}/{slug}/",
        "subdomain_url": f"{scheme}://{slug}.{host}/",
        "token_name": TOKEN_NAME,
    }

    def value(found: re.Match[str]) -> str:
        return escape(values[found[1]]) if is_html else values[found[1]]

    return _PLACEHOLDER.sub(value, text)


def _from_database() -> dict[str, PageCopy]:
    from barbican.portal.models import Demo

    found = {
        demo.slug: PageCopy(
            slug=demo.slug,
            title=demo.title,
            badge=demo.badge,
            summary=demo.summary,
            is_published=demo.is_published,
            order=demo.order,
            sections=tuple(
                SectionCopy(each.anchor, each.heading, each.body, each.body_html)
                for each in demo.sections.all()
            ),
        )
        for demo in Demo.objects.prefetch_related("sections")
        if demo.slug in demos()
    }
    # A demo whose words were never loaded shows those that it ships with.
    return {**{slug: page for slug, page in _shipped().pages.items() if slug not in found}, **found}


@cache
def _shipped() -> Edition:
    return Edition(0, {slug: shipped.load(demo) for slug, demo in demos().items()})
