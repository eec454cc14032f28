"""
Runs the one-command demo: its set-up, then both servers, or one command with its settings.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from barbican.edge.api.router import PREFIX
from barbican.edge.config.checking import complaint
from barbican.edge.config.loading import load
from barbican.edge.config.report import ConfigError
from barbican.edge.demo import preparing
from barbican.edge.demo.environment import child_environment
from barbican.edge.demo.introduction import commands, introduction
from barbican.edge.demo.options import ROOT, Options, UsageError
from barbican.edge.demo.processes import ChildError, Family, Stopped, answers
from barbican.edge.people import mailbox
from barbican.edge.state import store
from barbican.edge.tokens.issuer import Issuer

# Commands about a state folder, which is the demo's where they name none.
_OF_A_FOLDER = {"make_certificate", "make_token", "reset_edge", "rotate_edge_keys"}


def run(options: Options) -> int:
    """Return the exit code. Raises `UsageError` where the demo cannot be set up."""
    folder = _folder(options)
    state = folder.state()
    # Before the set-up: what edge.toml lacks is said at once. A command may be there to help.
    said = "" if options.command else commands(options, state.organisation)
    team = Issuer(f"http://127.0.0.1:{options.edge_port}", state.keys)
    origin = store.origin_environment(state.organisation, team)
    environment = child_environment(origin, folder.folder, options.port)
    prepare(folder.folder, environment)
    if options.command:
        return manage(environment, _of_this_demo(options.command, folder.folder))
    return _serve(Family(ROOT, environment), options, said, folder.api_credentials()[1])


def prepare(folder: Path, environment: Mapping[str, str]) -> None:
    """Bring tables, copy and static files up to date. Raises `UsageError`."""
    try:
        preparing.prepare(ROOT, folder, environment)
    except preparing.PreparationError as error:
        raise UsageError(str(error)) from error


def manage(environment: Mapping[str, str], command: tuple[str, ...]) -> int:
    """Run one command here, with this terminal, and return its exit code, as a shell has it."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=dict(environment), check=False
    )
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _of_this_demo(command: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    names_one = any(word.partition("=")[0] == "--state" for word in command)
    if command[0] not in _OF_A_FOLDER or names_one:
        return command
    return (command[0], "--state", str(folder), *command[1:])


def _folder(options: Options) -> store.StateFolder:
    try:
        configuration = load(base_domain=options.base_domain)
        folder = store.open_or_create(options.state, configuration=configuration)
        folder.api_credentials()
    except ConfigError as error:
        raise UsageError(complaint(error)) from error
    except store.StateError as error:
        raise UsageError(str(error)) from error
    return folder


def _serve(family: Family, options: Options, said: str, api_token: str) -> int:
    family.heed_signals()
    try:
        family.start("The origin", [sys.executable, "-m", "gunicorn"])
        family.start("The edge", _edge_command(options))
        family.wait_for("The origin", options.port, "/healthz", {"Host": options.base_domain})
        # Not at its own port: the line of that decision would come before the introduction.
        authorization = {"Authorization": f"Bearer {api_token}"}
        family.wait_for("The edge", options.api_port, f"{PREFIX}/user/tokens/verify", authorization)
        # Where codes are mailed there is none.
        path = mailbox.PATH if answers(options.api_port, mailbox.PATH, {}) else ""
        print(introduction(options, said, path), flush=True)  # noqa: T201
        family.watch()
    except Stopped:
        return 0
    except ChildError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    finally:
        family.end()
    return 0


def _edge_command(options: Options) -> list[str]:
    command = [sys.executable, "manage.py", "runedge", "--port", str(options.edge_port)]
    command += ["--origin", f"http://127.0.0.1:{options.port}"]
    command += ["--state", str(options.state), "--base-domain", options.base_domain]
    command += ["--portal", "--quiet"]
    flags = (("--legacy", options.is_legacy), ("--no-401", options.is_without_401))
    return command + [flag for flag, is_on in flags if is_on]
