#!/usr/bin/env python
"""Django's commands for this project. Wrong configuration is one sentence and exit code 2."""

from __future__ import annotations

import os
import sys
from typing import Any

# The local edge runs in front of any origin, also where nothing of the portal is configured.
EDGE_COMMANDS = (
    ["runedge"],
    ["reset_edge"],
    ["rotate_edge_keys"],
    ["make_certificate"],
    ["make_token"],
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbican.settings")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.stderr.write(
            "Django is not installed here. Run `make setup`, then use .venv/bin/python.\n"
        )
        sys.exit(2)
    try:
        _settle(settings, sys.argv[1:2])
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def _settle(settings: Any, command: list[str]) -> None:
    """Read the settings: some commands would go on without them, and fail obscurely."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        bool(settings.INSTALLED_APPS)
    except ImproperlyConfigured:
        if command not in EDGE_COMMANDS:
            raise
        os.environ["DJANGO_SETTINGS_MODULE"] = "barbican.edge.settings"


if __name__ == "__main__":
    main()
