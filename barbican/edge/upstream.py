"""
Carries an admitted request to the origin and the answer back, streaming both ways.

Path and query go byte for byte, bodies as they are (never decompressed), redirects to the caller.
`Accept-Encoding` stays the caller's, where Cloudflare writes its own: the edge does not recompress.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from barbican.edge.forwarding import for_upgrade, to_caller

CONNECT_TIMEOUT = 5  # seconds
SILENCE_TIMEOUT = 100  # seconds without a byte from the origin, as at Cloudflare
# Shorter than any origin keeps an idle connection: a request never goes into a closing one.
IDLE_TIMEOUT = 1.0  # seconds
CHUNK = 64 * 1024  # bytes

Pairs = list[tuple[str, str]]


class OriginError(Exception):
    """The origin gave no answer. `status` is what the caller gets."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Passage:
    """One admitted request and what goes with it."""

    request: web.BaseRequest
    target: str
    headers: Pairs  # for the origin
    ray: str
    cookies: tuple[str, ...] = ()  # `Set-Cookie` values for the caller


class Upstream:
    """The one origin behind the edge."""

    def __init__(self, origin: str, *, silence: float = SILENCE_TIMEOUT) -> None:
        self.origin = URL(origin)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT, sock_read=silence)
        self._session = aiohttp.ClientSession(
            timeout=timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_TIMEOUT),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            max_line_size=32 * 1024,
            max_field_size=32 * 1024,
        )

    async def close(self) -> None:
        await self._session.close()

    async def carry(self, passage: Passage) -> web.StreamResponse:
        """Return the origin's answer, already sent. Raises `OriginError` when there is none."""
        response = None
        try:
            if is_websocket(passage.request):
                response = await self._upgrade(passage)
            return response or await self._exchange(passage)
        except TimeoutError as error:
            raise OriginError(
                HTTPStatus.GATEWAY_TIMEOUT, "The origin did not answer in time."
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise OriginError(
                HTTPStatus.BAD_GATEWAY, f"The origin at {self.origin.origin()} cannot be reached."
            ) from error
        except aiohttp.ClientError as error:
            raise OriginError(
                HTTPStatus.BAD_GATEWAY, "The origin broke off before it answered."
            ) from error

    def _url(self, target: str) -> URL:
        # The whole target as a path that counts as encoded: `URL` then leaves every byte as it
        # is, an empty query and a lone percent sign included.
        return URL.build(
            scheme=self.origin.scheme,
            host=self.origin.host or "",
            port=self.origin.port,
            path=target,
            encoded=True,
        )

    async def _exchange(self, passage: Passage) -> web.StreamResponse:
        request = passage.request
        has_body = request.can_read_body or request.body_exists
        async with self._session.request(
            request.method,
            self._url(passage.target),
            headers=CIMultiDict(passage.headers),
            data=_body(request) if has_body else None,
            allow_redirects=False,
        ) as answer:
            return await _send(answer, passage)

    async def _upgrade(self, passage: Passage) -> web.StreamResponse | None:
        """Join caller and origin by WebSocket; None when the origin wants no such thing."""
        protocols = _protocols(passage.request)
        headers = CIMultiDict(for_upgrade(passage.headers))
        try:
            origin = await self._session.ws_connect(
                self._url(passage.target),
                headers=headers,
                protocols=protocols,
                autoping=False,
                max_msg_size=0,
            )
        except aiohttp.WSServerHandshakeError:
            return None
        async with origin:
            chosen = [origin.protocol] if origin.protocol else []
            caller = web.WebSocketResponse(protocols=chosen, autoping=False, max_msg_size=0)
            for cookie in passage.cookies:
                caller.headers.add("Set-Cookie", cookie)
            caller.headers["Cf-Ray"] = passage.ray
            await caller.prepare(passage.request)
            await _join(caller, origin)
            return caller


def is_websocket(request: web.BaseRequest) -> bool:
    tokens = request.headers.get("Connection", "").lower().split(",")
    is_upgrade = "upgrade" in (token.strip() for token in tokens)
    return is_upgrade and request.headers.get("Upgrade", "").lower() == "websocket"


async def _body(request: web.BaseRequest) -> AsyncIterator[bytes]:
    async for chunk in request.content.iter_any():
        yield chunk


async def _send(answer: aiohttp.ClientResponse, passage: Passage) -> web.StreamResponse:
    raw = [(_text(name), _text(value)) for name, value in answer.raw_headers]
    headers = CIMultiDict(to_caller(raw, ray=passage.ray))
    for cookie in passage.cookies:
        headers.add("Set-Cookie", cookie)
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
    await response.prepare(passage.request)
    try:
        async for chunk in answer.content.iter_chunked(CHUNK):
            await response.write(chunk)
        await response.write_eof()
    except (aiohttp.ClientError, TimeoutError):
        # The status is out already. A broken connection is the only honest sign left.
        if passage.request.transport is not None:
            passage.request.transport.abort()
    return response


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _protocols(request: web.BaseRequest) -> tuple[str, ...]:
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    return tuple(name.strip() for name in offered.split(",") if name.strip())


Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _join(caller: web.WebSocketResponse, origin: aiohttp.ClientWebSocketResponse) -> None:
    ways = [asyncio.create_task(_pump(caller, origin)), asyncio.create_task(_pump(origin, caller))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        code = caller.close_code or origin.close_code or aiohttp.WSCloseCode.GOING_AWAY
        await origin.close(code=code)
        await caller.close(code=code)


async def _pump(source: Socket, target: Socket) -> None:
    async for message in source:
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                await target.send_str(message.data)
            case aiohttp.WSMsgType.BINARY:
                await target.send_bytes(message.data)
            case aiohttp.WSMsgType.PING:
                await target.ping(message.data)
            case aiohttp.WSMsgType.PONG:
                await target.pong(message.data)
            case _:
                return
