"""
The settings of the demo's origin, for its servers and for the commands that are asked about it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from barbican.edge.demo.options import UsageError
from barbican.edge.demo.preparing import DATABASE_FILE
from barbican.edge.state import private_files

SECRET_KEY_FILE = "secret_key"  # noqa: S105 - a file's name


def child_environment(origin: Mapping[str, str], folder: Path, port: int) -> dict[str, str]:
    """Return the environment of all that is started. It wins over a `.env` in the root."""
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
    """Return Django's key for the demo, made at the first start. Raises `UsageError`."""
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
