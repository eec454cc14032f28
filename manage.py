#!/usr/bin/env python
"""Django's commands for this project. Wrong configuration is one sentence and exit code 2."""

from __future__ import annotations

import os
import sys


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
        bool(
            settings.INSTALLED_APPS
        )  # some commands would go on without settings, and fail obscurely
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
