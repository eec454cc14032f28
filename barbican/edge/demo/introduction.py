"""
What the one-command demo says once it is up: where everything is, and what to paste.
"""

from __future__ import annotations

import shlex
import time

from barbican.edge.demo.options import (
    DEFAULT_DOMAIN,
    DEFAULT_EDGE_PORT,
    DEFAULT_STATE,
    Options,
    UsageError,
)
from barbican.edge.demo.recipes import Recipe, exports, recipes
from barbican.edge.organisation.model import Organisation
from barbican.edge.organisation.sample import SLUG


def introduction(options: Options, commands: str, mailbox: str) -> str:
    """Return the whole text. `mailbox` is the path of the page of login codes, or empty."""
    domain, port = options.base_domain.lower(), options.edge_port
    codes = f"below, and http://127.0.0.1:{options.api_port}{mailbox}"
    return f"""
Barbican Identity Demo is up. Ctrl-C stops it.

  Portal, through the local edge  http://{domain}:{port}/
  Demo, by path                   http://{domain}:{port}/{SLUG}/
  Demo, by subdomain              http://{SLUG}.{domain}:{port}/
  Origin, without the edge        http://127.0.0.1:{options.port}/
  Management API of the edge      http://127.0.0.1:{options.api_port}/client/v4
  Login codes                     {codes if mailbox else "mailed (EMAIL_URL)"}
  Who may pass                    edge.toml: a change is in force within a second
  What an answer means            http://{domain}:{port}/troubleshooting/
  An account for /admin/          {_command(options, first=("--admin",))}
  Any command of manage.py        {_command(options, last=("--manage", "doctor"))}

Paste these into another terminal. The number is the status that each command gets, and each works
alone. The secrets were made on this machine for this demo alone: they are worthless anywhere else.

{commands}

One line for each decision of the edge follows.
"""


def commands(options: Options, organisation: Organisation) -> str:
    """Return what to paste. Raises `UsageError` where edge.toml lacks what it needs."""
    if options.is_legacy:
        organisation = organisation.legacy()
    if options.is_without_401:
        organisation = organisation.without_401()
    ports = {"port": options.edge_port, "origin_port": options.port}
    try:
        values = exports(organisation)
        made = recipes(organisation, **ports, now=time.time())
    except LookupError as error:
        raise UsageError(f"{error} Put it back into edge.toml: the demo needs it.") from error
    return "\n\n".join(
        (
            f"# What the portal's pages call $CF_ACCESS_CLIENT_ID and so on\n{values}",
            *map(_shown, made),
        )
    )


def _shown(recipe: Recipe) -> str:
    lines = [f"# {recipe.title}: {recipe.status}"]
    if recipe.why:
        lines.append(f"# Not 200: {recipe.why}, as edge.toml or the management API has it.")
    return "\n".join((*lines, recipe.command))


def _command(options: Options, first: tuple[str, ...] = (), last: tuple[str, ...] = ()) -> str:
    """Return how this program is asked about this demo."""
    words = [".venv/bin/python", "-m", "barbican.demo", *first]
    if last and options.edge_port != DEFAULT_EDGE_PORT:  # the team domain has it
        words += ["--edge-port", str(options.edge_port)]
    if options.base_domain != DEFAULT_DOMAIN:
        words += ["--base-domain", options.base_domain]
    if options.state != DEFAULT_STATE:
        words += ["--state", str(options.state)]
    return shlex.join((*words, *last))
