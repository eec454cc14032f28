"""
The edge's connections: aiohttp's, with limits of our own and answers that quote nobody.

What aiohttp says and logs about bytes that are no HTTP quotes them, and a Client Secret may be
among them. Here they get one fixed sentence, and the terminal gets one fixed line. A connection
that sent anything but proper requests is closed: what follows could be read in two ways.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from itertools import islice
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import _ErrInfo

from barbican.edge.certificates.client_certificates import presented
from barbican.edge.organisation.callers import ClientCertificate
from barbican.edge.wire.framing import Fault, fault_in
from barbican.edge.wire.limits import (
    CALLER_IDLE,
    HEAD_TIME,
    LARGEST_HEAD,
    LINGER,
    LONGEST_LINE,
    MOST_CALLERS,
    MOST_HEADERS,
    SPARE_HANDLES,
)

# Outside the tree of loggers, so that no logging configuration ever gives it a voice.
_SILENT = logging.Logger("barbican.edge.http", level=logging.CRITICAL + 1)  # noqa: LOG001

_LIMITS: dict[str, Any] = {
    "auto_decompress": False,  # a body goes to the origin as it came
    "access_log": None,
    "logger": _SILENT,
    "keepalive_timeout": CALLER_IDLE,
    "lingering_time": LINGER,
    "max_line_size": LONGEST_LINE,
    "max_field_size": LONGEST_LINE,
    "max_headers": MOST_HEADERS,
}
_TOO_SLOW = Fault(HTTPStatus.REQUEST_TIMEOUT, "The headers did not come in time.")
_TOO_LARGE = Fault(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long.")
_TOO_MANY = Fault(HTTPStatus.SERVICE_UNAVAILABLE, "The local edge has too many connections.")

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
# Gets status and reason, writes the line, and returns the answer.
Refusal = Callable[[HTTPStatus, str], web.Response]


class FaultError(Exception):
    """Carries a `Fault` through aiohttp to `handle_error`."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class Connections(web.Server):
    """Makes one `Connection` for each caller, `most` of them at a time."""

    def __init__(self, handler: Handler, refuse: Refusal, *, most: int = MOST_CALLERS) -> None:
        super().__init__(handler, **_LIMITS)
        self._refuse = refuse
        self.most = most
        self.greeted: set[Connection] = set()  # those whose TLS handshake is under way

    def __call__(self) -> Connection:
        return Connection(self, self._refuse)

    @property
    def is_full(self) -> bool:
        return self._count > self.most

    @property
    def has_room(self) -> bool:
        return self._count < self.most

    @property
    def _count(self) -> int:
        return len(self._connections) + len(self.greeted)


class Connection(web.RequestHandler):
    """One caller's connection. It closes after anything that is no proper request."""

    def __init__(self, manager: Connections, refuse: Refusal) -> None:
        super().__init__(manager, loop=asyncio.get_running_loop(), **_LIMITS)
        self._connections = manager
        self._refuse = refuse
        self._body: StreamReader = EMPTY_PAYLOAD  # of the last request whose head is complete
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_size = 0  # bytes of a head that is not complete
        self._has_failed = False
        self.on_loss: Callable[[], None] | None = None
        self.scheme = "http"
        self.port = 0
        self.certificate: ClientCertificate | None = None
        self._is_fresh = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: with TLS, its handshake is done and the caller's certificate is there."""
        super().connection_made(transport)
        self._connections.greeted.discard(self)
        self.scheme = "https" if transport.get_extra_info("ssl_object") else "http"
        self.port = (transport.get_extra_info("sockname") or ("", 0))[1]
        self.certificate = presented(transport)
        if self._connections.is_full:
            self._fail(_TOO_MANY)

    def is_first_request(self) -> bool:
        """Say it once."""
        is_first, self._is_fresh = self._is_fresh, False
        return is_first

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        if self.on_loss is not None:
            self.on_loss()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._has_failed:
            return
        is_between = self._body.is_eof() and not self._upgraded
        before = self._request_count
        super().data_received(data)
        if new := self._request_count - before:
            self._stop_timer()
            self._look_at(new)
        elif data and is_between and not self._upgraded:
            self._wait_for_head(len(data))

    def _look_at(self, new: int) -> None:
        """Refuse the first of the newest requests that is at fault, and forget those after it."""
        first = len(self._messages) - new
        for position, (message, body) in enumerate(islice(self._messages, first, None), first):
            if isinstance(message, _ErrInfo):
                self._has_failed = True
                self._break_body()
                return
            if fault := fault_in(message.version, message.raw_headers):
                while len(self._messages) > position:
                    self._messages.pop()
                self._fail(fault)
                return
            self._body = body

    def _break_body(self) -> None:
        """Tell who reads the body of the request under way that its rest will not come."""
        if not self._body.is_eof():
            self._body.set_exception(web.RequestPayloadError("The body is no proper HTTP."))

    def _wait_for_head(self, size: int) -> None:
        self._head_size += size
        if self._head_size > LARGEST_HEAD:
            self._stop_timer()
            self._fail(_TOO_LARGE)
        elif self._head_timer is None:
            self._head_timer = self._loop.call_later(HEAD_TIME, self._fail, _TOO_SLOW)

    def _stop_timer(self) -> None:
        self._head_size = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _fail(self, fault: Fault) -> None:
        """Answer with this fault once the requests before it are answered, and close."""
        self._has_failed = True
        self._messages.append((_ErrInfo(fault.status, FaultError(fault), ""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to what could not be parsed, or to a fault of the edge itself."""
        if request.writer.output_size > 0:
            raise ConnectionError("The answer has begun, so there is no other one to give.")
        fault = _fault(status, exc, message or "")
        response = self._refuse(fault.status, fault.reason)
        response.force_close()
        return response


def _fault(status: int, exc: BaseException | None, message: str) -> Fault:
    if isinstance(exc, FaultError):
        return exc.fault
    if isinstance(exc, LineTooLong):
        # The parser keeps a target in another type than a header's name or value.
        if isinstance(exc.args[0], bytearray):
            return Fault(HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long.")
        return _TOO_LARGE
    if message.startswith("Too many headers"):
        return Fault(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "There are too many headers.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Fault(HTTPStatus(status), f"The local edge failed ({type(exc).__name__}).")
    return Fault(HTTPStatus(status), "This is no proper HTTP request.")


def most_callers() -> int:
    """Return how many connections fit into this process's file handles, two for each."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CALLERS
    return max(1, min(MOST_CALLERS, (soft - SPARE_HANDLES) // 2))


def ask_for_handles() -> None:
    """Raise this process's limit of file handles to what the system lets it have and it needs."""
    wanted = 2 * MOST_CALLERS + SPARE_HANDLES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
