"""
Throws the local edge's state away: keys, Client Secrets, AUD tags, sessions, the demo's database.

    python manage.py reset_edge --no-input
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from barbican.edge.management.places import state_folder
from barbican.edge.state.resetting import NotAStateFolderError, remove, state_files


class Command(BaseCommand):
    help = (
        "Throw the local edge's state folder away; the next start makes new keys, service tokens"
        " and AUD tags. Example: manage.py reset_edge --no-input"
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", default=".edge", help="folder of keys and tokens (.edge)")
        parser.add_argument(
            "--no-input", action="store_true", help="do not ask, as a script has no answer"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = state_folder(options["state"])
        try:
            files = state_files(folder)
        except NotAStateFolderError as error:
            raise CommandError(str(error), returncode=2) from error
        if not (options["no_input"] or self._is_sure(folder, len(files))):
            raise CommandError("Nothing was thrown away.", returncode=1)
        try:
            remove(folder, files)
        except OSError as error:
            raise CommandError(
                f"Cannot remove {folder}: {error.strerror}.", returncode=2
            ) from error
        self.stdout.write(
            f"{folder} is gone. Start the edge again: one that runs goes on with what it read."
        )

    def _is_sure(self, folder: Path, count: int) -> bool:
        self.stdout.write(
            f"This deletes {count} files in {folder} for ever, with the signing keys, service"
            " tokens and AUD tags in them."
        )
        self.stdout.write("Type yes to go on: ", ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() == "yes"
