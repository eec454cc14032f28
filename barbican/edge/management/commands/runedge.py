"""
Runs the local edge in front of an origin.

    python manage.py runedge --port 8080 --origin http://127.0.0.1:8000
    python manage.py runedge --config edge.toml --check
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from barbican.edge.api import reports
from barbican.edge.api.router import PREFIX, Api
from barbican.edge.api.server import Page, serve_api
from barbican.edge.certificates import authority, tls
from barbican.edge.config.checking import check, complaint
from barbican.edge.config.loading import SHIPPED
from barbican.edge.config.report import ConfigError
from barbican.edge.config.watching import Watch
from barbican.edge.management import places, ports
from barbican.edge.people import mailbox
from barbican.edge.people.django_mail import DjangoMail
from barbican.edge.people.mail import Here
from barbican.edge.people.revocations import FILE as REVOCATIONS_FILE
from barbican.edge.people.revocations import Revocations, RevocationsError
from barbican.edge.server import Edge, Options, serve
from barbican.edge.state import store
from barbican.edge.state.contents import ORGANISATION_FILE
from barbican.edge.state.following import follow
from barbican.edge.tokens.rotation import rotate_when_due
from barbican.edge.wire.connections import ask_for_handles
from barbican.edge.wire.listening import origin_of
from barbican.edge.wire.origin import origin_address


class Command(BaseCommand):
    help = (
        "Run the local edge: a stand-in for Cloudflare Access on loopback. "
        "Example: manage.py runedge --port 8080 --origin http://127.0.0.1:8000"
    )
    # The edge is no part of the portal: it runs whatever the portal's settings are.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8080, help="where to listen (8080)")
        parser.add_argument(
            "--api-port", type=int, help="the management API's port (one above --port)"
        )
        parser.add_argument(
            "--tls-port", type=int, help="also listen with TLS, for client certificates"
        )
        parser.add_argument("--bind", default="127.0.0.1", help="a loopback address (127.0.0.1)")
        parser.add_argument("--origin", default="http://127.0.0.1:8000", help="what is behind it")
        parser.add_argument(
            "--config", default="", metavar="FILE", help="the configuration (the shipped edge.toml)"
        )
        parser.add_argument(
            "--check", action="store_true", help="say what is wrong with the file, and end"
        )
        parser.add_argument("--json", action="store_true", help="print what --check says as JSON")
        parser.add_argument(
            "--state", default="", help="folder of keys and tokens (.edge beside the configuration)"
        )
        parser.add_argument("--base-domain", default="", help="the portal's domain (BASE_DOMAIN)")
        parser.add_argument(
            "--legacy", action="store_true", help="answer as without strict service-token auth"
        )
        parser.add_argument(
            "--no-401", action="store_true", help="answer 403, not 401, where no pair is sent"
        )
        parser.add_argument(
            "--portal", action="store_true", help="the origin is the portal: link to its help"
        )
        parser.add_argument(
            "--quiet", action="store_true", help="start without naming the origin's settings"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["check"]:
            return self._check(options)
        if options["json"]:
            raise CommandError(
                "--json goes with --check: there is nothing else that it could print.",
                returncode=2,
            )
        origin = _origin(options["origin"])
        chosen = ports.chosen(options)
        watch = _watch(options)
        changes = Options(
            origin,
            is_legacy=options["legacy"],
            is_without_401=options["no_401"],
            is_portal=options["portal"],
        )
        # The ports before the folder: what cannot start makes no keys.
        with ports.listening(options["bind"], *chosen) as (listener, api_listener, tls_listener):
            folder = _folder(options["state"], watch)
            secure = _secure(tls_listener, folder) if tls_listener else None
            ask_for_handles()
            quiet = options["quiet"]
            asyncio.run(
                self._run(folder, changes, watch, listener, api_listener, secure, is_quiet=quiet)
            )
        return None

    def _check(self, options: dict[str, Any]) -> None:
        checked = check(*_file(options))
        if options["json"]:
            self.stdout.write(json.dumps(checked.record()))
        elif checked.found:
            self.stdout.write(checked.sentence())
        if checked.error:
            raise CommandError(checked.sentence(), returncode=2)

    async def _run(
        self,
        folder: store.StateFolder,
        options: Options,
        watch: Watch,
        listener: socket.socket,
        api_listener: socket.socket,
        secure: tls.SecureListener | None,
        *,
        is_quiet: bool,
    ) -> None:
        is_mailed = getattr(settings, "MAILS_LOGIN_CODES", False)  # the portal may not be here
        courier = DjangoMail(self._write_line) if is_mailed else None
        edge = Edge(
            folder,
            options,
            team_domain=origin_of(listener),
            write_line=self._write_line,
            courier=courier,
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if not is_quiet:
            self._introduce(folder, edge, watch.name, origin_of(api_listener))
            if secure:
                self._write_line(
                    f"TLS at {origin_of(secure.socket, scheme='https')}; a client trusts"
                    f" {folder.folder / authority.CERTIFICATE_FILE}."
                )
        api = Api(
            folder,
            *folder.api_credentials(),
            clock=time.time,
            team_domain=urlsplit(edge.issuer.origin).netloc,
            routes=reports.routes(edge.journal),
        )
        await asyncio.gather(
            serve(edge, listener, stop, secure),
            serve_api(api, api_listener, stop, self._pages(edge, origin_of(api_listener))),
            rotate_when_due(folder, stop, clock=time.time),
            follow(watch, folder, stop, self._write_line),
        )
        if courier:
            courier.close()

    def _pages(self, edge: Edge, api_origin: str) -> dict[str, Page]:
        """Return what the management port has for people: the mailbox, unless codes are mailed."""
        here = edge.courier
        if not isinstance(here, Here):
            return {}
        edge.people.login.mailbox_url = api_origin + mailbox.PATH
        return {
            mailbox.PATH: lambda method, host: mailbox.answer(
                here.mailbox, method=method, host=host, now=time.time()
            )
        }

    def _introduce(
        self, folder: store.StateFolder, edge: Edge, config: str, api_origin: str
    ) -> None:
        self._write_line(
            f"Local edge at {edge.issuer.origin}, in front of {edge.options.origin}, by {config};"
            f" service tokens are in {folder.folder / ORGANISATION_FILE}."
        )
        self._write_line(
            f"Management API at {api_origin}{PREFIX}; account and token are in"
            f" {folder.folder / store.API_FILE}."
        )
        if isinstance(edge.courier, Here):
            self._write_line(f"Login codes are shown here and at {api_origin}{mailbox.PATH}.")
        organisation = folder.state().organisation
        for application in organisation.applications:
            self._write_line(f"  AUD tag of {application.name!r}: {application.aud}")
        for name, value in store.origin_environment(organisation, edge.issuer).items():
            if value:
                self._write_line(f"  {name}={value}")

    def _write_line(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _origin(value: str) -> str:
    try:
        return origin_address(value)
    except ValueError:
        raise CommandError(
            "--origin should be a scheme, a host and a port, such as http://127.0.0.1:8000.",
            returncode=2,
        ) from None


def _file(options: dict[str, Any]) -> tuple[Path, str, str]:
    """Return the configuration file, the portal's domain, and the file's name for messages."""
    path = Path(options["config"]).absolute() if options["config"] else SHIPPED
    name = options["config"] or places.shown(SHIPPED)
    return path, places.base_domain(options["base_domain"]), name


def _watch(options: dict[str, Any]) -> Watch:
    try:
        return Watch(*_file(options))
    except ConfigError as error:
        raise CommandError(complaint(error), returncode=2) from error


def _folder(state: str, watch: Watch) -> store.StateFolder:
    path = places.state_folder(state) if state else watch.path.parent / ".edge"
    try:
        found = store.open_or_create(path, configuration=watch.configuration)
        found.api_credentials()
        Revocations(path / REVOCATIONS_FILE)  # can it be read?
    except (store.StateError, RevocationsError) as error:
        raise CommandError(str(error), returncode=2) from error
    return found


def _secure(listener: socket.socket, folder: store.StateFolder) -> tls.SecureListener:
    try:
        return tls.SecureListener(listener, tls.context(folder))
    except store.StateError as error:
        raise CommandError(str(error), returncode=2) from error
