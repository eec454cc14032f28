"""``manage.py seed_copy``: load the shipped words, and bring untouched ones up to date."""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction

from barbican.portal.registry import demos
from barbican.portal.seeding import PAGE, Seeded, seed

EXAMPLE = """
Example:
  manage.py seed_copy --json

Loads what a newer release added, and brings up to date what no editor has touched since it was
loaded. What an editor changed stays, and is named; what an editor deleted stays deleted.
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
                found = {slug: seed(demo) for slug, demo in demos().items()}
        except DatabaseError:
            raise CommandError(
                "The tables are not there: run manage.py migrate first.", returncode=2
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps({slug: done.as_dict() for slug, done in found.items()}))
        elif options["verbosity"]:
            for slug, done in found.items():
                for line in _lines(done):
                    self.stdout.write(f"{slug}: {line}")


def _lines(done: Seeded) -> Iterator[str]:
    if done.added:
        yield f"added {_names(done.added)}"
    if done.updated:
        yield f"brought up to date {_names(done.updated)}"
    if not (done.added or done.updated):
        yield "nothing to add"
    if done.kept:
        yield f"kept as an editor left it, though it differs from what ships: {_names(done.kept)}"


def _names(names: list[str]) -> str:
    return ", ".join("title, badge or summary" if name == PAGE else name for name in names)
