"""
Carries an admitted request to the origin and the answer back, streaming both ways.

Path, query, headers and bodies go byte for byte (never decompressed), redirects and interim
answers to the caller, WebSockets as bytes. `Accept-Encoding` stays the caller's, where Cloudflare
writes its own: the edge does not recompress.

Source: RFC 9110 sections 9.2.2, 10.1.1 and 15.2; RFC 9112 sections 6 and 9.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import StreamReader, web
from aiohttp.http import RawResponseMessage

from barbican.edge.wire import tunnel
from barbican.edge.wire.caller import Caller, Sent
from barbican.edge.wire.forwarding import for_upgrade, to_caller
from barbican.edge.wire.framing import (
    LAST_CHUNK,
    Framing,
    answer_head,
    chunk,
    framing,
    request_head,
)
from barbican.edge.wire.limits import ORIGIN_SILENCE
from barbican.edge.wire.origin import BROKEN, Origin, OriginConnection, UnreachableError, text
from barbican.edge.wire.upload import BrokenExchangeError, Upload, expects, has_body

Pairs = list[tuple[str, str]]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110, 9.2.1; TRACE is never forwarded

OriginError = BrokenExchangeError


@dataclass(frozen=True, slots=True)
class Passage:
    """One admitted request and what goes with it."""

    request: web.BaseRequest
    target: str
    headers: Pairs  # for the origin
    ray: str
    cookies: tuple[str, ...] = ()  # `Set-Cookie` values for the caller

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it a second time can change nothing."""
        request = self.request
        return request.method in _SAFE and not has_body(request) and not is_websocket(request)

    def head(self) -> bytes:
        """Return the request's head as the origin gets it."""
        headers = self.headers
        if is_websocket(self.request):
            headers = for_upgrade(headers)
        if "Transfer-Encoding" in self.request.headers:
            headers = [*headers, ("Transfer-Encoding", "chunked")]
        if expects(self.request):
            headers = [*headers, ("Expect", "100-continue")]
        return request_head(self.request.method, self.target, headers)

    def answered(self, message: RawResponseMessage) -> Pairs:
        """Return the origin's headers as the caller gets them."""
        headers = to_caller(text(message.raw_headers), ray=self.ray)
        return [*headers, *(("Set-Cookie", cookie) for cookie in self.cookies)]


class Upstream:
    """The one origin behind the edge."""

    def __init__(self, origin: str, *, silence: float = ORIGIN_SILENCE) -> None:
        self._origin = Origin(origin)
        self._silence = silence

    async def close(self) -> None:
        self._origin.close()

    async def carry(self, passage: Passage) -> web.StreamResponse:
        """Return the origin's answer, already sent. Raises `OriginError` when there is none."""
        try:
            try:
                return await self._carry(passage, may_reuse=passage.is_repeatable)
            except _StaleError:
                return await self._carry(passage, may_reuse=False)
        except TimeoutError as error:
            raise OriginError(
                HTTPStatus.GATEWAY_TIMEOUT, "The origin did not answer in time."
            ) from error
        except UnreachableError as error:
            where = self._origin.address
            raise OriginError(
                HTTPStatus.BAD_GATEWAY, f"The origin at {where} cannot be reached."
            ) from error
        except BROKEN as error:
            raise OriginError(
                HTTPStatus.BAD_GATEWAY, "The origin broke off before it answered."
            ) from error

    async def _carry(self, passage: Passage, *, may_reuse: bool) -> web.StreamResponse:
        connection = await self._origin.connection(may_reuse=may_reuse)
        exchange = Exchange(passage, connection, self._silence)
        exchange.caller.on_loss(connection.abort)
        is_whole = False
        try:
            response, is_whole = await exchange.run()
            return response
        finally:
            exchange.caller.on_loss(None)
            if is_whole:
                self._origin.keep(connection)
            else:
                connection.abort()


class _StaleError(Exception):
    """A kept connection turned out to be closed, and the request can be sent again."""


