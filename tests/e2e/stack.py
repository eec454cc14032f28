"""
The real gunicorn, with the shipped configuration, and the real edge, on free loopback ports.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "an end-to-end key, which signs nothing that matters, 0123456789"
START_UP = 30  # seconds


@contextmanager
def set_up_alone() -> Iterator[None]:
    """Hold a lock among the suite's processes: they collect static files into one folder."""
    with (Path(tempfile.gettempdir()) / "barbican-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def free_pair() -> int:
    """Return a free port whose successor is free too: the edge's, and its management API's."""
    while True:
        port = free_port()
        with socket.socket() as held, suppress(OSError):
            held.bind(("127.0.0.1", port + 1))
            return port


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Process:
    """A process of ours, with its output in a file, that is always stopped."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        self.output = log.open("wb")
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=15)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.output.close()
        return self.process.wait()

    def text(self) -> str:
        return self.log.read_text(errors="replace")


class Origin(Process):
    """gunicorn as in production: `.venv/bin/gunicorn` and an environment."""

    def __init__(
        self, folder: Path, *, workers: int = 1, like: Origin | None = None, **settings: str
    ) -> None:
        self.port, self.folder = free_port(), folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "SECRET_KEY": SECRET_KEY,
            "DATABASE_URL": f"sqlite:///{folder}/origin.sqlite3",
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_CONCURRENCY": str(workers),
            "LOG_LEVEL": "info",
            "ACCESS_LOCAL_EDGE": "true",
            **settings,
        }
        if like:
            self.take_from(like)
        else:
            self.set_up()
        gunicorn = [sys.executable, "-m", "gunicorn"]
        super().__init__(gunicorn, self.environment, folder / "origin.log")
        wait_for(lambda: self.get("/healthz").status == 200, self)

    def set_up(self) -> None:
        with set_up_alone():
            self.manage("migrate", "--verbosity=0")
            self.manage("seed_copy")
            self.manage("collectstatic", "--noinput", "--verbosity=0")

    def take_from(self, other: Origin) -> None:
        """Have the database that another has: quicker than to set one up."""
        source = sqlite3.connect(other.folder / "origin.sqlite3")
        with closing(source), closing(sqlite3.connect(self.folder / "origin.sqlite3")) as target:
            source.backup(target)

    def manage(self, *arguments: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(
        self, path: str, host: str = "localhost", method: str = "GET", **headers: str
    ) -> Answer:
        return ask(self.port, path, f"{host}:{self.port}", method, headers)

    def raw(self, request: bytes) -> bytes:
        """Send these very bytes and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            found = b""
            with suppress(OSError):
                while chunk := connection.recv(65_536):
                    found += chunk
            return found


def ask(port: int, path: str, host: str, method: str, headers: dict[str, str]) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Host": host, **named})
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


def wait_for(is_there: object, process: Process) -> None:
    ends_at = time.monotonic() + START_UP
    while time.monotonic() < ends_at:
        if process.process.poll() is not None:
            break
        with suppress(OSError):
            if is_there():
                return
        time.sleep(0.05)
    process.stop()
    raise AssertionError(f"not started:\n{process.text()}")
