"""
Listens for the management API on a loopback port of its own, as Cloudflare's is on another host.
"""

from __future__ import annotations

import asyncio
import json
import socket
from http import HTTPStatus

from aiohttp import web

from barbican.edge.api import Api, ApiRequest

LARGEST_BODY = 64 * 1024  # bytes


async def serve_api(api: Api, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer management requests until `stop` is set."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await request.content.read(LARGEST_BODY + 1)
        except ValueError:
            body = b""
        if len(body) > LARGEST_BODY:
            return _response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_large())
        asked = ApiRequest(
            request.method,
            request.raw_path.partition("?")[0],
            request.raw_path.partition("?")[2],
            request.headers.get("Authorization", ""),
            body,
        )
        return _response(*api.answer(asked))

    runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        await stop.wait()
    finally:
        await runner.cleanup()


def _response(status: HTTPStatus, envelope: dict[str, object]) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(envelope).encode(),
        headers={"Content-Type": "application/json", "Cache-Control": "no-store"},
    )


def _too_large() -> dict[str, object]:
    problem = {"code": 10018, "message": f"The body is larger than {LARGEST_BODY} bytes."}
    return {"success": False, "errors": [problem], "messages": [], "result": None}
