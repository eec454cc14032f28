"""
Connections to the origin: made, kept for a moment, and never trusted twice by chance.

Source: RFC 9110 section 9.2.2 and RFC 9112 section 9.3.1: a request is sent again by itself only
if it is safe, has no body, and went into a kept connection that the origin had closed meanwhile.
Every other request gets a new connection, so a stale one never costs it anything.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from aiohttp import ClientError, StreamReader
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage, StreamWriter
from aiohttp.http_exceptions import HttpProcessingError

from barbican.edge.wire.limits import (
    BUFFER,
    CONNECT_TIME,
    LONGEST_ANSWER_LINE,
    MOST_ANSWER_HEADERS,
    ORIGIN_IDLE,
    ORIGIN_STALL,
)

Answer: TypeAlias = tuple[RawResponseMessage, StreamReader]

# What an origin does when it breaks off, or sends what is no HTTP.
BROKEN = (ClientError, HttpProcessingError, ConnectionError)


class UnreachableError(Exception):
    """Nobody listens where the origin should be."""


class _Handler(ResponseHandler):
    """aiohttp's own, but that nonsense in a body's middle is told to whom reads the body."""

    def set_exception(self, exc: BaseException, *causes: BaseException) -> None:
        payload = self._payload
        super().set_exception(exc, *causes)
        if payload is not None and not payload.is_eof():
            payload.set_exception(exc)


class OriginConnection:
    """One connection to the origin, with at most one request on it at a time."""

    def __init__(self, handler: ResponseHandler) -> None:
        self.handler = handler
        self._writer = StreamWriter(handler, asyncio.get_running_loop())
        self.is_reused = False
        self.expiry: asyncio.TimerHandle | None = None

    def send(self, head: bytes, *, is_head: bool, silence: float) -> None:
        """Write a request's head, and be ready for its answer."""
        self.handler.set_response_params(
            skip_payload=is_head,
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=silence,
            read_bufsize=BUFFER,
            max_line_size=LONGEST_ANSWER_LINE,
            max_field_size=LONGEST_ANSWER_LINE,
            max_headers=MOST_ANSWER_HEADERS,
        )
        self._write(head)

    async def write(self, data: bytes) -> None:
        """Send more of the request. Raises `TimeoutError` when the origin takes nothing."""
        self._write(data)
        if self.handler.writing_paused:
            async with asyncio.timeout(ORIGIN_STALL):
                await self._writer.drain()

    def expect_answer(self) -> None:
        """From here on the origin's silence counts."""
        self.handler.start_timeout()

    async def read(self) -> Answer:
        """Return the next answer's head, interim ones too. Raises `TimeoutError` or `BROKEN`."""
        return await self.handler.read()

    @property
    def is_usable(self) -> bool:
        return self.handler.is_connected() and not self.handler.should_close

    def abort(self) -> None:
        self.handler.abort()

    def _write(self, data: bytes) -> None:
        transport = self.handler.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("The origin closed the connection.")
        transport.write(data)


def origin_address(value: str) -> str:
    """Return scheme, host and port alone. Raises `ValueError` where that is not what it is."""
    parts = urlsplit(value)
    # A password would stand in answers and in the terminal, and is sent to no origin.
    is_web = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if not is_web or parts.path.strip("/") or parts.port == 0:  # the port of `:x` raises by itself
        raise ValueError("This is no origin.")
    return f"{parts.scheme}://{parts.netloc}"


class Origin:
    """Where the origin is, and the connections to it that are idle."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self.address = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._ssl = ssl.create_default_context() if parts.scheme == "https" else None
        self._idle: list[OriginConnection] = []

    async def connection(self, *, may_reuse: bool) -> OriginConnection:
        """Return a connection, a kept one if that is allowed. Raises `UnreachableError`."""
        while may_reuse and self._idle:
            kept = self._idle.pop()
            if kept.expiry:
                kept.expiry.cancel()
            if kept.is_usable:
                kept.is_reused = True
                return kept
            kept.abort()
        return OriginConnection(await self._connect())

    def keep(self, connection: OriginConnection) -> None:
        """Take back a connection whose answer has been read to its end."""
        if not connection.is_usable:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        connection.expiry = loop.call_later(ORIGIN_IDLE, self._expire, connection)
        self._idle.append(connection)

    def close(self) -> None:
        for kept in self._idle:
            if kept.expiry:
                kept.expiry.cancel()
            kept.abort()
        self._idle.clear()

    async def _connect(self) -> ResponseHandler:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIME):
                _transport, handler = await loop.create_connection(
                    lambda: _Handler(loop), self._host, self._port, ssl=self._ssl
                )
        except OSError as error:  # a timeout is one too
            raise UnreachableError from error
        return handler

    def _expire(self, connection: OriginConnection) -> None:
        self._idle.remove(connection)
        connection.abort()


def text(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Return an answer's headers as text that goes back to the same bytes."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
