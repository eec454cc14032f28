"""
Joins caller and origin after `101 Switching Protocols`: bytes both ways, none of them looked at.

Source: RFC 6455. What caller and origin agreed on (subprotocol, extensions, masking, pings, close
codes) is between them, so nothing of it can be lost here. Memory is bounded by holding back the
faster side, and a pair that says nothing for too long is parted.
"""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import StreamWriter

from barbican.edge.wire.limits import BUFFER


class Way:
    """One direction. It looks to aiohttp like the parser of an upgraded connection."""

    def __init__(self, source: BaseProtocol, target: BaseProtocol) -> None:
        self._source, self._target = source, target
        self._writer = StreamWriter(target, asyncio.get_running_loop())
        self._held: list[bytes] = []
        self._size = 0
        self._is_paused = self._has_ended = False
        self._news = asyncio.Event()
        self.passed = 0  # bytes

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._held.append(data)
        self._size += len(data)
        if self._size > BUFFER and not self._is_paused and self._source.transport:
            self._source.transport.pause_reading()
            self._is_paused = True
        self._news.set()
        return False, b""

    def feed_eof(self) -> None:
        self._has_ended = True
        self._news.set()

    async def carry(self) -> None:
        """Return when the source has ended and all it sent has been passed on."""
        while self._held or not self._has_ended:
            await self._news.wait()
            self._news.clear()
            await self._pass_on()

    async def _pass_on(self) -> None:
        data = b"".join(self._held)
        self._held.clear()
        self._size = 0
        if data and self._target.transport:
            self._target.transport.write(data)
            await self._writer.drain()
            self.passed += len(data)
        if self._is_paused and self._source.transport:
            self._source.transport.resume_reading()
            self._is_paused = False


async def join(there: Way, back: Way, silence: float) -> None:
    """Return when either side has ended, or when nothing has passed for `silence` seconds."""
    tasks = [asyncio.create_task(way.carry()) for way in (there, back)]
    try:
        before = -1
        while before != there.passed + back.passed:
            before = there.passed + back.passed
            if (await asyncio.wait(tasks, timeout=silence, return_when=FIRST_COMPLETED))[0]:
                return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