class Exchange:
    """One request and its answer on one connection to the origin."""

    def __init__(self, passage: Passage, origin: OriginConnection, silence: float) -> None:
        self.passage, self.origin, self._silence = passage, origin, silence
        self.caller = Caller(passage.request)

    async def run(self) -> tuple[web.StreamResponse, bool]:
        """Return the answer, already sent, and whether the connection is good for another."""
        message, body, upload = await self._ask()
        try:
            if message.code == HTTPStatus.SWITCHING_PROTOCOLS:
                return await self._switch(message), False
            return await self._relay(message, body, upload)
        finally:
            await upload.stop()

    async def _ask(self) -> tuple[RawResponseMessage, StreamReader, Upload]:
        """Send the request and return the head of its final answer."""
        request = self.passage.request
        is_head = request.method == "HEAD"
        upload = None
        try:
            self.origin.send(self.passage.head(), is_head=is_head, silence=self._silence)
            upload = Upload(request, self.caller, self.origin)
            return *await self._final(upload), upload
        except (*BROKEN, TimeoutError) as error:
            if upload is not None:
                await upload.stop()
                if upload.fault is not None:
                    raise upload.fault from error
            is_stale = self.origin.is_reused and not isinstance(error, TimeoutError)
            if is_stale and not self.caller.is_gone:
                raise _StaleError from error
            raise

    async def _final(self, upload: Upload) -> tuple[RawResponseMessage, StreamReader]:
        while True:
            message, body = await self.origin.read()
            _look_at(message, self.passage.request)
            if message.code >= HTTPStatus.OK or message.code == HTTPStatus.SWITCHING_PROTOCOLS:
                return message, body
            await self._interim(message, upload)

    async def _interim(self, message: RawResponseMessage, upload: Upload) -> None:
        """Pass on 100 to who waits for it, and every other 1xx to who can read it."""
        if message.code == HTTPStatus.CONTINUE:
            upload.ask_for()
        elif self.caller.version >= (1, 1):
            headers = to_caller(text(message.raw_headers), ray=self.passage.ray)
            await self.caller.write(answer_head(message.code, _reason(message), headers))
        if upload.is_done:
            self.origin.expect_answer()

    async def _relay(
        self, message: RawResponseMessage, body: StreamReader, upload: Upload
    ) -> tuple[web.StreamResponse, bool]:
        request, caller = self.passage.request, self.caller
        headers = self.passage.answered(message)
        how = framing(request.method, message.code, headers, caller.version)
        keeps = request.keep_alive and how is not Framing.CLOSE
        # A body that was not asked for may come yet; after `Upgrade` the parser may stand anywhere.
        keeps = keeps and not upload.waits and "Upgrade" not in request.headers
        head = answer_head(
            message.code, _reason(message), _framed(headers, message.code, how, keeps, caller)
        )
        try:
            async for data in _pieces(head, body, how):
                await caller.write(data)
        except (*BROKEN, TimeoutError):
            # The status is out already. A broken connection is the only honest sign left.
            caller.abort()
            return Sent(message.code, keep_alive=False), False
        # An origin that sends a body where none belongs would answer the next caller with it.
        is_good = upload.is_done and how is not Framing.NO_BODY
        return Sent(message.code, keep_alive=keeps and upload.is_done), is_good

    async def _switch(self, message: RawResponseMessage) -> web.StreamResponse:
        """Join caller and origin by WebSocket until one of them ends it."""
        head = answer_head(
            message.code, _reason(message), for_upgrade(self.passage.answered(message))
        )
        caller, origin = self.caller.protocol, self.origin.handler
        with suppress(ConnectionError, TimeoutError):
            await self.caller.write(head)
            there, back = tunnel.Way(caller, origin), tunnel.Way(origin, caller)
            caller.set_parser(there)  # type: ignore[arg-type]
            origin.set_parser(back, None)
            await tunnel.join(there, back, self._silence)
        origin.close()  # what is still to be written goes out first
        return Sent(message.code, keep_alive=False)


def is_websocket(request: web.BaseRequest) -> bool:
    tokens = request.headers.get("Connection", "").lower().split(",")
    is_upgrade = "upgrade" in (token.strip() for token in tokens)
    is_asked = is_upgrade and request.headers.get("Upgrade", "").lower() == "websocket"
    return is_asked and request.method == "GET" and not has_body(request)


def _look_at(message: RawResponseMessage, request: web.BaseRequest) -> None:
    """Raise `ConnectionError` on an answer that cannot be passed on as it is meant."""
    if message.code == HTTPStatus.SWITCHING_PROTOCOLS and not is_websocket(request):
        raise ConnectionAbortedError("The origin switches protocols, and nobody asked it to.")
    codings = message.headers.getall("Transfer-Encoding", [])
    if codings and [coding.strip().lower() for coding in codings] != ["chunked"]:
        raise ConnectionAbortedError("The origin uses a transfer coding that was not offered.")


def _framed(headers: Pairs, status: int, how: Framing, keeps_alive: bool, caller: Caller) -> Pairs:
    """Return the headers with what frames the body on this connection."""
    if status == HTTPStatus.NO_CONTENT:
        headers = [pair for pair in headers if pair[0].lower() != "content-length"]
    if how is Framing.CHUNKED:
        headers = [*headers, ("Transfer-Encoding", "chunked")]
    if not keeps_alive:
        return [*headers, ("Connection", "close")]
    return headers if caller.version >= (1, 1) else [*headers, ("Connection", "keep-alive")]


async def _pieces(head: bytes, body: StreamReader, how: Framing) -> AsyncIterator[bytes]:
    """Yield the answer as it comes: the head at once, and with it what is there already."""
    frame = chunk if how is Framing.CHUNKED else bytes
    piece, data = head, body.read_nowait() if body.exception() is None else b""
    while True:
        piece += frame(data) if data else b""
        if has_ended := body.at_eof():
            piece += LAST_CHUNK if how is Framing.CHUNKED else b""
        if piece:
            yield piece
        if has_ended:
            return
        piece, data = b"", await body.readany()


def _reason(message: RawResponseMessage) -> str:
    reason = message.reason
    return reason if reason.isascii() and reason.isprintable() else ""
