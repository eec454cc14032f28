"""
The whole product on one machine: origin and local edge with sample data, from one command.

    python -m barbican.demo --port 8000 --edge-port 8080

Everything that it makes is in the state folder, `.edge`: keys, service tokens, Django's key and a
database. `manage.py reset_edge` throws it away. Who may pass is in `edge.toml`.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from barbican.edge.demo.processes import Family
    from barbican.edge.organisation.model import Organisation

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
DEFAULT_STATE = ROOT / ".edge"
# What Django takes instead of asking.
ADMIN_ANSWERS = tuple(f"DJANGO_SUPERUSER_{name}" for name in ("USERNAME", "EMAIL", "PASSWORD"))
SECRET_KEY_FILE = "secret_key"  # noqa: S105 - a file's name


class UsageError(Exception):
    """The demo cannot start. The message is one sentence that says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Return the exit code: 0 stopped, 1 a part failed, 2 wrong use, 130 Ctrl-C in the set-up."""
    try:
        check_python(sys.version_info[:2])
        options = _options(arguments)
        check_ports(options.port, options.edge_port, is_admin=options.admin)
        if options.admin:
            check_answers(os.environ, is_terminal=sys.stdin.isatty())
        return _run(options)
    except UsageError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:  # during the set-up, before the signals are heeded
        return 130


def check_python(version: tuple[int, ...]) -> None:
    if version < OLDEST_PYTHON:
        found = ".".join(map(str, version))
        raise UsageError(f"The demo needs Python 3.11 or later, and this is {found}.")


def check_ports(port: int, edge_port: int, *, is_admin: bool = False) -> None:
    """Raises `UsageError` unless both ports are free, different and real."""
    if is_admin:  # nothing listens
        return
    api_port = edge_port + 1  # the management API's
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


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m barbican.demo", description="Start origin and local edge with sample data."
    )
    parser.add_argument("--port", type=int, default=8000, help="the origin's port (8000)")
    parser.add_argument("--edge-port", type=int, default=8080, help="the edge's port (8080)")
    parser.add_argument("--base-domain", default="localhost", help="the portal's domain")
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help="folder for all data")
    parser.add_argument("--legacy", action="store_true", help="edge without strict token auth")
    parser.add_argument("--no-401", action="store_true", help="edge answers 403 without a pair")
    parser.add_argument(
        "--admin", action="store_true", help="make an admin account for the demo, and end"
    )
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    # Imported late: an old Python or a missing package should get a sentence, not a traceback.
    try:
        from barbican.edge.config.checking import complaint
        from barbican.edge.config.loading import load
        from barbican.edge.config.report import ConfigError
        from barbican.edge.demo import processes
        from barbican.edge.state import store
        from barbican.edge.tokens import issuer
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The package {error.name} is missing: run `make setup`, which installs everything."
        ) from error
    try:
        configuration = load(base_domain=options.base_domain)
        folder = store.open_or_create(options.state.resolve(), configuration=configuration)
        api_token = folder.api_credentials()[1]
    except ConfigError as error:
        raise UsageError(complaint(error)) from error
    except store.StateError as error:
        raise UsageError(str(error)) from error
    organisation = folder.state().organisation
    commands = _commands(options, organisation)
    team = issuer.Issuer(f"http://127.0.0.1:{options.edge_port}", folder.state().keys)
    environment = child_environment(
        store.origin_environment(organisation, team), folder.folder, options.port
    )
    prepare(folder.folder, environment)
    if options.admin:
        quiet = () if sys.stdin.isatty() else ("--noinput",)
        return _manage(environment, "createsuperuser", *quiet)
    family = processes.Family(ROOT, environment)
    return _serve(family, options, commands, api_token)


def child_environment(origin: Mapping[str, str], folder: Path, port: int) -> dict[str, str]:
    """Return the environment of both servers. It wins over a `.env` in the project's root."""
    from barbican.edge.demo.preparing import DATABASE_FILE

    inherited = {name: value for name, value in os.environ.items() if name != "GUNICORN_CMD_ARGS"}
    return {
        **inherited,
        **origin,
        "BIND": f"127.0.0.1:{port}",
        "DATABASE_URL": f"sqlite:///{folder / DATABASE_FILE}",
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "barbican.settings",
        "SECRET_KEY": secret_key(folder),
        # A `.env` for a real team would close the demo or its admin.
        "ADMIN_AUD": "",
        "SERVICE_TOKEN_CLIENT_IDS": "",
    }


def secret_key(folder: Path) -> str:
    """Return Django's key for the demo, made at the first start."""
    from barbican.edge.state import private_files

    path = folder / SECRET_KEY_FILE
    if not path.exists():
        try:
            private_files.write(path, secrets.token_urlsafe(64))
        except OSError as error:
            raise UsageError(f"Cannot write {path}: {error.strerror}.") from error
    key = path.read_text(encoding="utf-8").strip()
    if len(key) < 50:
        raise UsageError(f"{path} is damaged: delete it and start again.")
    return key


