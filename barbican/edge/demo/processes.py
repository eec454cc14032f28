"""
Child processes of the one-command demo: started apart, watched together, stopped together.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PATIENCE = 60.0  # seconds for a server to answer for the first time
GRACE = 5.0  # seconds between asking a process to stop and ending it
STEP = 0.1  # seconds between two looks


class ChildError(Exception):
    """A child failed. The message is one sentence for the terminal."""


class Stopped(Exception):  # noqa: N818 - no error: somebody asked
    """The user or the system wants the demo to end."""


@dataclass
class Family:
    """The servers of one demo."""

    folder: Path  # where they run
    environment: Mapping[str, str]
    _children: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def heed_signals(self) -> None:
        """From here on Ctrl-C, SIGTERM and a closed terminal end the family, not the program."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(self, name: str, command: Sequence[str]) -> None:
        # A session of its own: Ctrl-C reaches this process alone, which then ends both in order.
        child = subprocess.Popen(
            command,
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._children.append((name, child))

    def wait_for(self, name: str, port: int, path: str, headers: Mapping[str, str]) -> None:
        """
        Return once the server answers 200.

        Raises `ChildError` when it ends or stays silent, `Stopped` when somebody asked for that.
        """
        deadline = time.monotonic() + PATIENCE
        while not answers(port, path, headers):
            self._look()
            if time.monotonic() > deadline:
                raise ChildError(f"{name} did not answer on port {port} in {PATIENCE:.0f} s.")

    def watch(self) -> None:
        """Raises `ChildError` when a child ends by itself, `Stopped` when somebody asked."""
        while True:
            self._look()

    def end(self) -> None:
        """Stop every child, the youngest first, and return when none is left."""
        for _name, child in reversed(self._children):
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + GRACE
        for _name, child in reversed(self._children):
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(deadline - time.monotonic(), STEP))
        for _name, child in self._children:
            # The whole session: a server's workers must not outlive it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def _look(self) -> None:
        if self._stop.wait(STEP):
            raise Stopped
        for name, child in self._children:
            if (code := child.poll()) is not None:
                raise ChildError(f"{name} ended with exit code {code}; everything is stopped.")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()


def answers(port: int, path: str, headers: Mapping[str, str]) -> bool:
    """Say whether a server on loopback answers this path with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers=dict(headers))
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
