"""
Sets the origin of the one-command demo up: tables, copy and static files, once for each version.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from barbican.edge.state import private_files

PREPARED_FILE = "prepared"  # fingerprint of what the last set-up was made from
DATABASE_FILE = "demo.sqlite3"

# SQLite's words, and the system's.
_OF_THE_DISK = re.compile(
    r"(?:django\.db\.utils\.OperationalError: (?=.*(?:full|open|readonly|locked|I/O))"
    r"|(?:OSError|PermissionError): (?=\[Errno ))(.+)"
)

STEPS = (
    ("migrate", "--no-input", "--verbosity", "0"),
    ("seed_copy", "--verbosity", "0"),
    ("collectstatic", "--no-input", "--verbosity", "0"),
)


class PreparationError(Exception):
    """A step failed. The message is one sentence for the terminal."""


def prepare(root: Path, folder: Path, environment: Mapping[str, str]) -> None:
    """
    Bring tables, copy and static files up to date; nothing to do when nothing changed.

    Raises `PreparationError`.
    """
    made = folder / PREPARED_FILE
    fingerprint = _fingerprint(root)
    is_done = made.exists() and made.read_text(encoding="utf-8") == fingerprint
    if is_done and (folder / DATABASE_FILE).exists() and (root / "staticfiles").exists():
        return
    for step in STEPS:
        done = subprocess.run(
            [sys.executable, "manage.py", *step],
            cwd=root,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise _failed(step[0], done.stdout + done.stderr, folder)
    try:
        private_files.write(made, fingerprint)
    except OSError as error:
        raise PreparationError(f"Cannot write {made}: {error.strerror}.") from error


def _failed(step: str, said: str, folder: Path) -> PreparationError:
    """Return one sentence where the disk is at fault, and leave all else to what was said."""
    last = (said.rstrip().splitlines() or [""])[-1]
    if fault := _OF_THE_DISK.match(last):
        return PreparationError(f"`manage.py {step}` failed: {fault[1]}. All data is in {folder}.")
    sys.stderr.write(said)
    return PreparationError(f"`manage.py {step}` failed; what it said stands above.")


def _fingerprint(root: Path) -> str:
    """Return a digest that changes with everything that the set-up is made from."""
    digest = hashlib.sha256(str(sys.version_info[:3]).encode())
    for path in sorted(_sources(root)):
        stat = path.stat()
        digest.update(f"{path.relative_to(root)}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    yield from (path for path in root.glob("requirements*.txt") if path.is_file())
    yield from (path for path in (root / "static").rglob("*") if path.is_file())
    for package in ("barbican", "demos"):
        for pattern in ("migrations/*.py", "copy/**/*", "static/**/*"):
            found = (root / package).rglob(pattern)
            yield from (path for path in found if path.is_file() and path.suffix != ".pyc")
    yield root / "barbican" / "settings.py"
