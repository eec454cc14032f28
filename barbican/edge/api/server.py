"""
Listens for the management API on a loopback port of its own, as Cloudflare's is on another host.

The Host header has to name loopback, so that no page on another site reaches it through a name of
its own (DNS rebinding); and no header of CORS is ever sent. Connections are the
edge's own, with its limits and its silence: what is no HTTP may hold the API token, and neither
answer nor terminal quotes it.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus

from aiohttp import web

from barbican.edge.answers.replies import Answer
from barbican.edge.api.envelope import ApiRequest, failure
from barbican.edge.api.errors import ApiError, invalid, refused, too_large, wrong_host
from barbican.edge.api.router import Api, Headers
from barbican.edge.organisation.destinations import normal_host
from barbican.edge.wire.connections import Connections
from barbican.edge.wire.limits import MOST_MANAGERS

LARGEST_BODY = 256 * 1024  # bytes: a chain of certificates has room
PATIENCE = 30.0  # seconds for a body to arrive
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

Page = Callable[[str, str], Answer]  # gets method and Host


async def serve_api(
    api: Api,
    listener: socket.socket,
    stop: asyncio.Event,
    pages: Mapping[str, Page] | None = None,
) -> None:
    """Answer management requests until `stop` is set. `pages` are for people, by path."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            _check_host(request)
            path = request.raw_path.partition("?")[0]
            if page := (pages or {}).get(path):
                return _shown(page(request.method, request.headers["Host"]))
            asked = await _asked(request, path)
        except ApiError as error:
            return _response(error.status, error.headers, failure(error))
        # A thread, for a new signing key takes a while and writers wait for one another.
        return _response(*await asyncio.to_thread(api.answer, asked))

    server = Connections(handle, _refuse, most=MOST_MANAGERS)
    runner = web.ServerRunner(server, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        await stop.wait()
    finally:
        await runner.cleanup()


def _refuse(status: HTTPStatus, reason: str) -> web.Response:
    """Return the answer to bytes that never became a request."""
    error = refused(status, reason)
    return _response(error.status, error.headers, failure(error))


def _check_host(request: web.BaseRequest) -> None:
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or normal_host(hosts[0]) not in LOOPBACK_NAMES:
        raise wrong_host()


async def _asked(request: web.BaseRequest, path: str) -> ApiRequest:
    return ApiRequest(
        request.method,
        path,
        request.raw_path.partition("?")[2],
        tuple(request.headers.getall("Authorization", [])),
        await _body(request),
    )


async def _body(request: web.BaseRequest) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise too_large(LARGEST_BODY)
    except TimeoutError:
        raise invalid("the body did not arrive in time") from None
    except (ValueError, web.RequestPayloadError):
        raise invalid("the body cannot be read") from None
    return bytes(body)


def _shown(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


def _response(status: HTTPStatus, headers: Headers, envelope: dict[str, object]) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(envelope).encode(),
        headers=[
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            *headers,
        ],
    )
