"""
Files for their owner alone: written whole or not at all.

A write goes to a file beside the target, is flushed to the disk and takes the target's name in
one step, so that a crash in the middle leaves the old content in place. What a killed process left
beside it is swept away later.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
LEFT_BEHIND = 60.0  # seconds: no write takes that long, so nobody is at work on an older file

_FRESH = re.compile(r"\.(.+)\.[0-9a-f]{16}")


def make_folder(folder: Path) -> None:
    """Make the folder, readable by its owner alone, also where it was open before."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)


def write(path: Path, text: str) -> None:
    """Replace the file's content in one step."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    # O_EXCL: never through a link that somebody left there.
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock that this file is for, which other processes wait for."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sweep(folder: Path, now: float) -> None:
    """Delete what killed processes left in the middle of a write."""
    for path in folder.iterdir():
        if is_fresh(path.name):
            with suppress(FileNotFoundError):
                if now - path.stat().st_mtime > LEFT_BEHIND:
                    path.unlink()


def is_fresh(name: str) -> bool:
    """Say whether this is the name of a file that is being written."""
    return bool(_FRESH.fullmatch(name))


def target(name: str) -> str:
    """Return the name of the file that is being written under this one; empty for any other."""
    found = _FRESH.fullmatch(name)
    return found[1] if found else ""


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
