"""
Between aiohttp's requests and responses and the edge's own values.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from barbican.edge.answers.replies import Answer
from barbican.edge.decision.decisions import EdgeRequest, Refuse
from barbican.edge.wire.connections import Connection

_NO_UTF_8 = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of it
# After these nobody can tell where the next request on the connection begins.
_CLOSING = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.EXPECTATION_FAILED,
    }
)


def as_asked(request: web.BaseRequest) -> EdgeRequest:
    """Return the request as it came. aiohttp's own URL object is never asked."""
    headers = tuple(
        (name.decode("ascii", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
        for name, value in request.raw_headers
    )
    asked = EdgeRequest(request.method, request.raw_path, headers, request.remote or "")
    connection = request.protocol
    if not isinstance(connection, Connection):
        return asked
    return replace(
        asked,
        scheme=connection.scheme,
        port=connection.port,
        certificate=connection.certificate,
        is_first=connection.is_first_request(),
    )


def unreadable(asked: EdgeRequest) -> Refuse | None:
    """Return why this request cannot be passed on as it came, or None."""
    # Such bytes cannot be passed on unchanged, and what is not passed on unchanged is not passed.
    if any(_NO_UTF_8.search(value) for _name, value in asked.headers):
        return Refuse(HTTPStatus.BAD_REQUEST, "A header's value is no UTF-8.")
    expected = [value.lower() for name, value in asked.headers if name.lower() == "expect"]
    if expected not in ([], ["100-continue"]):
        return Refuse(HTTPStatus.EXPECTATION_FAILED, "The edge meets 100-continue only.")
    return None


async def respond(answer: Answer, request: web.BaseRequest) -> web.StreamResponse:
    """Send an answer of the edge's own."""
    response = as_response(answer)
    if "Upgrade" in request.headers or answer.status in _CLOSING:
        response.force_close()
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()
    return response


def as_response(answer: Answer) -> web.Response:
    """Return the answer as aiohttp sends it, with the headers that are its own and no other."""
    response = web.Response(status=answer.status, body=answer.body)
    response.headers.popall("Content-Type", None)
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response
