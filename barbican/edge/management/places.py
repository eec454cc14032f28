"""
Where the edge's commands look for files, also without the portal's settings.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from barbican.edge.state.contents import KEYS_FILE, ORGANISATION_FILE
from barbican.edge.state.store import StateError


def state_folder(given: str) -> Path:
    """Return the state folder: as given, or in the project's root where it is relative."""
    return Path(getattr(settings, "BASE_DIR", "")).resolve() / given


def unusable(error: StateError, folder: Path) -> CommandError:
    """Return what a command says that needs a state folder which it cannot use."""
    is_there = all((folder / name).exists() for name in (KEYS_FILE, ORGANISATION_FILE))
    hint = "" if is_there else " Start the edge once to make it."
    return CommandError(f"{error}{hint}", returncode=2)


def base_domain(given: str) -> str:
    """Return the portal's domain: as given, else as in the settings, else `localhost`."""
    return given or str(getattr(settings, "BASE_DOMAIN", "localhost"))


def shown(path: Path) -> str:
    """Return the path as somebody at the terminal would write it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
