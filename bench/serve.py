"""
The same through the shipped gunicorn, under load from this machine: `make bench-serve`.

Server CPU per request from /proc, memory as PSS, answers past a second, and what stalled
connections do. Loopback only, and bounded. One answer of another status than expected fails the
run: a server that refuses everything looks fast.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from tests.e2e.stack import Origin, Process, free_port, wait_for
from tests.issuer import AUD_TAG, Issuer
from tests.keyserver import KeyServer

CONNECTIONS = 16
REQUESTS = 4_000  # of each case
STALLED = 8
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """What one case cost."""

    name: str
    cpu: float  # microseconds of the server a request
    rate: float  # requests a second
    p50: float  # milliseconds
    p99: float


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.serve", description=__doc__.split("\n")[1]
    )
    parser.parse_args(arguments)  # there are none: `--help` should not start a load
    folder = Path(tempfile.mkdtemp(prefix="barbican-serve-"))
    with KeyServer() as keys:
        issuer = Issuer(keys.origin)
        keys.publish(issuer.jwks())
        origin = Origin(
            folder,
            workers=2,
            ACCESS_TEAM_DOMAIN=issuer.team_domain,
            SERVICE_TOKEN_AUD=AUD_TAG,
            LOG_LEVEL="error",
        )
        bare = _bare(origin, folder)
        try:
            return _run(origin, bare, issuer)
        finally:
            bare.stop()
            origin.stop()


def _run(origin: Origin, bare: Process, issuer: Issuer) -> int:
    token = {"Cf-Access-Jwt-Assertion": issuer.service_token(exp=int(time.time()) + 3_000)}
    idle = memory(origin)
    loads = [
        load("bare view", bare, bare.port, "/bare/", {}, 200),
        load("JSON, no token", origin, origin.port, "/service-token/?format=json", {}, 401),
        load("JSON, seen before", origin, origin.port, "/service-token/?format=json", token, 200),
        load("page, seen before", origin, origin.port, "/service-token/", token, 200),
    ]
    warm = memory(origin)
    load("again", origin, origin.port, "/service-token/", token, 200)
    late = memory(origin)
    base = loads[0].cpu
    print(f"{'':20} {'CPU':>6} {'rate':>6} {'p50 ms':>7} {'p99 ms':>7}   (CPU, rate: bare = 1)")
    for each in loads:
        rate = each.rate / loads[0].rate
        print(f"{each.name:20} {each.cpu / base:6.2f} {rate:6.2f} {each.p50:7.1f} {each.p99:7.1f}")
    print(f"\nmemory (PSS, master and 2 workers): {idle:.0f} MB at first, {warm:.0f} MB after")
    print(f"{3 * REQUESTS} requests, {late:.0f} MB after {REQUESTS} more")
    print(f"beside {STALLED} connections that stalled in their headers: {stalled(origin):.0f} ms")
    return 0


def _bare(origin: Origin, folder: Path) -> Process:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "/dev/null", "bench.bare_wsgi"]
    command += ["-b", f"127.0.0.1:{port}", "-w", "2", "-k", "gthread", "--threads", "8"]
    command += ["--preload", "--no-control-socket", "--keep-alive", "75"]
    bare = Process(command, origin.environment, folder / "bare.log")
    bare.port = port
    wait_for(lambda: _get(port, "/bare/", {}) == 200, bare)
    return bare


def load(
    name: str, server: Process, port: int, path: str, headers: dict[str, str], status: int
) -> Load:
    """Send the requests over the connections, and return what they cost the server."""
    left, seconds, wrong = count(), [], []

    def client() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        while next(left) < REQUESTS:
            started = time.perf_counter()
            connection.request("GET", path, headers={"Host": f"localhost:{port}", **headers})
            response = connection.getresponse()
            response.read()
            seconds.append(time.perf_counter() - started)
            if response.status != status:
                wrong.append(response.status)
        connection.close()

    cpu, started = cpu_seconds(server), time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    if wrong or len(seconds) != REQUESTS:
        sys.exit(f"{name}: {len(wrong)} answers were not {status}, so nothing here counts")
    used = (cpu_seconds(server) - cpu) / REQUESTS * 1e6
    return Load(
        name, used, REQUESTS / elapsed, median(seconds) * 1e3, quantiles(seconds, n=100)[98] * 1e3
    )


def stalled(origin: Origin) -> float:
    """Return milliseconds of one request beside connections that never end their headers."""
    held = []
    for _ in range(STALLED):
        connection = socket.create_connection(("127.0.0.1", origin.port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        held.append(connection)
    time.sleep(0.3)
    started = time.perf_counter()
    answered = _get(origin.port, "/healthz", {})
    taken = (time.perf_counter() - started) * 1e3
    for connection in held:
        connection.close()
    if answered != 200:
        sys.exit("the origin did not answer beside stalled connections")
    return taken


def _get(port: int, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}", **headers})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _family(server: Process) -> Iterator[int]:
    yield server.process.pid
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    yield from map(int, children.read_text().split())


def cpu_seconds(server: Process) -> float:
    """Return the CPU time that master and workers have used."""
    total = 0
    for pid in _family(server):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(server: Process) -> float:
    """Return the proportional set size of master and workers, in MB."""
    total = 0
    for pid in _family(server):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += next(int(line.split()[1]) for line in text.splitlines() if line[:4] == "Pss:")
    return total / 1024


if __name__ == "__main__":
    sys.exit(main())
