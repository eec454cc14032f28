"""
Reads a file that somebody named: a regular one, as no other can be read again when it changes.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_REFUSED = "it is no regular file, so that it could not be read again after a change"


def read(path: Path, most: int) -> bytes:
    """
    Return up to so many bytes. Never waits: the other end of a pipe may never come.

    Raises `OSError`.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, _REFUSED)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(handle)
