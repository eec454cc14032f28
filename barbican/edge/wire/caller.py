"""
The caller's side of an exchange: bytes that go out to it, and what becomes of its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from barbican.edge.wire.limits import CALLER_SILENCE


class Sent(web.StreamResponse):
    """An answer whose bytes are out already, so that aiohttp adds none of its own."""

    def __init__(self, status: int, *, keep_alive: bool) -> None:
        super().__init__(status=status)
        self._keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:  # noqa: ARG002
        return None

    async def write_eof(self, data: bytes = b"") -> None:  # noqa: ARG002
        return None


class Caller:
    """Who sent a request, as somebody to write to."""

    def __init__(self, request: web.BaseRequest) -> None:
        self.protocol = request.protocol
        self._writer = request.writer
        self.version = (1, 1) if request.version >= (1, 1) else (1, 0)

    @property
    def is_gone(self) -> bool:
        transport = self.protocol.transport
        return transport is None or transport.is_closing()

    async def write(self, data: bytes) -> None:
        """Send bytes. Raises `ConnectionError` or `TimeoutError` when nobody takes them."""
        transport = self.protocol.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("The caller has left.")
        transport.write(data)
        if self.protocol.writing_paused:
            async with asyncio.timeout(CALLER_SILENCE):
                await self._writer.drain()

    def abort(self) -> None:
        """Break the connection: the only sign left once a status is out."""
        if self.protocol.transport is not None:
            self.protocol.transport.abort()

    def on_loss(self, callback: Callable[[], None] | None) -> None:
        """Have this called if the caller leaves before it has its answer."""
        self.protocol.on_loss = callback  # type: ignore[attr-defined]
