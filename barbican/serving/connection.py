"""
A connection to the origin: what comes is collected until a thread need not wait for it.

Source: RFC 9112, section 6; RFC 9110, section 10.1.1 (`Expect`).
"""

from __future__ import annotations

import errno
import io
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gunicorn.workers.gthread import TConn

from barbican.serving.patience import Patience

ARRIVAL = 15.0  # seconds for a request to be here, and again for what a thread still waits for
COLLECTED = 256 * 1024  # bytes of a request that wait without a thread
PIECE = 64 * 1024

_HEAD_ENDS = re.compile(rb"\r\n\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:", re.IGNORECASE)
_LAST_CHUNK = re.compile(rb"\r\n0+[ \t;\r]")
_LONGEST = 16  # bytes, of what is looked for: it may come in two pieces


class PatientSocket(socket.socket):
    """A socket on which a thread waits until a deadline, and no longer."""

    deadline = 0.0  # monotonic, for what is still to be received
    patience: Patience

    def setblocking(self, flag: bool) -> None:
        self.settimeout(ARRIVAL if flag else 0.0)

    def recv(self, *arguments: Any) -> bytes:
        waits = self.gettimeout()
        if not waits:
            return super().recv(*arguments)
        data: bytes | None = self._now(super().recv, *arguments)
        if data is None:
            self.settimeout(max(0.001, min(waits, self.deadline - time.monotonic())))
            try:
                with self.patience.wait(self, socket.SHUT_RD), _leaving():
                    data = super().recv(*arguments)
            finally:
                self.settimeout(waits)
        if not data:  # a thread reads only what is still missing: half a form is no form
            raise ConnectionResetError(errno.ECONNRESET, "the caller broke off")
        return data

    def send(self, data: Any, *flags: Any) -> int:
        self.sendall(data, *flags)
        return len(data)

    def sendall(self, data: Any, *flags: Any) -> None:
        if not self.gettimeout():
            super().sendall(data, *flags)
            return
        sent = self._now(super().send, data, *flags) or 0
        if sent < len(data):
            with self.patience.wait(self, socket.SHUT_WR), _leaving():
                super().sendall(memoryview(data)[sent:], *flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a file as other data is sent: where it is waited for, that is counted."""
        file.seek(offset)
        sent = 0
        while piece := file.read(PIECE if count is None else min(PIECE, count - sent)):
            self.sendall(piece)
            sent += len(piece)
        return sent

    def _now(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """Return what is done without waiting, or None where that is nothing."""
        waits = self.gettimeout()
        self.settimeout(0)
        try:
            return act(*arguments)
        except BlockingIOError:
            return None
        finally:
            self.settimeout(waits)


@contextmanager
def _leaving() -> Iterator[None]:
    """Have who is too slow look like who has left: gunicorn says nothing about that."""
    try:
        yield
    except TimeoutError as error:
        raise ConnectionResetError(errno.ECONNRESET, "the caller took too long") from error


class Connection(TConn):  # type: ignore[misc]
    """A connection whose next request the loop collects."""

    def __init__(self, hang_up: Callable[[Connection], None], *arguments: Any) -> None:
        super().__init__(*arguments)
        self._hang_up = hang_up
        if not self.cfg.is_ssl:
            self.init()  # a parser, which reads nothing yet
        self.start_over()

    @property
    def collected(self) -> io.BytesIO:
        """What the parser will read first."""
        return self.parser.unreader.buf  # type: ignore[no-any-return]

    def start_over(self) -> None:
        """Expect the next request, of which a part may be here."""
        self.has_ended = False
        self._seen = 0
        self._looks_for = _HEAD_ENDS
        self._needed: int | None = None  # bytes, once the head has said how many

    def collect(self) -> None:
        """Take what has come, without waiting."""
        self.sock.settimeout(0)
        try:
            data = self.sock.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.has_ended = not data
        self.collected.seek(0, io.SEEK_END)
        self.collected.write(data)

    def has_arrived(self) -> bool:
        """Say whether a thread can take the request without waiting for the caller."""
        with self.collected.getbuffer() as here:
            size = len(here)
            if self._needed is None:
                self._look_at(here)
        is_whole = self._needed is not None and size >= self._needed
        return is_whole or size >= COLLECTED

    @property
    def is_empty(self) -> bool:
        """Whether nothing of a request is here."""
        return not self.collected.getbuffer().nbytes

    def _look_at(self, here: memoryview) -> None:
        """Look for the end: what was seen before costs nothing when a caller sends byte by byte."""
        begin = max(0, self._seen - _LONGEST)
        found = self._looks_for.search(bytes(here[begin:]))
        self._seen = len(here)
        if not found:
            return
        end = begin + found.end()
        if self._looks_for is _LAST_CHUNK:
            self._needed = end
            return
        self._needed = _needed(bytes(here[:end]))
        if self._needed is None:
            self._looks_for, self._seen = _LAST_CHUNK, end
            self._look_at(here)

    def close(self, graceful: bool = False) -> None:
        if graceful:
            self._hang_up(self)
        else:
            super().close()


def _needed(head: bytes) -> int | None:
    """
    Return how many bytes to wait for, or None where the last chunk will say it.

    The parser judges the head; this waits for no more than it may. A body that its caller sends
    only when asked is left to the thread, which asks; one that is too large, to a view's refusal.
    """
    length, is_chunked = _LENGTH.search(head), _CHUNKED.search(head)
    if _EXPECTS.search(head) or (length and is_chunked):
        return len(head)
    if is_chunked:
        return None
    size = int(length[1]) if length else 0
    return len(head) + size if size <= COLLECTED else len(head)
