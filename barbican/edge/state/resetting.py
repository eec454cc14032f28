"""
Throws a state folder away, after a look that it is one.

The look is strict, as what is removed is gone: no other folder passes for the edge's state because
somebody mistyped a name.
"""

from __future__ import annotations

from pathlib import Path

from barbican.edge.state.contents import KEYS_FILE, ORGANISATION_FILE, foreign, is_mark


class NotAStateFolderError(Exception):
    """The folder is not the edge's. The message says why."""


def state_files(folder: Path) -> tuple[Path, ...]:
    """Return what would be removed. Raises `NotAStateFolderError` for any other folder."""
    if not folder.is_dir() or folder.is_symlink():
        raise NotAStateFolderError(f"There is no state folder {folder}.")
    # The proof that it is an edge's comes last: what stopped half-way can be started again.
    found = sorted(folder.iterdir(), key=lambda path: (is_mark(path), path.name))
    if not any(map(is_mark, found)):
        raise NotAStateFolderError(
            f"{folder} is no state folder of an edge: it has neither {KEYS_FILE} nor"
            f" {ORGANISATION_FILE} as an edge writes them. Nothing was removed."
        )
    if other := foreign(found):
        raise NotAStateFolderError(
            f"{folder} also holds {other.name!r}, which is not the edge's: nothing was removed."
        )
    return tuple(found)


def remove(folder: Path, files: tuple[Path, ...]) -> None:
    """Remove the files, and the folder. Raises `OSError`."""
    for path in files:
        path.unlink(missing_ok=True)
    folder.rmdir()
