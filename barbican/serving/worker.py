"""
gunicorn's worker for the origin: threads for requests that are here, and no words of theirs.

gunicorn's own `gthread` gives each connection a thread, which then waits for the request, and
closes a connection by waiting for its peer in the loop that serves all the others: a few callers
who send half a request, or never hang up, stop the whole worker. Here the loop collects a request
until its head and its body are there, a thread takes it from there with a deadline, and hanging up
takes nobody's time.

gunicorn also quotes a request that is no HTTP in its log and in its answer, and a Client Secret can
stand in any part of one: after a forgotten colon, in place of the method. Neither holds a word of
the request here.

Source: RFC 9112, section 9.6.
"""

from __future__ import annotations

import errno
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from barbican.serving.connection import ARRIVAL, PIECE, Connection, PatientSocket
from barbican.serving.patience import Patience

SENTENCE = (
    "The request is not written as this server takes it: check its first line, and the name, the"
    " colon and the length of each header."
)
BROKE_OFF = "The request ended before it was whole."
TOO_SLOW = f"The request took too long: it should be whole after {ARRIVAL:.0f} seconds."

HANG_UP = 2.0  # seconds in which the peer may close a connection first
UNREAD = 0.1  # seconds for the rest of a body that no view wanted
LEAVING = 100  # connections that may take that time

_NOBODY = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
_NO_ROOM = (errno.EMFILE, errno.ENFILE)

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


class OriginWorker(ThreadWorker):  # type: ignore[misc]
    """The worker of `gthread`, with patience in its loop and other words for a bad request."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.leaving: deque[Connection] = deque()
        # Half of the threads are always there for a request that is whole.
        self.patience = Patience(max(1, self.cfg.threads // 2))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Pass on what has come to a connection, unless what came before has closed that one."""
        awaited = self.poller.get_map()
        for key, _ in self.poller.select(timeout):
            if awaited.get(key.fd) is key:
                key.data(key.fileobj)

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _NO_ROOM:
                self._make_room()
            elif error.errno not in _NOBODY:
                raise
            return
        self.nr_conns += 1
        sock = PatientSocket(fileno=client.detach())
        sock.patience = self.patience
        self.enqueue_req(Connection(self.hang_up, self.cfg, sock, address, listener.getsockname()))
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _make_room(self) -> None:
        """Close who has waited longest in the larger crowd, so that another can always come in."""
        if len(self.pending_conns) > len(self.keepalived_conns):
            conn = self.pending_conns.popleft()
            self.poller.unregister(conn.sock)
            self._refuse(conn, 408, "Request Timeout", TOO_SLOW)
        elif self.keepalived_conns:
            self.nr_conns -= 1
            self._close(self.keepalived_conns.popleft())

    def enqueue_req(self, conn: Connection) -> None:
        """Give a request to a thread once it is here; until then the loop has the connection."""
        if not self._proceeds(conn):
            conn.timeout = time.monotonic() + ARRIVAL
            self.pending_conns.append(conn)
            self._watch(conn, self.on_pending_socket_readable)

    def on_pending_socket_readable(self, conn: Connection, _client: socket.socket) -> None:
        self.poller.unregister(conn.sock)
        if self._proceeds(conn):
            self.pending_conns.remove(conn)
        else:
            self._watch(conn, self.on_pending_socket_readable)

    def _proceeds(self, conn: Connection) -> bool:
        """Take what has come, and say whether the loop need not wait for more."""
        if self.cfg.is_ssl:  # what could be read here is not what was sent
            super().enqueue_req(conn)
            return True
        conn.collect()
        if conn.has_arrived():
            conn.start_over()
            super().enqueue_req(conn)
        elif conn.has_ended:
            self._refuse(conn, 400, "Bad Request", BROKE_OFF)
        else:
            return False
        return True

    def murder_pending(self) -> None:
        """Close what takes too long to arrive, and what its peer does not close."""
        now = time.monotonic()
        while self.pending_conns and self.pending_conns[0].timeout <= now:
            conn = self.pending_conns.popleft()
            self.poller.unregister(conn.sock)
            self._refuse(conn, 408, "Request Timeout", TOO_SLOW)
        while self.leaving and self.leaving[0].timeout <= now:
            self._close(self.leaving.popleft())

    def _refuse(self, conn: Connection, status: int, reason: str, sentence: str) -> None:
        self.nr_conns -= 1
        if not conn.is_empty:
            with suppress(OSError):  # the caller is gone
                util.write_error(conn.sock, status, reason, sentence)
        conn.close(graceful=True)

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def handle(self, conn: Connection) -> Any:
        conn.sock.deadline = time.monotonic() + ARRIVAL
        return super().handle(conn)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        # A body that nobody read and that is not here is not waited for.
        soon = time.monotonic() + UNREAD
        return bool(keepalive and conn.parser.finish_body(deadline=soon))

    def hang_up(self, conn: Connection) -> None:
        """Say that nothing more comes, and let the peer read what it has before all is closed."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.settimeout(0)
        except OSError:
            conn.close()
            return
        if len(self.leaving) >= LEAVING:
            self._close(self.leaving.popleft())
        conn.timeout = time.monotonic() + HANG_UP
        self.leaving.append(conn)
        self._watch(conn, self._drain)

    def _drain(self, conn: Connection, _client: socket.socket) -> None:
        try:
            has_left = not conn.sock.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:  # whatever the network says of it, nobody is there
            has_left = True
        if has_left:
            self.leaving.remove(conn)
            self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.poller.unregister(conn.sock)
        conn.close()

    def _watch(self, conn: Connection, then: Callable[[Connection, socket.socket], None]) -> None:
        self.poller.register(conn.sock, EVENT_READ, partial(then, conn))

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        if not isinstance(exc, errors.ParseException) or isinstance(exc, _OWN_FAULTS):
            super().handle_error(req, client, addr, exc)
            return
        ip = addr[0] if addr else ""  # a Unix socket has none
        self.log.warning("Invalid request from ip=%s: %s", ip, type(exc).__name__)
        status, reason = next(found for kind, *found in _STATUS if isinstance(exc, kind))
        with suppress(OSError):  # the caller is gone
            util.write_error(client, status, reason, SENTENCE)
