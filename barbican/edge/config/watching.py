"""
Notices when the configuration file, or a file that it names, has changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from barbican.edge.config.loading import load
from barbican.edge.config.report import ConfigError
from barbican.edge.config.values import Configuration

INTERVAL = 0.4  # seconds between two looks: a change is in force after two of them

_Stamp: TypeAlias = tuple[int, int, int] | None


class Watch:
    """
    Reads the file, and looks at it from time to time.

    A change counts once it has stood still from one look to the next: editors empty a file before
    they fill it, and what an empty file does not name would be removed.

    Raises `ConfigError` when the file cannot be used.
    """

    def __init__(self, path: Path, base_domain: str, name: str) -> None:
        self.path, self.name, self._base_domain = path, name, base_domain
        self._files: tuple[Path, ...] = (path,)
        self._settled = self._last = self._stamps()
        self.configuration = self._load()

    def look(self) -> bool:
        """Say whether there is a new configuration. Raises `ConfigError` once for each change."""
        now, before = self._stamps(), self._last
        self._last = now
        if now == self._settled or now != before:
            return False
        self._settled = now
        self.configuration = self._load()
        return True

    def _load(self) -> Configuration:
        try:
            found = load(self.path, self._base_domain, self.name)
        except ConfigError as error:
            self._follow(error.files)
            raise
        self._follow(found.files)
        return found

    def _follow(self, files: tuple[Path, ...]) -> None:
        """Look at these from now on; the file itself keeps the stamp from before it was read."""
        if files and files != self._files:
            self._files = files
            self._settled = self._last = (self._settled[0], *self._stamps()[1:])

    def _stamps(self) -> tuple[_Stamp, ...]:
        return tuple(_stamp(path) for path in self._files)


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    # The inode too: a replaced file is another one, also within the clock's resolution.
    return found.st_mtime_ns, found.st_ino, found.st_size
