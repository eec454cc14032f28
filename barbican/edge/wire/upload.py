"""
The body of one request on its way from the caller to the origin.

Source: RFC 9110 section 10.1.1: the body of a caller that expects `100 Continue` stays where it
is until the origin asks for it, and an origin that refuses never gets it. RFC 9112 section 7.1.2:
trailers are dropped, as nobody here could vouch for them.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from aiohttp import web

from barbican.edge.wire.caller import Caller
from barbican.edge.wire.framing import CONTINUE, LAST_CHUNK, chunk
from barbican.edge.wire.limits import CALLER_SILENCE, CONTINUE_TIME
from barbican.edge.wire.origin import OriginConnection


class BrokenExchangeError(Exception):
    """No answer of the origin's can be had. `status` is what the caller gets."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Upload:
    """Carries a request's body, if it has one, while the answer is already awaited."""

    def __init__(self, request: web.BaseRequest, caller: Caller, origin: OriginConnection) -> None:
        self._request, self._caller, self._origin = request, caller, origin
        self._is_chunked = "Transfer-Encoding" in request.headers
        self._is_asked_for = asyncio.Event()
        self.waits = expects(request)
        self.fault: BrokenExchangeError | None = None
        self._task = asyncio.create_task(self._run()) if has_body(request) else None
        if self._task is None:
            origin.expect_answer()

    @property
    def is_done(self) -> bool:
        return self._task is None or (
            self._task.done() and not self._task.cancelled() and self._task.result()
        )

    def ask_for(self) -> None:
        """The origin said `100 Continue`."""
        self._is_asked_for.set()

    async def stop(self) -> None:
        """Leave the rest where it is."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> bool:
        """Say whether the whole body went to the origin. Never raises."""
        try:
            if self.waits:
                await self._wait()
            while data := await self._next():
                await self._origin.write(chunk(data) if self._is_chunked else data)
            if self._is_chunked:
                await self._origin.write(LAST_CHUNK)
        except TimeoutError:
            self._break(HTTPStatus.GATEWAY_TIMEOUT, "The origin does not take the upload.")
        except BrokenExchangeError as error:
            self._break(error.status, error.message)
        except ConnectionError:
            # The origin may have answered and left early: its answer is read by another task.
            return False
        else:
            self._origin.expect_answer()
            return True
        return False

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(CONTINUE_TIME):
                await self._is_asked_for.wait()
        except TimeoutError:
            pass  # an origin that knows no `Expect` says nothing and waits for the body
        self.waits = False
        await self._caller.write(CONTINUE)

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(CALLER_SILENCE):
                return await self._request.content.readany()
        except TimeoutError as error:
            raise BrokenExchangeError(
                HTTPStatus.REQUEST_TIMEOUT, "The caller stopped in the middle of its upload."
            ) from error
        except ConnectionError as error:
            raise BrokenExchangeError(
                HTTPStatus.BAD_REQUEST, "The caller left in the middle of its upload."
            ) from error
        except web.RequestPayloadError as error:
            raise BrokenExchangeError(
                HTTPStatus.BAD_REQUEST, "The request's body is no proper HTTP."
            ) from error

    def _break(self, status: HTTPStatus, message: str) -> None:
        # Without the body's proper end the origin cannot take the part for the whole.
        self.fault = BrokenExchangeError(status, message)
        self._origin.abort()


def has_body(request: web.BaseRequest) -> bool:
    return request.body_exists


def expects(request: web.BaseRequest) -> bool:
    """Say whether the caller holds its body back until it is asked for it."""
    return (
        has_body(request)
        and request.version >= (1, 1)
        and request.headers.get("Expect", "").lower() == "100-continue"
    )
