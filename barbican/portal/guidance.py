"""
What a demo's page says beside its evidence: the editors' words, with callouts, samples and values.

A block stands where an editor wrote its name on a line of its own: `{{ values }}`, or
`{{ samples call }}`, or `{{ links call }}`: links to those at `/samples/`, where a page has no
room for them. One that is not known, or comes a second time, stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse

from barbican.portal import callouts, copy, samples
from barbican.portal.fragments import safe
from barbican.portal.headings import addressed
from barbican.portal.markdown import render
from barbican.portal.shipped import PageCopy, SectionCopy

_NAME = r"\{\{ (?P<name>values|(?:samples|links) (?P<group>[a-z-]+)) \}\}"
_BLOCK = re.compile(rf"<p>{_NAME}</p>")
_LINE = re.compile(rf"^{_NAME}$", re.MULTILINE)
_HEADING = re.compile(r"<h([34])[ >]")
_HOP = re.compile(r"^### (?P<title>.+)\n", re.MULTILINE)


class Place(NamedTuple):
    """This installation, as the words speak of it."""

    slug: str
    base: str  # the portal's origin, for links
    edge: str  # the same as callers reach it, for addresses and commands
    team_domain: str  # empty where it is not set
    audience_tags: tuple[str, ...]
    service: str  # this origin as a tunnel reaches it


class Fact(NamedTuple):
    """A name and a value of the installation. `copy` says what is copied; empty is no button."""

    name: str
    value: str
    copy: str

    @property
    def is_code(self) -> bool:
        return bool(self.copy)


def sections(page: PageCopy, place: Place) -> list[dict[str, Any]]:
    """Return each section as `includes/prose.html` takes it."""
    taken: set[str] = set()
    return [
        {
            "anchor": each.anchor,
            "heading": each.heading,
            "level": each.level,
            "html": safe(_html(each, place, taken)),
        }
        for each in page.sections
    ]


def markdown(page: PageCopy, place: Place) -> Iterator[str]:
    """Yield the page's sections as Markdown, each with its heading."""
    for each in page.sections:
        text = callouts.written(each.body.strip(), each.callouts)
        text = copy.fill_in(text, place.slug, place.edge)
        yield f"{'#' * each.level} {each.heading}"
        yield _LINE.sub(lambda found: _block_text(found, place), text).strip()


def facts(place: Place) -> list[Fact]:
    """Return what is set up here. Nothing of it is secret: an AUD tag names, it does not open."""
    values = copy.values(place.slug, place.edge)
    missing = "not set up here yet"
    tags = place.audience_tags
    return [
        Fact("Domain", values["host"], "domain"),
        Fact("Path", values["path_url"], "address of the path"),
        Fact("Subdomain", values["subdomain_url"], "address of the subdomain"),
        Fact("Service token", values["token_name"], "name of the service token"),
        Fact("Team domain", place.team_domain or missing, place.team_domain and "team domain"),
        *(Fact(_numbered("AUD tag", n, tags), tag, "AUD tag") for n, tag in enumerate(tags, 1)),
        *(() if tags else (Fact("AUD tag", missing, ""),)),
    ]


def _numbered(name: str, number: int, of: tuple[str, ...]) -> str:
    return f"{name} {number}" if len(of) > 1 else name


def _html(section: SectionCopy, place: Place, taken: set[str]) -> str:
    if section.kind == "hops":
        return _hops(section, place)
    html = addressed(callouts.placed(section.html, section.callouts), section.anchor)
    html = copy.fill_in(html, place.slug, place.edge, is_html=True)
    html = _BLOCK.sub(lambda found: _block(found, place, taken, section.level), html)
    return f'<div class="prose">\n{html}</div>'


def _hops(section: SectionCopy, place: Place) -> str:
    """Return the section's `###` headings as numbered hops, with what stands before them."""
    first, *rest = _HOP.split(section.body)
    steps = [
        {
            "title": copy.fill_in(title, place.slug, place.edge),
            "html": safe(copy.fill_in(render(text), place.slug, place.edge, is_html=True)),
        }
        for title, text in zip(rest[::2], rest[1::2], strict=True)
    ]
    before = copy.fill_in(render(first), place.slug, place.edge, is_html=True)
    drawn = render_to_string("includes/steps.html", {"steps": steps, "hops": True})
    after = callouts.placed("", section.callouts)
    return f'<div class="prose">\n{before}</div>\n{drawn}{after}'


def _block(found: re.Match[str], place: Place, taken: set[str], level: int) -> str:
    """Return a block's HTML. Once on a page: its parts have addresses."""
    name = found["name"]
    if name in taken:
        return found[0]
    if name == "values":
        taken.add(name)
        return render_to_string("includes/facts.html", {"facts": facts(place)})
    group = samples.groups().get(found["group"])
    if group is None:
        return found[0]
    taken.add(name)
    if name.startswith("links "):
        return samples.linked(group, f"{place.base}{reverse('portal:samples')}")
    above = _HEADING.findall(found.string, 0, found.start())
    values = {**copy.values(place.slug, place.edge, is_html=True), "service": place.service}
    return samples.shown(group, values, int(above[-1] if above else level) + 1)


def _block_text(found: re.Match[str], place: Place) -> str:
    if found["name"] == "values":
        return "\n".join(f"- {fact.name}: {_code(fact)}" for fact in facts(place))
    group = samples.groups().get(found["group"])
    if group is None:
        return found[0]
    if found["name"].startswith("links "):
        return samples.listed(group, f"{place.base}{reverse('portal:samples')}")
    values = {**copy.values(place.slug, place.edge), "service": place.service}
    return samples.written(group, values)


def _code(fact: Fact) -> str:
    return f"`{fact.value}`" if fact.is_code else fact.value
