"""
Throws a state folder away, after a look that it is one.

The look is strict, as what is removed is gone: no other folder passes for the edge's state because
somebody mistyped a name.
"""

from __future__ import annotations

import fnmatch
from pathlib import Path

from barbican.edge.state import private_files
from barbican.edge.state.store import KEYS_FILE, ORGANISATION_FILE

# What the edge and the demo keep there. Nothing else may lie beside it.
KNOWN = (
    "*.json", "*.jsonl", "*.pem", "*.crt", "*.key", "*.sqlite3", "*.sqlite3-*", "*.lock",
    ".gitignore", "prepared", "secret_key",
)  # fmt: skip

_MARKS = frozenset({KEYS_FILE, ORGANISATION_FILE})


class NotAStateFolderError(Exception):
    """The folder is not the edge's. The message says why."""


def state_files(folder: Path) -> tuple[Path, ...]:
    """Return what would be removed. Raises `NotAStateFolderError` for any other folder."""
    if not folder.is_dir() or folder.is_symlink():
        raise NotAStateFolderError(f"There is no state folder {folder}.")
    # Keys and organisation come last: what stopped half-way can be started again.
    found = sorted(folder.iterdir(), key=lambda path: (path.name in _MARKS, path.name))
    if not any(path.name in _MARKS for path in found):
        raise NotAStateFolderError(
            f"{folder} is no state folder of an edge: it has neither {KEYS_FILE} nor"
            f" {ORGANISATION_FILE}."
        )
    for path in found:
        if path.is_symlink() or not path.is_file() or not _is_known(path.name):
            raise NotAStateFolderError(
                f"{folder} also holds {path.name!r}, which is not the edge's: nothing was removed."
            )
    return tuple(found)


def remove(folder: Path, files: tuple[Path, ...]) -> None:
    """Remove the files, and the folder. Raises `OSError`."""
    for path in files:
        path.unlink(missing_ok=True)
    folder.rmdir()


def _is_known(name: str) -> bool:
    return private_files.is_fresh(name) or any(fnmatch.fnmatch(name, each) for each in KNOWN)
