"""``manage.py seed_copy``: load the shipped words where there are none yet."""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

import reversion
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from django.db.models import F

from barbican.portal import shipped
from barbican.portal.models import Callout, Demo, Section
from barbican.portal.registry import DemoConfig, demos
from barbican.portal.shipped import SectionCopy

ROOM = 10  # between two sections, for what an editor puts between them
EXAMPLE = """
Example:
  manage.py seed_copy --json

What an editor changed stays, and what an editor deleted stays deleted. Running it again loads only
what a newer release added.
"""


class Command(BaseCommand):
    help = "Load the default copy of every demo; never over an editor's change."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                added = {slug: _seed_and_remember(demo) for slug, demo in demos().items()}
        except DatabaseError:
            raise CommandError(
                "The tables are not there: run manage.py migrate first.", returncode=2
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(added))
        elif options["verbosity"]:
            for slug, anchors in added.items():
                self.stdout.write(f"{slug}: {', '.join(anchors) or 'nothing to add'}")


def _seed_and_remember(config: DemoConfig) -> list[str]:
    """Seed as a version of its own, so that an editor can go back to it under History."""
    with reversion.create_revision():
        reversion.set_comment("As it ships.")
        return _seed(config)


def _seed(config: DemoConfig) -> list[str]:
    """Add what was never loaded before. Return the anchors that were added."""
    page = shipped.load(config)
    demo, _ = Demo.objects.get_or_create(
        slug=page.slug,
        defaults={
            "title": page.title,
            "badge": page.badge,
            "summary": page.summary,
            "order": page.order,
        },
    )
    added: list[str] = []
    order = -ROOM
    for section in page.sections:
        if section.anchor not in demo.seeded:
            _add_section(demo, section, order)
            added.append(section.anchor)
        found = demo.sections.filter(anchor=section.anchor).first()
        if found:
            order = found.order
            added += _add_callouts(found, section, set(demo.seeded))
    if added:
        demo.seeded = [*demo.seeded, *added]
        demo.save(update_fields=["seeded", "changed_at"])
    return added


def _add_section(demo: Demo, section: SectionCopy, after: int) -> None:
    """Add a section behind the one before it, wherever an editor has moved that."""
    demo.sections.filter(order__gt=after).update(order=F("order") + ROOM)
    Section.objects.get_or_create(
        demo=demo,
        anchor=section.anchor,
        defaults={
            "heading": section.heading,
            "level": section.level,
            "kind": section.kind,
            "body": section.body,
            "order": after + ROOM,
        },
    )


def _add_callouts(section: Section, shipped_one: SectionCopy, seeded: set[str]) -> list[str]:
    """Add the callouts of a section that are not there yet. Return what `seeded` calls them."""
    added = []
    for number, callout in enumerate(shipped_one.callouts):
        name = f"{section.anchor}/{callout.key}"
        if name in seeded:
            continue
        Callout.objects.get_or_create(
            section=section,
            key=callout.key,
            defaults={
                "kind": callout.kind,
                "title": callout.title,
                "sentence": callout.sentence,
                "body": callout.body,
                "source_label": callout.source,
                "source_url": callout.source_url,
                "checked": callout.checked,
                "order": number * ROOM,
            },
        )
        added.append(name)
    return added
