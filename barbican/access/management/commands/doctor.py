"""``manage.py doctor``: what is configured, what is missing, and who answers at a live demo."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from django.core.checks import ERROR
from django.core.management.base import BaseCommand, CommandError

from barbican.access import conf
from barbican.access.checks import check_settings, variable
from barbican.access.explain import explain
from barbican.access.fetch import FetchError, exchange
from barbican.access.keyset import KeySetError, parse_key_set
from barbican.protocol import CERTS_PATH, CLIENT_ID_HEADER, CLIENT_SECRET_HEADER

EXAMPLE = """
Examples:
  manage.py doctor
  CF_ACCESS_CLIENT_ID=… CF_ACCESS_CLIENT_SECRET=… \\
      manage.py doctor --url https://portal.example.com/service-token/

The pair is read from the environment, never from the arguments. Redirects are not followed.
Exit code: 0 all is well, 1 something is not, 2 wrong use.
"""
TIMEOUT = 10  # seconds for one call of a live demo
MAX_BODY = 200_000  # bytes of an answer that are looked at
MAX_SKEW = 5  # seconds between two clocks before it is worth a word


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `do` is the exact thing to do, or empty."""

    about: str
    found: str
    do: str = ""
    ok: bool = True


class Command(BaseCommand):
    help = "Explain the configuration, try the team domain, and call a live demo."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLE
        parser.add_argument("--url", action="append", default=[], help="a demo's live address")
        parser.add_argument("--json", action="store_true", help="print a JSON list")

    def handle(self, *_args: Any, **options: Any) -> None:
        urls = options["url"]
        for url in urls:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise CommandError(f"--url should be a whole address, not {url!r}.", returncode=2)
        findings = [each for url in urls for each in live(url)] if urls else [*configuration()]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in findings], indent=2))
        else:
            for each in findings:
                self.stdout.write(f"{'ok  ' if each.ok else 'FAIL'}  {each.about}: {each.found}")
                if each.do:
                    self.stdout.write(f"      -> {each.do}")
        if not all(each.ok for each in findings):
            sys.exit(1)


def configuration() -> Iterator[Finding]:
    """Look at every setting, then at the team domain itself."""
    domain = conf.team_domain()
    if domain:
        yield Finding("ACCESS_TEAM_DOMAIN", domain, ok=conf.is_safe_team_domain(domain))
    else:
        yield bad(
            "ACCESS_TEAM_DOMAIN",
            "not set",
            "add ACCESS_TEAM_DOMAIN=https://<team>.cloudflareaccess.com",
        )
    for name, entry in conf.applications().items():
        yield _application(name, list(entry.get("audience_tags", ())))
    yield Finding("ACCESS_LEEWAY", f"{conf.leeway()} s")
    for message in check_settings():
        if message.level >= ERROR:
            yield bad(str(message.id), str(message.msg), str(message.hint))
    if conf.is_safe_team_domain(domain):
        yield from team(domain)


def _application(name: str, tags: list[str]) -> Finding:
    setting, count = variable(name), f"{len(tags)} AUD tag{'' if len(tags) == 1 else 's'}"
    if tags:
        return Finding(setting, count, ok=conf.are_audience_tags(tags))
    if name == conf.ADMIN:
        return Finding(setting, "not set: the admin asks for a password alone")
    return bad(setting, "not set", f"add {setting}=<AUD tag>,<AUD tag>")


def team(domain: str) -> Iterator[Finding]:
    """Fetch the keys, and compare clocks by the endpoint's date."""
    url = f"{domain}{CERTS_PATH}"
    try:
        fetched = exchange(url)
        keys = parse_key_set(fetched.body)
    except (FetchError, KeySetError) as error:
        yield bad("signing keys", str(error), f"open {url} from this machine")
        return
    yield Finding("signing keys", f"{len(keys)} published: {', '.join(sorted(keys))}")
    if fetched.date:
        skew = time.time() - parsedate_to_datetime(fetched.date).timestamp()
        where = "ahead of" if skew > 0 else "behind"
        is_close = abs(skew) <= MAX_SKEW
        yield Finding(
            "clock",
            f"{abs(skew):.0f} s {where} the team domain's",
            "" if is_close else "set this machine's clock from a time server",
            ok=abs(skew) <= max(MAX_SKEW, conf.leeway()),
        )


def live(url: str) -> Iterator[Finding]:
    """Call a demo from outside, without and with the pair."""
    names = ("CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET")
    client_id, client_secret = (os.environ.get(name, "") for name in names)
    yield call(url, None)
    if client_id and client_secret:
        yield call(url, (client_id, client_secret))
    else:
        yield bad(
            f"{url} with the pair", "not called", f"set {' and '.join(names)} in the environment"
        )


def call(url: str, pair: tuple[str, str] | None) -> Finding:
    """Return who answered, and whether it is the answer that one wants to see."""
    about = f"{url} {'with' if pair else 'without'} the pair"
    headers = {"Accept": "application/json", "User-Agent": "barbican-doctor"}
    if pair:
        headers |= {CLIENT_ID_HEADER: pair[0], CLIENT_SECRET_HEADER: pair[1]}
    try:
        status, answered, body = _get(url, headers)
    except (OSError, HTTPException, ValueError) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        return bad(about, f"no answer ({why})", "check the name, the port and the tunnel")
    found = explain(status, answered, body, with_pair=bool(pair))
    said = f"{status} from the {found.speaker}. {found.means}"
    wanted = ("origin", {200}) if pair else ("edge", {401, 403})
    if found.speaker == wanted[0] and status in wanted[1]:
        return Finding(about, said)
    return bad(about, said, found.do)


def bad(about: str, found: str, do: str) -> Finding:
    return Finding(about, found, do, ok=False)


def _get(url: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT)
    try:
        query = f"?{parts.query}" if parts.query else ""
        connection.request("GET", f"{parts.path or '/'}{query}", headers=headers)
        response = connection.getresponse()
        body = response.read(MAX_BODY).decode("utf-8", "replace")
        return response.status, dict(response.headers), body
    finally:
        connection.close()
