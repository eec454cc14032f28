"""``manage.py refresh_keys``: fetch the team's signing keys now."""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from barbican.access import conf

EXAMPLE = """
Example:
  manage.py refresh_keys --json

A running origin keeps keys of its own and fetches them by itself; this shows whether it can, and
leaves the set where a restart finds it. Exit code: 0 fetched, 1 not fetched, 2 not configured.
"""


class Command(BaseCommand):
    help = "Fetch the team's signing keys and show the state of the key store."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not conf.is_safe_team_domain(conf.team_domain()):
            raise CommandError(
                "ACCESS_TEAM_DOMAIN is not set to a team: run manage.py check.", returncode=2
            )
        state = conf.key_store().refresh_now()
        shown = {
            "source": state.source,
            "freshness": state.freshness,
            "keys": list(state.key_ids),
            "last_error": state.last_error,
        }
        if options["json"]:
            self.stdout.write(json.dumps(shown, indent=2))
        else:
            self.stdout.write(f"{state.source}: {state.freshness}, {len(state.key_ids)} keys")
            for key_id in state.key_ids:
                self.stdout.write(f"  {key_id}")
        if state.last_error:
            raise CommandError(f"Not fetched: {state.last_error}.", returncode=1)
