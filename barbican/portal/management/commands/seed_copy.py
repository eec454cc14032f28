"""``manage.py seed_copy``: load the shipped words where there are none yet."""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction

from barbican.portal import shipped
from barbican.portal.models import Demo, Section
from barbican.portal.registry import DemoConfig, demos

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
                added = {slug: _seed(demo) for slug, demo in demos().items()}
        except DatabaseError:
            raise CommandError(
                "The tables are not there: run manage.py migrate first.", returncode=2
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(added))
        elif options["verbosity"]:
            for slug, anchors in added.items():
                self.stdout.write(f"{slug}: {', '.join(anchors) or 'nothing to add'}")


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
    added = [section for section in page.sections if section.anchor not in demo.seeded]
    for number, section in enumerate(page.sections):
        if section in added:
            Section.objects.get_or_create(
                demo=demo,
                anchor=section.anchor,
                defaults={"heading": section.heading, "body": section.body, "order": number * 10},
            )
    if added:
        demo.seeded = [*demo.seeded, *(section.anchor for section in added)]
        demo.save(update_fields=["seeded", "changed_at"])
    return [section.anchor for section in added]
