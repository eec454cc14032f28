"""
Runs the edge in a thread of this process, on a free port, and stops it without leaving anything.

For tests: the keys endpoint can be made to fail, and what is under way is counted.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Literal, TypeAlias

from aiohttp import web

from barbican.edge.server import Edge, Options, serve
from barbican.edge.state.store import StateFolder
from barbican.edge.wire.listening import listen, origin_of
from barbican.protocol import CERTS_PATH

PATIENCE = 10  # seconds to start or to stop
SETTLING = 0.5  # seconds in which answered requests reach the journal
NO_KEYS = "<!doctype html><title>No keys here</title>"

# A status code; an answer that never comes; a page where keys should be.
KeyFault: TypeAlias = int | Literal["hang", "garbage"]


class WatchedEdge(Edge):
    """The edge as it is, with a keys endpoint that fails when told to."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.key_fault: KeyFault | None = None
        self._under_way = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._lets_go = asyncio.Event()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._under_way += 1
        self._is_idle.clear()
        try:
            if self.key_fault is not None and request.raw_path.partition("?")[0] == CERTS_PATH:
                return await self._fail(self.key_fault)
            return await super().handle(request)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._is_idle.set()

    async def settle(self) -> None:
        """Wait until what was answered is in the journal, but for no request that hangs."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_idle.wait(), SETTLING)

    async def break_keys(self, fault: KeyFault | None) -> None:
        self.key_fault = fault
        self.let_go()

    def let_go(self) -> None:
        """End the requests that hang."""
        self._lets_go.set()
        self._lets_go = asyncio.Event()

    async def _fail(self, fault: KeyFault) -> web.Response:
        if fault == "garbage":
            return web.Response(text=NO_KEYS, content_type="text/html")
        if fault != "hang":
            return web.Response(status=fault, text="The signing keys are out of order.")
        await self._lets_go.wait()
        response = web.Response(status=503)
        response.force_close()
        return response


class EdgeThread:
    """An edge that answers from now on, until `stop`."""

    def __init__(
        self,
        folder: StateFolder,
        options: Options,
        *,
        clock: Callable[[], float],
        write_line: Callable[[str], None],
    ) -> None:
        self._listener = listen("127.0.0.1", 0)
        self.url = origin_of(self._listener)
        self._make: Callable[[], WatchedEdge] = lambda: WatchedEdge(
            folder, options, team_domain=self.url, write_line=write_line, clock=clock
        )
        self._started: Future[tuple[WatchedEdge, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="local-edge", daemon=True)
        self._thread.start()
        self.edge, self._stop = self._started.result(PATIENCE)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def run(self, coroutine: Any) -> None:
        """Run a coroutine where the edge runs, and wait for it."""
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def stop(self) -> None:
        """Finish what is under way and end the thread. Raises `RuntimeError` when it does not."""
        self._loop.call_soon_threadsafe(self._stop_now)
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise RuntimeError(f"The local edge at {self.url} did not stop in {PATIENCE} s.")

    def _stop_now(self) -> None:
        self._stop.set()
        self.edge.let_go()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._listener.close()
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        edge, stop = self._make(), asyncio.Event()
        self._started.set_result((edge, stop))
        await serve(edge, self._listener, stop)
