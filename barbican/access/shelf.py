"""
Keeps the last good key set in a private file, so that a restart during an outage still verifies.

Public keys are no secret, but whoever can write this file can sign tokens: a file that others may
write, or that belongs to someone else, is not read. The fetch time goes with it, and the store
never trusts a set beyond its stale limit.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from barbican.access.fetch import MAX_BYTES

logger = logging.getLogger("barbican.access.keys")

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Shelf:
    """The file of one certs endpoint, in a folder of ours."""

    folder: Path
    url: str

    @property
    def path(self) -> Path:
        return self.folder / f"{sha256(self.url.encode()).hexdigest()[:16]}.json"

    def load(self) -> tuple[bytes, float] | None:
        """Return the certs document and its fetch time in Unix seconds; None when there is none."""
        try:
            with self.path.open("rb") as file:
                about = os.fstat(file.fileno())
                if about.st_uid != os.geteuid() or about.st_mode & _OTHERS_MAY_WRITE:
                    logger.warning("kept signing keys not read: others may write the file")
                    return None
                kept = json.loads(file.read(2 * MAX_BYTES))
            if kept["url"] != self.url:
                return None
            return str(kept["document"]).encode(), float(kept["fetched_at"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def save(self, document: bytes, fetched_at: float) -> None:
        """Write the file whole or not at all. A folder that cannot be written costs a warning."""
        kept = {"url": self.url, "fetched_at": fetched_at, "document": document.decode()}
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder)  # 0600 from the start
            try:
                with os.fdopen(handle, "w") as file:
                    json.dump(kept, file)
                Path(name).replace(self.path)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            logger.warning("signing keys not kept: %s", error.strerror)
