"""
Makes a client certificate for a machine, signed by the local edge's own CA.

    python manage.py make_certificate build-agent --admit
"""

from __future__ import annotations

import json
import re
import shlex
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from barbican.edge.certificates import authority, enrolment
from barbican.edge.certificates.authority import Authority
from barbican.edge.management import places
from barbican.edge.organisation.destinations import normal_host
from barbican.edge.organisation.model import Organisation
from barbican.edge.state import private_files
from barbican.edge.state.contents import CLIENT_NAME
from barbican.edge.state.store import StateError, StateFolder
from barbican.protocol import CLIENT_ID_SUFFIX

LONGEST = 3650  # days
_HOST = re.compile(r"[a-z0-9_.-]{1,253}|\[[0-9a-f:.]+\]")

EXAMPLE = """
Examples:
  manage.py make_certificate build-agent           key and certificate; the CA vouches for it
  manage.py make_certificate build-agent --admit   and a Service Auth policy for its common name

Without a policy that names it, a certificate opens nothing.
"""


class Command(BaseCommand):
    help = "Make a client certificate with the local edge's own CA."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        parser.add_argument("name", help="the machine: the certificate's common name")
        parser.add_argument("--state", default=".edge", help="folder of keys and tokens (.edge)")
        parser.add_argument(
            "--host",
            action="append",
            default=[],
            help="a host that the CA vouches on (all of the applications); may be repeated",
        )
        parser.add_argument("--days", type=int, default=365, help="how long it is good (365)")
        parser.add_argument(
            "--admit", action="store_true", help="add a Service Auth policy to the applications"
        )
        parser.add_argument("--tls-port", type=int, default=8443, help="runedge's (8443)")
        parser.add_argument("--json", action="store_true", help="print the files as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        name, days, now = options["name"], options["days"], time.time()
        _check(name, days)
        chosen = tuple(map(_host, options["host"]))
        folder = StateFolder(places.state_folder(options["state"]))
        try:
            organisation = folder.state().organisation
        except StateError as error:
            raise places.unusable(error, folder.folder) from error
        hosts = chosen or enrolment.hosts(organisation)
        try:
            issuer = authority.open_or_create(folder.folder, now)
            files = _write_client(folder.folder, issuer, name, now, days)

            def enrolled(held: Organisation) -> Organisation:
                held = enrolment.with_authority(held, issuer.pem, authority.NAME, hosts, now)
                if not options["admit"]:
                    return held
                return enrolment.with_common_name(held, name, hosts, now)

            changed = folder.change(enrolled)
        except StateError as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            why = error.strerror or "it cannot be written"
            raise CommandError(f"Cannot use {folder.folder}: {why}.", returncode=2) from error
        files["authority"] = str(folder.folder / authority.CERTIFICATE_FILE)
        self._show(files, _address(changed, hosts, options["tls_port"]), options)

    def _show(self, files: dict[str, str], address: str, options: dict[str, Any]) -> None:
        command = ["curl", "--cacert", files["authority"], "--cert", files["certificate"]]
        line = shlex.join([*command, "--key", files["key"], address])
        if options["json"]:
            self.stdout.write(json.dumps({**files, "curl": line}, indent=2))
            return
        if not options["admit"]:
            self.stdout.write("Now add a Service Auth policy for its common name, or use --admit.")
        self.stdout.write(line)


def _check(name: str, days: int) -> None:
    if not CLIENT_NAME.fullmatch(name) or name.lower().endswith(CLIENT_ID_SUFFIX):
        raise CommandError(
            "NAME should be letters, digits, dots, hyphens and underscores, 64 at most, and should"
            f" not end in {CLIENT_ID_SUFFIX}, as Client IDs do.",
            returncode=2,
        )
    if not 1 <= days <= LONGEST:
        raise CommandError(f"--days should be between 1 and {LONGEST}.", returncode=2)


def _host(text: str) -> str:
    host = normal_host(text)
    if "/" in text or not _HOST.fullmatch(host):
        raise CommandError(
            f"--host should be a host, with no scheme, path or wildcard, and not {text!r}.",
            returncode=2,
        )
    return host


def _write_client(
    folder: Path, issuer: Authority, name: str, now: float, days: int
) -> dict[str, str]:
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    if certificate.exists():
        raise CommandError(
            f"{certificate} is there already: choose another name, or delete it first.",
            returncode=2,
        )
    made = issuer.client(name, now, days)
    private_files.write(key, made.private_key)
    private_files.write(certificate, made.certificate)
    return {"certificate": str(certificate), "key": str(key)}


def _address(organisation: Organisation, hosts: tuple[str, ...], port: int) -> str:
    """Return an address that curl can ask: the first application's at one of these hosts."""
    found = (
        (each.host, each.path.partition("*")[0].rstrip("/"))
        for application in organisation.applications
        for each in application.destinations
        if each.host in hosts
    )
    host, path = next(found, (hosts[0] if hosts else "localhost", ""))
    return f"https://{host}:{port}{path}/"