def prepare(folder: Path, environment: Mapping[str, str]) -> None:
    """Bring tables, copy and static files up to date."""
    from barbican.edge.demo import preparing

    try:
        preparing.prepare(ROOT, folder, environment)
    except preparing.PreparationError as error:
        raise UsageError(str(error)) from error


def _manage(environment: Mapping[str, str], *command: str) -> int:
    return subprocess.call([sys.executable, "manage.py", *command], cwd=ROOT, env=dict(environment))


def _serve(family: Family, options: argparse.Namespace, commands: str, api_token: str) -> int:
    from barbican.edge.api.router import PREFIX
    from barbican.edge.demo.processes import ChildError, Stopped, answers
    from barbican.edge.people import mailbox

    api_port = options.edge_port + 1
    family.heed_signals()
    try:
        family.start("The origin", [sys.executable, "-m", "gunicorn"])
        family.start("The edge", _edge_command(options))
        family.wait_for("The origin", options.port, "/healthz", {"Host": options.base_domain})
        # Not at its own port: the line of that decision would come before the introduction.
        authorization = {"Authorization": f"Bearer {api_token}"}
        family.wait_for("The edge", api_port, f"{PREFIX}/user/tokens/verify", authorization)
        # Where codes are mailed there is none.
        has_mailbox = answers(api_port, mailbox.PATH, {})
        path = mailbox.PATH if has_mailbox else ""
        print(_introduction(options, commands, path), flush=True)  # noqa: T201
        family.watch()
    except Stopped:
        return 0
    except ChildError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    finally:
        family.end()
    return 0


def _edge_command(options: argparse.Namespace) -> list[str]:
    command = [sys.executable, "manage.py", "runedge", "--port", str(options.edge_port)]
    command += ["--origin", f"http://127.0.0.1:{options.port}"]
    command += ["--state", str(options.state.resolve()), "--base-domain", options.base_domain]
    command += ["--portal", "--quiet"]
    flags = (("--legacy", options.legacy), ("--no-401", options.no_401))
    return command + [flag for flag, is_on in flags if is_on]


def _commands(options: argparse.Namespace, organisation: Organisation) -> str:
    """Return what to paste. Raises `UsageError` where edge.toml lacks what it needs."""
    from barbican.edge.demo.recipes import exports, recipes

    if options.legacy:
        organisation = organisation.legacy()
    if options.no_401:
        organisation = organisation.without_401()
    ports = {"port": options.edge_port, "origin_port": options.port}
    try:
        values = exports(organisation)
        made = recipes(organisation, **ports, now=time.time())
    except LookupError as error:
        raise UsageError(f"{error} Put it back into edge.toml: the demo needs it.") from error
    shown = [f"# {recipe.title}: {recipe.status}\n{recipe.command}" for recipe in made]
    return "\n\n".join(
        (f"# What the portal's pages call $CF_ACCESS_CLIENT_ID and so on\n{values}", *shown)
    )


def _admin_command(options: argparse.Namespace) -> str:
    words = [".venv/bin/python", "-m", "barbican.demo", "--admin"]
    if options.base_domain != "localhost":
        words += ["--base-domain", options.base_domain]
    if options.state.resolve() != DEFAULT_STATE:
        words += ["--state", str(options.state.resolve())]
    return shlex.join(words)


def _introduction(options: argparse.Namespace, commands: str, mailbox: str) -> str:
    from barbican.edge.organisation.sample import SLUG

    domain, port = options.base_domain.lower(), options.edge_port
    codes = f"below, and http://127.0.0.1:{port + 1}{mailbox}" if mailbox else "mailed (EMAIL_URL)"
    return f"""
Barbican Identity Demo is up. Ctrl-C stops it.

  Portal, through the local edge  http://{domain}:{port}/
  Demo, by path                   http://{domain}:{port}/{SLUG}/
  Demo, by subdomain              http://{SLUG}.{domain}:{port}/
  Origin, without the edge        http://127.0.0.1:{options.port}/
  Management API of the edge      http://127.0.0.1:{port + 1}/client/v4
  Login codes                     {codes}
  Who may pass                    edge.toml: a change is in force within a second
  What an answer means            http://{domain}:{port}/troubleshooting/
  An account for /admin/          {_admin_command(options)}

Paste these into another terminal. The number is the status that each command gets, and each works
alone. The secrets were made on this machine for this demo alone: they are worthless anywhere else.

{commands}

One line for each decision of the edge follows.
"""


if __name__ == "__main__":
    sys.exit(main())
