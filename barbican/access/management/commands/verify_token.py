"""``manage.py verify_token``: the check table of one token, read from standard input or a file."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from barbican.access import conf
from barbican.access.evidence import Check, Result
from barbican.access.examination import Examination
from barbican.access.parse import MAX_TOKEN_BYTES
from barbican.access.presented import ASSERTION, presented

EXAMPLE = """
Example:
  pbpaste | manage.py verify_token --demo service_token
  manage.py verify_token --file assertion.txt --json

The token is never an argument: those are in the shell's history and in the list of processes.
Exit code: 0 verified, 1 refused, 2 wrong use or configuration.
"""


class Command(BaseCommand):
    help = "Verify one application token and show every check."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        parser.add_argument("--file", help="read the token from this file; default: standard input")
        parser.add_argument("--demo", default="service_token", help="whose AUD tags to accept")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        name = options["demo"].replace("-", "_")
        if name not in conf.applications():
            known = ", ".join(conf.applications())
            raise CommandError(f"There is no application {name}. Known: {known}.", returncode=2)
        meta = {ASSERTION: _read(options["file"])}
        examination = conf.verifier_for(name).examine(presented(meta), meta)
        show = _as_json if options["json"] else _as_table
        self.stdout.write(show(examination))
        if examination.verdict == "not_configured":
            raise CommandError("Not configured: run manage.py check.", returncode=2)
        if not examination.is_verified:
            sys.exit(1)


def _read(file: str | None) -> str:
    """Return the token, without the blanks and the header's name that come with a paste."""
    try:
        if file:
            text = Path(file).read_text(errors="replace")
        else:
            text = sys.stdin.read(2 * MAX_TOKEN_BYTES)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=2) from None
    token = text.strip().strip("'\"")
    name, colon, value = token.partition(":")
    if colon and name.lower() == "cf-access-jwt-assertion":
        token = value.strip()
    if not token:
        raise CommandError("There is no token on standard input.", returncode=2)
    return token


def _as_json(examination: Examination) -> str:
    identity, token = examination.identity, examination.token
    return json.dumps(
        {
            "verdict": examination.verdict,
            "verified": examination.is_verified,
            "principal": identity and {"kind": identity.kind, "id": identity.id},
            "checks": [_row(check) for check in examination.checks],
            "expires_at": _time(token.expires_at) if token else None,
        },
        indent=2,
    )


def _row(check: Check) -> dict[str, str]:
    return {
        "id": check.id,
        "result": str(check.result),
        "expected": check.expected,
        "actual": check.actual,
        "reason": check.reason,
    }


def _time(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None


def _as_table(examination: Examination) -> str:
    lines = [examination.verdict, ""]
    for check in examination.checks:
        lines.append(f"{check.result:8} {check.id:12} {_printable(check.actual)[:80]}")
        if check.result in (Result.FAIL, Result.CAUTION):
            lines += [f"{'':21} {_printable(check.reason)}", f"{'':21} expected: {check.expected}"]
    return "\n".join(lines)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
