"""
Gives the local team a new signing key. A running edge signs with it from the next request on.

    python manage.py rotate_edge_keys --json
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from barbican.edge.management import places
from barbican.edge.state.store import StateError, StateFolder


class Command(BaseCommand):
    help = (
        "Make a new signing key for the local edge; the current one becomes the previous one, and "
        "the previous one is dropped. Example: manage.py rotate_edge_keys --json"
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", default=".edge", help="folder of keys and tokens (.edge)")
        parser.add_argument("--json", action="store_true", help="print the key IDs as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = places.state_folder(options["state"])
        try:
            keys = StateFolder(folder).rotate_keys()
        except StateError as error:
            raise places.unusable(error, folder) from error
        ids = {"current": keys.current.key_id, "previous": keys.previous.key_id}
        if options["json"]:
            self.stdout.write(json.dumps(ids))
        else:
            self.stdout.write(f"Current  {ids['current']}\nPrevious {ids['previous']}")
