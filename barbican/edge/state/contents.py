"""
Tells the files of a state folder from anybody else's.

Keys are written only where nothing else lies, and only the edge's own files are thrown away: a
mistyped name would otherwise close somebody's folder, or delete it.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from pathlib import Path

from barbican.edge.state import private_files

KEYS_FILE = "keys.json"
ORGANISATION_FILE = "organisation.json"
IGNORE_FILE = ".gitignore"
IGNORED = "*\n"  # everything, this file too

# What the edge and the demo keep there. Nothing else may lie beside it.
_KNOWN = (
    "*.json", "*.jsonl", "*.pem", "*.crt", "*.key", "*.sqlite3", "*.sqlite3-*", "*.lock",
    IGNORE_FILE, "prepared", "secret_key",
)  # fmt: skip
_MARKS = frozenset({KEYS_FILE, ORGANISATION_FILE})


def is_mark(path: Path) -> bool:
    """Say whether a folder with this file is an edge's: one of them is written first."""
    return path.name in _MARKS


def foreign(paths: Iterable[Path]) -> Path | None:
    """Return the first of these that no edge has made, if there is one."""
    return next((path for path in paths if not _is_known(path)), None)


def stranger(folder: Path) -> Path | None:
    """Return what keeps this folder from being a state folder, or from becoming one."""
    found = sorted(folder.iterdir()) if folder.exists() else []
    if any(map(is_mark, found)):
        return foreign(found)
    # `package.json` could be the edge's by its name, but not before there are keys.
    return next((path for path in found if not _is_begun(path)), None)


def _is_begun(path: Path) -> bool:
    """Say whether a start that was cut short may have left this."""
    if path.is_symlink() or not path.is_file():
        return False
    if path.name == IGNORE_FILE:
        return path.read_bytes() == IGNORED.encode()
    return private_files.is_fresh(path.name)


def _is_known(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    name = path.name
    return private_files.is_fresh(name) or any(fnmatch.fnmatch(name, each) for each in _KNOWN)
