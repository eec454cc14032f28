"""
The body of a form, read from the wire: small, of the one right type, and in time.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from aiohttp import web

from barbican.edge.wire.caller import Caller
from barbican.edge.wire.framing import CONTINUE

LARGEST = 8 * 1024  # bytes
TIMEOUT = 10.0  # seconds
TYPE = "application/x-www-form-urlencoded"


class FormError(Exception):
    """The body is no form of ours. `status` and `message` are the answer."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def read(request: web.BaseRequest) -> str:
    """Return the body. Raises `FormError`."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    body = b""
    try:
        async with asyncio.timeout(TIMEOUT):
            if request.headers.get("Expect") and request.version >= (1, 1):
                await Caller(request).write(CONTINUE)
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > LARGEST:
                    why = f"The form is larger than {LARGEST} bytes."
                    raise FormError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why)
    except TimeoutError as error:
        why = "The form did not arrive in time."
        raise FormError(HTTPStatus.REQUEST_TIMEOUT, why) from error
    except ConnectionError as error:
        why = "The caller left in the middle of its form."
        raise FormError(HTTPStatus.BAD_REQUEST, why) from error
    except web.RequestPayloadError as error:
        why = "The form's body is no proper HTTP."
        raise FormError(HTTPStatus.BAD_REQUEST, why) from error
    if body and kind != TYPE:
        raise FormError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The edge takes forms as {TYPE} only.")
    return body.decode("utf-8", "replace")
