"""
Brings the shipped words of a demo into the database, and never over an editor's.

What was loaded is remembered by its digest. Words that are still what was loaded are brought up to
date; words that an editor changed stay, and what an editor removed stays removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import reversion
from django.db import transaction
from django.db.models import F, Model

from barbican.portal import shipped, words
from barbican.portal.models import Callout, Demo, Loaded, Section
from barbican.portal.registry import DemoConfig
from barbican.portal.shipped import PageCopy, SectionCopy
from barbican.portal.words import Words, digest

ROOM = 10  # between two sections, for what an editor puts between them
PAGE = "/"  # the name of title, badge and summary; no section and no callout can have it
_FORMER = "former.txt"


@dataclass(frozen=True, slots=True)
class Seeded:
    """What became of a page's words, by name: `<section>`, `<section>/<callout>`, or `/`."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # an editor's, and not what ships

    def as_dict(self) -> dict[str, list[str]]:
        return asdict(self)


@transaction.atomic
def seed(config: DemoConfig) -> Seeded:
    """Seed as a version of its own, so that an editor can go back behind it under History."""
    with reversion.create_revision():
        done = _Seeding(config).run(shipped.load(config))
        parts = []
        if done.added:
            parts.append("As it ships.")
        if done.updated:
            parts.append(f"Brought up to date with what ships: {', '.join(done.updated)}.")
        reversion.set_comment(" ".join(parts))
    return done


class _Seeding:
    """One page's seeding."""

    def __init__(self, config: DemoConfig) -> None:
        self._former = former(config)
        self._done = Seeded()
        self._loaded: dict[str, Loaded] = {}
        self._demo: Demo

    def run(self, page: PageCopy) -> Seeded:
        found = words.of_a_page(page)
        self._demo, is_new = Demo.objects.get_or_create(
            slug=page.slug, defaults={**found, "order": page.order}
        )
        self._loaded = {each.name: each for each in self._demo.loaded.all()}
        if is_new:
            self._remember(PAGE, found)
        self._refresh(PAGE, self._demo, found)
        order = -ROOM
        for section in page.sections:
            order = self._section(section, order)
        if self._done.added or self._done.updated:
            # Workers look at this date, and the page's history gets a version.
            self._demo.save(update_fields=["changed_at"])
        return self._done

    def _section(self, section: SectionCopy, order: int) -> int:
        """Add a section, or refresh it. Return where it stands, or where the one before does."""
        name, found = section.anchor, words.of_a_section(section)
        if name not in self._loaded:
            _add_section(self._demo, section, order)
            self._add(name, found)
        row = self._demo.sections.filter(anchor=name).first()
        if row is None:  # removed by an editor
            return order
        self._refresh(name, row, found)
        self._callouts(row, section)
        return row.order

    def _callouts(self, row: Section, section: SectionCopy) -> None:
        for number, callout in enumerate(section.callouts):
            name, found = f"{section.anchor}/{callout.key}", words.of_a_callout(callout)
            if name not in self._loaded:
                Callout.objects.get_or_create(
                    section=row, key=callout.key, defaults={**found, "order": number * ROOM}
                )
                self._add(name, found)
            there = row.callouts.filter(key=callout.key).first()
            if there:
                # What an editor has adopted or dropped was decided on these very words.
                self._refresh(name, there, found, is_open=there.state == Callout.State.SHOWN)

    def _add(self, name: str, found: Words) -> None:
        self._remember(name, found)
        self._done.added.append(name)

    def _remember(self, name: str, found: Words) -> None:
        self._loaded[name], _ = Loaded.objects.update_or_create(
            demo=self._demo, name=name, defaults={"digest": digest(found)}
        )

    def _refresh(self, name: str, row: Model, found: Words, *, is_open: bool = True) -> None:
        """Bring a row up to date, unless an editor wrote what it says."""
        now, new = digest(words.in_the_row(row, found)), digest(found)
        known = self._loaded[name].digest if name in self._loaded else ""
        if now == new:
            if known != new:
                self._remember(name, found)
        elif is_open and (now == known or (not known and now in self._former.get(name, ()))):
            for each, value in found.items():
                setattr(row, each, value)
            row.save()
            self._remember(name, found)
            self._done.updated.append(name)
        else:
            self._done.kept.append(name)


def _add_section(demo: Demo, section: SectionCopy, after: int) -> None:
    """Add a section behind the one before it, wherever an editor has moved that."""
    demo.sections.filter(order__gt=after).update(order=F("order") + ROOM)
    Section.objects.get_or_create(
        demo=demo,
        anchor=section.anchor,
        defaults={**words.of_a_section(section), "order": after + ROOM},
    )


@cache
def former(config: DemoConfig) -> Mapping[str, frozenset[str]]:
    """
    Return, by name, the digests of words that shipped before it was remembered what was loaded.

    Lines of `<name> <digest>`; a demo that came later has no such file.
    """
    path = config.copy_folder / _FORMER
    found: dict[str, set[str]] = {}
    for name, each in _pairs(path.read_text(encoding="utf-8") if path.exists() else ""):
        found.setdefault(name, set()).add(each)
    return {name: frozenset(digests) for name, digests in found.items()}


def _pairs(text: str) -> Iterator[Any]:
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line.split()
