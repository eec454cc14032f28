"""
Tells the files of a state folder from anybody else's.

Keys are written only where nothing else lies, and only the edge's own files are thrown away: a
mistyped name would otherwise close somebody's folder, or delete it. A name alone proves nothing:
a folder of somebody's keys has a `keys.json` too, so what the file says is looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from barbican.edge.state import private_files

KEYS_FILE = "keys.json"
ORGANISATION_FILE = "organisation.json"
IGNORE_FILE = ".gitignore"
IGNORED = "*\n"  # everything, this file too

# What the edge and the demo keep there. Nothing else may lie beside it.
_KNOWN = frozenset(
    {
        KEYS_FILE, ORGANISATION_FILE, IGNORE_FILE, "api.json", "applied.json",
        "revocations.json", "revocations.lock",
        "authority.pem", "authority-certificate.pem", "server.pem",
        "demo.sqlite3", "demo.sqlite3-journal", "demo.sqlite3-shm", "demo.sqlite3-wal",
        "prepared", "secret_key",
    }
)  # fmt: skip
# A machine, and the certificate and key that `make_certificate` makes for it.
CLIENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CLIENT_FILE = re.compile(rf"{CLIENT_NAME.pattern}\.(?:crt|key)")

# Members that every version has written into its file.
_MARKS = {
    KEYS_FILE: {"format", "current", "previous"},
    ORGANISATION_FILE: {"format", "team_name", "base_domain", "applications", "service_tokens"},
}


def is_mark(path: Path) -> bool:
    """Say whether a folder with this file is an edge's: one of them is written first."""
    members = _MARKS.get(path.name)
    if members is None or not _is_plain(path):
        return False
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.keys() >= members


def is_state(folder: Path) -> bool:
    """Say whether this is an edge's folder, with nothing else in it."""
    try:
        found = list(folder.iterdir())
    except OSError:
        return False
    return any(map(is_mark, found)) and foreign(found) is None


def foreign(paths: Iterable[Path]) -> Path | None:
    """Return the first of these that no edge has made, if there is one."""
    return next((path for path in paths if not _is_known(path)), None)


def stranger(folder: Path) -> Path | None:
    """Return what keeps this folder from being a state folder, or from becoming one."""
    found = sorted(folder.iterdir()) if folder.exists() else []
    found.sort(key=is_named_like_a_mark, reverse=True)  # damaged, it is the best reason
    if any(map(is_mark, found)):
        return foreign(found)
    # `api.json` could be the edge's by its name, but not before there are keys.
    return next((path for path in found if not _is_begun(path)), None)


def is_named_like_a_mark(path: Path) -> bool:
    return path.name in _MARKS


def _is_begun(path: Path) -> bool:
    """Say whether a start that was cut short may have left this."""
    if not _is_plain(path):
        return False
    if path.name == IGNORE_FILE:
        return path.read_bytes() == IGNORED.encode()
    return _is_name(private_files.target(path.name))


def _is_known(path: Path) -> bool:
    name = path.name
    return _is_plain(path) and (_is_name(name) or _is_name(private_files.target(name)))


def _is_name(name: str) -> bool:
    return name in _KNOWN or bool(_CLIENT_FILE.fullmatch(name))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
