"""
Sends 100,000 requests of every verdict through the local edge and looks for what grows.

    python -m bench.soak [--requests 100000] [--seconds 900]

Exit 1 when memory or file handles of the edge are more at the end than after the first fifth,
when a request had no line in the journal or two, or when an answer was wrong. Loopback only; the
origin is a few lines in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from barbican.edge.organisation import sample
from barbican.edge.state import store
from bench.callers import WrongStatusError, length
from tests.edge.conftest import PAIR, EdgeProcess

CALLERS = 16
SETTLED = 2.0  # seconds after which no connection to the origin is kept any more
MOST_MEMORY = 3 * 1024  # kB that allocators may move up and down
MOST_HANDLES = 2
FEWEST, MOST = 100, 10_000_000  # requests: fewer show nothing, as each fifth has to hold every kind
LONGEST = 86_400.0  # seconds

_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100
_SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
_HOST = "Host: localhost"


@dataclass(frozen=True)
class Kind:
    """One kind of request: its bytes, its status, and whether the caller leaves early."""

    name: str
    raw: bytes
    status: int
    leaves: bool = False


@dataclass
class Soak:
    """One run: what is asked, and what has been answered."""

    edge: EdgeProcess
    kinds: list[Kind]
    left: Iterator[int]
    deadline: float
    answered: Counter[str] = field(default_factory=Counter)

    async def caller(self) -> None:
        """Ask for one kind after the other, on one connection for as long as it lasts."""
        reader = writer = None
        for number in self.left:
            if time.monotonic() > self.deadline:
                raise WrongStatusError("the time is over before the requests are")
            kind = self.kinds[number % len(self.kinds)]
            if writer is None or writer.is_closing() or reader.at_eof():
                reader, writer = await asyncio.open_connection("127.0.0.1", self.edge.port)
            goes_on = await self._ask(kind, reader, writer)
            self.answered[kind.name] += 1
            if not goes_on:
                writer.close()
                writer = None
        if writer is not None:
            writer.close()

    async def _ask(
        self, kind: Kind, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(kind.raw)
        if kind.leaves:
            await writer.drain()
            await asyncio.sleep(0)
            return False
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(length(head))
        if int(head[9:12]) != kind.status:
            raise WrongStatusError(f"{kind.name}: {kind.status} was expected, not {head[9:12]!r}")
        is_last = b"onnection: close" in head or head.startswith(b"HTTP/1.0")
        return not is_last and kind.status != 101


async def origin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer everything with the same hundred bytes, and WebSockets with their own."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            if b"websocket" in head:
                writer.write(_SWITCH)
                await reader.read(1)
                break
            await reader.readexactly(length(head))
            writer.write(_PLAIN)
    writer.close()


def kinds(folder: store.StateFolder) -> list[Kind]:
    organisation = folder.state().organisation

    def pair(name: str) -> list[str]:
        token = organisation.service_token(name)
        secrets = (token.client_id, token.client_secret)
        return [f"{header}: {value}" for header, value in zip(PAIR, secrets, strict=True)]

    good, other = pair(sample.DEMO_TOKEN), pair(sample.OTHER_TOKEN)
    page = "GET /service-token/ HTTP/1.1"
    upload = "POST /service-token/ HTTP/1.1"
    upgrade = ["Upgrade: websocket", "Connection: Upgrade"]
    return [
        _kind("verified", 200, page, *good),
        _kind("passed", 200, "GET /?page=1 HTTP/1.1"),
        _kind("nobody", 401, page),
        _kind("upload", 200, upload, *good, "Content-Length: 5000", body=b"x" * 5000),
        _kind("wrong secret", 401, page, good[0], f"{PAIR[1]}: cfast_wrong"),
        _kind("not allowed", 403, page, *other),
        _kind("in HTML", 401, page, "Accept: text/html"),
        _kind("keys", 200, "GET /cdn-cgi/access/certs HTTP/1.1"),
        _kind("reserved", 404, "GET /cdn-cgi/access/x HTTP/1.1"),
        _kind("refused path", 400, "GET /x/../service-token/ HTTP/1.1"),
        _kind("refused bytes", 400, "GET / HTTP/1.1", "X : y"),
        _kind("leaves at once", 0, page, *good, leaves=True),
        _kind("leaves its upload", 0, upload, *good, "Content-Length: 9", body=b"x", leaves=True),
        _kind("WebSocket", 101, page, *good, *upgrade),
    ]


def _kind(
    name: str, status: int, line: str, *headers: str, body: bytes = b"", leaves: bool = False
) -> Kind:
    head = "\r\n".join([line, _HOST, *headers, "", ""]).encode()
    return Kind(name, head + body, status, leaves)


async def run(requests: int, seconds: float, folder: Path) -> int:
    server = await asyncio.start_server(origin, "127.0.0.1", 0, limit=2**20)
    port = server.sockets[0].getsockname()[1]
    edge = await asyncio.to_thread(EdgeProcess, folder, f"http://127.0.0.1:{port}")
    try:
        return await _soak(edge, store.StateFolder(folder / "state"), requests, seconds)
    finally:
        await asyncio.to_thread(edge.stop)
        server.close()


async def _soak(edge: EdgeProcess, folder: store.StateFolder, requests: int, seconds: float) -> int:
    journal = await asyncio.to_thread(edge.text)
    before = journal.count(" -> ")
    soak = Soak(edge, kinds(folder), iter(()), time.monotonic() + seconds)
    looks = []
    for first, last in itertools.pairwise((0, requests // 5, requests)):
        soak.left = iter(range(first, last))
        started = time.monotonic()
        await asyncio.gather(*(soak.caller() for _ in range(CALLERS)))
        rate = (last - first) / (time.monotonic() - started)
        await asyncio.sleep(SETTLED)
        looks.append((edge.memory(), edge.handles()))
        print(f"{last:7,} requests ({rate:.0f} a second): {looks[-1][0] / 1024:.1f} MB,"
              f" {looks[-1][1]} file handles")  # fmt: skip
    print(", ".join(f"{count:,} {name}" for name, count in soak.answered.items()))
    lines = (await asyncio.to_thread(edge.text)).count(" -> ") - before
    return verdict(looks, lines, soak.answered)


def verdict(looks: list[tuple[int, int]], lines: int, answered: Counter[str]) -> int:
    """Return the exit code: 1 when anything grew from the first look to the last."""
    (memory, handles), (late_memory, late_handles) = looks
    # Who leaves before the edge has read the request may leave no line.
    may_lack = answered["leaves at once"] + answered["leaves its upload"]
    total = answered.total()
    print(f"{lines:,} lines in the journal for {total:,} requests")
    faults = []
    if late_memory - memory > MOST_MEMORY:
        faults.append(f"memory grew by {(late_memory - memory) / 1024:.1f} MB")
    if late_handles - handles > MOST_HANDLES:
        faults.append(f"{late_handles - handles} more file handles are open")
    if not total - may_lack <= lines <= total:
        faults.append("the journal has another number of lines than there were requests")
    print("; ".join(faults) if faults else "nothing grew")
    return 1 if faults else 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak", description=__doc__.split("\n")[1]
    )
    parser.add_argument("--requests", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--seconds", type=float, default=900, help="give up after these (900)")
    options = parser.parse_args(arguments)
    if not FEWEST <= options.requests <= MOST:
        parser.error(f"--requests should be from {FEWEST} to {MOST}.")
    if not 1 <= options.seconds <= LONGEST:
        parser.error(f"--seconds should be from 1 to {LONGEST:.0f}.")
    with tempfile.TemporaryDirectory(prefix="barbican-soak-") as folder:
        try:
            return asyncio.run(run(options.requests, options.seconds, Path(folder)))
        except WrongStatusError as error:
            sys.stderr.write(f"{error}\n")
            return 1


if __name__ == "__main__":
    sys.exit(main())
