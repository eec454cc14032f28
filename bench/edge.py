"""
What the local edge costs, as ratios to the shipped origin alone in one run.

    python -m bench.edge [--json] [--wide]

Origin and edge take turns in every round, for 1 and for 8 clients; the ratio is that of their best
rounds, as whatever else runs on the machine can only add. Then memory: idle, and with 1,000 idle
connections. Exit 1 past a limit of budget.toml, twice.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from barbican.edge.organisation import sample
from barbican.edge.state import store
from barbican.edge.tokens.issuer import Issuer
from bench.__main__ import BUDGET, Row, table
from bench.callers import Request, WrongStatusError, p50, request
from bench.serve import cpu_seconds
from tests.e2e.stack import Origin, free_pair
from tests.edge.conftest import PAIR, EdgeProcess

ROUNDS = 12
REQUESTS = 64  # of all clients together, in one round
IDLE = 1_000  # connections
PAGE = "/service-token/"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.edge", description=__doc__.split("\n")[1]
    )
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    parser.add_argument("--wide", action="store_true", help="allow limits 1.3 times as wide")
    options = parser.parse_args()
    width = 1.3 if options.wide else 1.0
    with running() as (origin, edge, direct, through):
        try:
            found = [*_memory(edge, width), *_times(origin, edge, direct, through, width)]
            if not all(row.is_within for row in found[-3:]):  # noise is not a regression
                found[-3:] = _times(origin, edge, direct, through, width)
        except WrongStatusError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    print(json.dumps([vars(row) for row in found]) if options.json else table(found))
    return 0 if all(row.is_within for row in found) else 1


@contextmanager
def running() -> Iterator[tuple[Origin, EdgeProcess, Request, Request]]:
    """Yield origin and edge, and the same page asked for at either of them."""
    with tempfile.TemporaryDirectory(prefix="barbican-edge-") as folder:
        state = store.open_or_create(Path(folder) / "state")
        port = free_pair()
        issuer = Issuer(f"http://127.0.0.1:{port}", state.state().keys)
        organisation = state.state().organisation
        settings = store.origin_environment(organisation, issuer)
        origin = Origin(Path(folder), workers=2, LOG_LEVEL="error", **settings)
        edge = EdgeProcess(Path(folder), f"http://127.0.0.1:{origin.port}", port)
        token = organisation.service_token(sample.DEMO_TOKEN)
        aud = organisation.applications[0].aud
        signed = issuer.service_token(token.client_id, aud, 3_000, time.time())
        host = {"Host": "localhost", "Accept": "text/html"}
        pair = dict(zip(PAIR, (token.client_id, token.client_secret), strict=True))
        try:
            yield (
                origin,
                edge,
                request(origin.port, PAGE, {**host, "Cf-Access-Jwt-Assertion": signed}),
                request(port, PAGE, {**host, **pair}),
            )
        finally:
            edge.stop()
            origin.stop()


def _times(
    origin: Origin, edge: EdgeProcess, direct: Request, through: Request, width: float
) -> list[Row]:
    for asked in (direct, through):
        p50(asked, 8, 20)  # warm
    spent = (cpu_seconds(origin), cpu_seconds(edge))
    rows = []
    for clients in (1, 8):
        each = REQUESTS // clients
        turns = [(p50(direct, clients, each), p50(through, clients, each)) for _ in range(ROUNDS)]
        alone, with_edge = (min(column) for column in zip(*turns, strict=True))
        who = "1 client" if clients == 1 else f"{clients} clients"
        rows.append(_row(f"page through the edge, {who}", with_edge / alone, width))
    # The origin answered twice as many pages as the edge carried.
    its_own = (cpu_seconds(edge) - spent[1]) / ((cpu_seconds(origin) - spent[0]) / 2)
    return [*rows, _row("CPU of the edge for a page", its_own, width)]


def _memory(edge: EdgeProcess, width: float) -> list[Row]:
    edge.get("/cdn-cgi/access/certs")
    alone = edge.memory()
    held = [socket.create_connection(("127.0.0.1", edge.port)) for _ in range(IDLE)]
    for _twice in range(2):  # by the second time all of them have been taken in
        started = time.perf_counter()
        if edge.get("/cdn-cgi/access/certs") != 200:
            raise WrongStatusError("the edge did not answer beside idle connections")
    prompt = (time.perf_counter() - started) * 1000
    crowded = edge.memory()
    for connection in held:
        connection.close()
    return [
        _row("MB of the edge, idle", alone / 1024, width),
        _row(f"kB more for each of {IDLE:,} idle", (crowded - alone) / IDLE, width),
        _row(f"ms of an answer beside {IDLE:,} idle", prompt, width),
    ]


def _row(name: str, value: float, width: float) -> Row:
    limit = tomllib.loads(BUDGET.read_text())["edge"].get(name)
    to = "" if name.startswith(("MB", "kB", "ms")) else "origin"
    return Row(name, to, round(value, 3), limit and limit * width)


if __name__ == "__main__":
    sys.exit(main())
