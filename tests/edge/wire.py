"""Requests as bytes, so that nothing between a test and the edge tidies them up."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        (value,) = self.values(name)
        return value

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


def send(port: int, raw: bytes, *, method: str = "GET") -> Reply:
    """Return the answer to these bytes. An answer that breaks off raises `IncompleteRead`."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Reply(response.status, response.getheaders(), response.read())


def get(port, target="/", headers=(), *, host="localhost:8080", method="GET", body=b"") -> Reply:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    raw = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
    return send(port, raw + body, method=method)
