"""An origin made of bytes: it sees exactly what the edge wrote and answers exactly as told."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress


class Line:
    """One connection of the edge, from the origin's side."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.received = b""
        self._taken = 0
        self.has_ended = threading.Event()

    def head(self) -> bytes:
        """Return the next request's head, or what came of it before the end."""
        while True:
            end = self.received.find(b"\r\n\r\n", self._taken)
            if end >= 0:
                start, self._taken = self._taken, end + 4
                return self.received[start : self._taken]
            if not self.more():
                return b""

    def body(self, size: int) -> bytes:
        while len(self.received) - self._taken < size and self.more():
            pass
        start, self._taken = self._taken, self._taken + size
        return self.received[start : self._taken]

    def rest(self) -> bytes:
        while self.more():
            pass
        return self.received[self._taken :]

    def more(self) -> bytes:
        data = b""
        with suppress(OSError):
            data = self.socket.recv(65536)
        self.received += data
        if not data:
            self.has_ended.set()
        return data

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class RawOrigin:
    """Runs `script` for every connection, in a thread of its own."""

    def __init__(self, script: Callable[[Line], None], port: int = 0) -> None:
        self._script = script
        self.lines: list[Line] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> RawOrigin:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self.lines:
            with suppress(OSError):
                line.socket.shutdown(socket.SHUT_RDWR)
            line.socket.close()
        for thread in self._threads:
            thread.join(5)

    @property
    def received(self) -> bytes:
        return b"".join(line.received for line in self.lines)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line = Line(self._listener.accept()[0])
                line.socket.settimeout(10)
                self.lines.append(line)
                thread = threading.Thread(target=self._run, args=(line,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self, line: Line) -> None:
        with suppress(OSError):
            self._script(line)
            line.socket.shutdown(socket.SHUT_WR)
        line.rest()
        line.socket.close()


def answers(*answers: bytes) -> Callable[[Line], None]:
    """Return a script that gives one answer after the other, and then ends the connection."""

    def script(line: Line) -> None:
        for answer in answers:
            if not line.head():
                return
            line.send(answer)

    return script


def always(answer: bytes) -> Callable[[Line], None]:
    """Return a script that gives the same answer to every request, for as long as any come."""

    def script(line: Line) -> None:
        while line.head():
            line.send(answer)

    return script
