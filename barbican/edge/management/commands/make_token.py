"""
Prints an application token that the local edge's team has signed, with any claim changed.

    python manage.py make_token --application path | python manage.py verify_token
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from barbican.edge.management import places
from barbican.edge.organisation.model import Organisation
from barbican.edge.organisation.sample import DEMO_TOKEN
from barbican.edge.state.store import State, StateError, StateFolder
from barbican.edge.tokens.issuer import sign

EXAMPLE = """
Examples:
  manage.py make_token                                      a good token for the first application
  manage.py make_token --claim exp=0 --claim 'aud=["x"]'    expired, and for another application
  manage.py make_token --without iat                        a claim left out
  manage.py make_token --email ada@example.com              a person

The token is worth something only to an origin whose ACCESS_TEAM_DOMAIN is this edge.
"""


class Command(BaseCommand):
    help = "Sign an application token with the local edge's current key, for tests."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        parser.add_argument("--state", default=".edge", help="folder of keys and tokens (.edge)")
        parser.add_argument("--issuer", default="", help="the edge's origin (ACCESS_TEAM_DOMAIN)")
        parser.add_argument("--application", type=int, default=1, help="which of them, from 1")
        parser.add_argument("--email", default="", help="a person with this address")
        parser.add_argument("--lifetime", type=int, default=60, help="seconds (60)")
        parser.add_argument(
            "--claim", action="append", default=[], metavar="NAME=JSON", help="change a claim"
        )
        parser.add_argument(
            "--without", action="append", default=[], metavar="NAME", help="leave a claim out"
        )
        parser.add_argument("--json", action="store_true", help="print token and claims as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        team_domain = getattr(settings, "ACCESS_TEAM_DOMAIN", "")  # the portal may not be here
        issuer = options["issuer"] or team_domain or "http://127.0.0.1:8080"
        folder = places.state_folder(options["state"])
        try:
            state = StateFolder(folder).state()
        except StateError as error:
            raise places.unusable(error, folder) from error
        claims = _claims(state, issuer, options)
        for text in options["claim"]:
            name, value = _change(text)
            claims[name] = value
        for name in options["without"]:
            claims.pop(name, None)
        token = sign(claims, state.keys.current)
        shown = json.dumps({"token": token, "claims": claims}, indent=2)
        self.stdout.write(shown if options["json"] else token)


def _claims(state: State, issuer: str, options: dict[str, Any]) -> dict[str, Any]:
    applications, now = state.organisation.applications, int(time.time())
    if not 1 <= options["application"] <= len(applications):
        raise CommandError(
            f"--application should be from 1 to {len(applications)}: "
            + ", ".join(each.name for each in applications),
            returncode=2,
        )
    claims: dict[str, Any] = {
        "type": "app",
        "aud": [applications[options["application"] - 1].aud],
        "exp": now + options["lifetime"],
        "iss": issuer,
        "iat": now,
    }
    if options["email"]:
        return {**claims, "nbf": now, "email": options["email"], "sub": "local-person"}
    return {**claims, "common_name": _client_id(state.organisation), "sub": ""}


def _client_id(organisation: Organisation) -> str:
    """Return the demo's Client ID, or the first one of a configuration that is not the demo's."""
    tokens = {each.name: each.client_id for each in reversed(organisation.service_tokens)}
    if not tokens:
        raise CommandError(
            "There is no service token here: name a person with --email.", returncode=2
        )
    return tokens.get(DEMO_TOKEN) or list(tokens.values())[-1]


def _change(text: str) -> tuple[str, Any]:
    """Return a claim's name and new value. What is no JSON is taken as a string."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise CommandError(f"--claim should be NAME=JSON, not {text!r}.", returncode=2)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
