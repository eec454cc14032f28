"""
How many threads wait for their callers: not all of them, whatever callers do.

The loop collects what can be collected. A thread still waits for a body that its caller announces
first, for what is larger than the loop collects, and for a caller who does not read the answer.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock


class Patience:
    """A bound on the callers who are waited for: one more, and the longest waited for goes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._awaited: dict[socket.socket, int] = {}  # by when it began, with the side to close

    @contextmanager
    def wait(self, sock: socket.socket, side: int) -> Iterator[None]:
        """Wait in the block. `side` is what ends it when closed: `SHUT_RD` or `SHUT_WR`."""
        with self._lock:
            if len(self._awaited) >= self._most:
                first = next(iter(self._awaited))
                with suppress(OSError):  # the caller is gone, and the thread will see it
                    first.shutdown(self._awaited.pop(first))
            self._awaited[sock] = side
        try:
            yield
        finally:
            with self._lock:
                self._awaited.pop(sock, None)
