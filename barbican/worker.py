"""
gunicorn's worker, which keeps quiet about what it refuses.

gunicorn quotes a request that is no HTTP in its log and in its answer, and a Client Secret can
stand in any part of one: after a forgotten colon, in place of the method. Neither holds a word of
the request here.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

SENTENCE = (
    "The request is not written as this server takes it: check its first line, and the name, the"
    " colon and the length of each header."
)

# gunicorn's own; whatever else it finds wrong with a request is a 400.
_STATUS = (
    (errors.UnsupportedTransferCoding, 501, "Not Implemented"),
    (errors.ConfigurationProblem, 500, "Internal Server Error"),
    (errors.LimitRequestLine, 414, "URI Too Long"),
    (errors.ExpectationFailed, 417, "Expectation Failed"),
    (errors.LimitRequestHeaders, 431, "Request Header Fields Too Large"),
    (errors.ForbiddenProxyRequest, 403, "Forbidden"),
    (errors.ParseException, 400, "Bad Request"),
)
# Parse errors by their class, and the application's fault: no caller's text is in them.
_OWN_FAULTS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


class QuietWorker(ThreadWorker):  # type: ignore[misc]
    """The worker of `gthread`, with other words for a request that it cannot read."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        if not isinstance(exc, errors.ParseException) or isinstance(exc, _OWN_FAULTS):
            super().handle_error(req, client, addr, exc)
            return
        ip = addr[0] if addr else ""  # a Unix socket has none
        self.log.warning("Invalid request from ip=%s: %s", ip, type(exc).__name__)
        status, reason = next(found for kind, *found in _STATUS if isinstance(exc, kind))
        with suppress(OSError):  # the caller is gone
            util.write_error(client, status, reason, SENTENCE)
