"""
Callers made of sockets and bytes: what they cost themselves stays small beside what they measure.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from dataclasses import dataclass
from statistics import median

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class WrongStatusError(Exception):
    """An answer had another status than expected: a fast wrong one is no measurement."""


@dataclass(frozen=True)
class Request:
    """What is asked, over and over, and what the answer's status should be."""

    port: int
    raw: bytes
    status: int = 200


def request(port: int, target: str, headers: dict[str, str], status: int = 200) -> Request:
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return Request(port, "\r\n".join([*lines, "", ""]).encode(), status)


def length(head: bytes) -> int:
    """Return how long the body is, by the answer's head."""
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


def p50(asked: Request, clients: int, each: int) -> float:
    """Return the median seconds of an answer for so many clients, each on one connection."""
    seconds: list[float] = []
    wrong: list[int] = []
    threads = [
        threading.Thread(target=_client, args=(asked, each, seconds, wrong)) for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong or len(seconds) != clients * each:
        raise WrongStatusError(f"{asked.status} was expected, and {wrong[:1] or 'nothing'} came")
    return median(seconds)


def _client(asked: Request, each: int, seconds: list[float], wrong: list[int]) -> None:
    with socket.create_connection(("127.0.0.1", asked.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(each):
            started = time.perf_counter()
            connection.sendall(asked.raw)
            status = _answer(connection)
            seconds.append(time.perf_counter() - started)
            if status != asked.status:
                wrong.append(status)
                return


def _answer(connection: socket.socket) -> int:
    found = b""
    while (end := found.find(b"\r\n\r\n")) < 0:
        found += _more(connection)
    whole = end + 4 + length(found[: end + 4])
    while len(found) < whole:
        found += _more(connection)
    return int(found[9:12])


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(262_144)
    if not data:
        raise WrongStatusError("the connection ended before the answer did")
    return data
