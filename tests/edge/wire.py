"""Requests as bytes, so that nothing between a test and the edge tidies them up."""

from __future__ import annotations

import http.client
import socket
from contextlib import suppress
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


class Talk:
    """A connection to the edge on which a test says and hears what it wants, when it wants."""

    def __init__(self, port: int, raw: bytes = b"", *, timeout: float = 10) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.heard = b""
        if raw:
            self.say(raw)

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def until(self, end: bytes) -> bytes:
        """Return what comes, up to and with these bytes."""
        while end not in self.heard:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError(f"the connection ended after {self.heard!r}")
            self.heard += data
        found, _end, self.heard = self.heard.partition(end)
        return found + end

    def reply(self, method: str = "GET") -> Reply:
        """Return the next answer, after which nothing else may have come yet."""
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        return Reply(response.status, response.getheaders(), response.read())

    def rest(self) -> bytes:
        """Return everything up to the end of the connection, also when it is broken."""
        with suppress(ConnectionError):
            while data := self.socket.recv(65536):
                self.heard += data
        found, self.heard = self.heard, b""
        return found
