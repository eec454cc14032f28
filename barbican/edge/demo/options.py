"""
What the one-command demo is asked to do, looked at before anything is made.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEFAULT_STATE = ROOT / ".edge"
DEFAULT_EDGE_PORT = 8080
DEFAULT_DOMAIN = "localhost"
# What Django takes instead of asking.
ADMIN_ANSWERS = tuple(f"DJANGO_SUPERUSER_{name}" for name in ("USERNAME", "EMAIL", "PASSWORD"))

EXAMPLE = """
Any command of manage.py can be asked about a demo, whether it runs or not. It comes last, as all
that follows --manage is its own:
  python -m barbican.demo --manage doctor
  python -m barbican.demo --edge-port 9080 --manage verify_token --json < assertion.txt
"""


class UsageError(Exception):
    """The demo cannot start. The message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """One demo, and what is wanted of it. Without a command it is started."""

    port: int
    edge_port: int
    base_domain: str
    state: Path
    is_legacy: bool
    is_without_401: bool
    command: tuple[str, ...]  # for manage.py

    @property
    def api_port(self) -> int:
        """The management API's."""
        return self.edge_port + 1


def chosen(arguments: list[str] | None) -> Options:
    """Return what the arguments ask for. Raises `UsageError` where nothing can come of it."""
    given = _parser().parse_args(arguments)
    command = tuple(given.manage or ())
    if given.manage == []:
        raise UsageError("--manage should be followed by a command, such as --manage doctor.")
    if given.admin:
        check_answers(os.environ, is_terminal=sys.stdin.isatty())
        command = ("createsuperuser", *(() if sys.stdin.isatty() else ("--noinput",)))
    if not command:  # else nothing listens
        check_ports(given.port, given.edge_port)
    return Options(
        given.port,
        given.edge_port,
        given.base_domain,
        given.state.resolve(),
        given.legacy,
        given.no_401,
        command,
    )


def check_ports(port: int, edge_port: int) -> None:
    """Raises `UsageError` unless both ports are free, different and real."""
    api_port = edge_port + 1
    if port in (edge_port, api_port):
        raise UsageError("PORT should differ from EDGE_PORT and from the port above it.")
    for number, name in ((port, "PORT"), (edge_port, "EDGE_PORT"), (api_port, "EDGE_PORT")):
        if not 1 <= number <= 65535:
            raise UsageError(f"{name} should be between 1 and 65535.")
        if not _is_free(number):
            raise UsageError(
                f"Port {number} is taken: stop what listens there or choose another {name}."
            )


def check_answers(environment: Mapping[str, str], *, is_terminal: bool) -> None:
    """Raises `UsageError` unless somebody, or the environment, can say who the admin is."""
    if not is_terminal and not all(map(environment.get, ADMIN_ANSWERS)):
        raise UsageError(
            "--admin asks for a name and a password: run it in a terminal, or set "
            f"{', '.join(ADMIN_ANSWERS[:-1])} and {ADMIN_ANSWERS[-1]}."
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m barbican.demo",
        description="Start origin and local edge with sample data.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8000, help="the origin's port (8000)")
    parser.add_argument(
        "--edge-port", type=int, default=DEFAULT_EDGE_PORT, help="the edge's port (8080)"
    )
    parser.add_argument("--base-domain", default=DEFAULT_DOMAIN, help="the portal's domain")
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help="folder for all data")
    parser.add_argument("--legacy", action="store_true", help="edge without strict token auth")
    parser.add_argument("--no-401", action="store_true", help="edge answers 403 without a pair")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--admin", action="store_true", help="make an admin account for the demo, and end"
    )
    instead.add_argument(
        "--manage",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command of manage.py with the demo's own settings, and end",
    )
    return parser
