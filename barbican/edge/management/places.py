"""
Where the edge's commands look for files, also without the portal's settings.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings


def state_folder(given: str) -> Path:
    """Return the state folder: as given, or in the project's root where it is relative."""
    return Path(getattr(settings, "BASE_DIR", "")).resolve() / given


def base_domain(given: str) -> str:
    """Return the portal's domain: as given, else as in the settings, else `localhost`."""
    return given or str(getattr(settings, "BASE_DOMAIN", "localhost"))


def shown(path: Path) -> str:
    """Return the path as somebody at the terminal would write it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
