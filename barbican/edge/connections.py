"""
The edge's connections: aiohttp's, with limits of our own and answers that quote nobody.

What aiohttp says and logs about bytes that are no HTTP quotes them, and a Client Secret may be
among them. Here they get one fixed sentence, and the terminal gets one fixed line.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

LONGEST_LINE = 16 * 1024  # bytes of a request line or a header
LINGER = 2.0  # seconds in which a denied caller may finish its upload

# Outside the tree of loggers, so that no logging configuration ever gives it a voice.
_SILENT = logging.Logger("barbican.edge.http", level=logging.CRITICAL + 1)  # noqa: LOG001

_LIMITS: dict[str, Any] = {
    "auto_decompress": False,  # a body goes to the origin as it came
    "access_log": None,
    "logger": _SILENT,
    "lingering_time": LINGER,
    "max_line_size": LONGEST_LINE,
    "max_field_size": LONGEST_LINE,
}

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
# Gets status and reason, writes the line, and returns the answer.
Refusal = Callable[[HTTPStatus, str], web.Response]


class Connections(web.Server):
    """Makes one `Connection` for each caller."""

    def __init__(self, handler: Handler, refuse: Refusal) -> None:
        super().__init__(handler, **_LIMITS)
        self._refuse = refuse

    def __call__(self) -> Connection:
        return Connection(self, self._refuse)


class Connection(web.RequestHandler):
    """One caller's connection. It closes after anything that is no proper request."""

    def __init__(self, manager: Connections, refuse: Refusal) -> None:
        super().__init__(manager, loop=asyncio.get_running_loop(), **_LIMITS)
        self._refuse = refuse

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - quotes the caller
    ) -> web.StreamResponse:
        """Return the answer to what could not be parsed, or to a fault of the edge itself."""
        if request.writer.output_size > 0:
            raise ConnectionError("The answer has begun, so there is no other one to give.")
        reason = "This is no proper HTTP request, or a part of it is too long."
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            reason = f"The local edge failed ({type(exc).__name__})."
        response = self._refuse(HTTPStatus(status), reason)
        response.force_close()
        return response
