"""
One bounded GET of the certs endpoint.

No redirects, no proxies from the environment, no cookies, no content coding, and one deadline over
the whole exchange: a socket's time-out bounds a single read, so a dripping sender needs a watchdog.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

DEADLINE = 3.0  # seconds, connection, headers and body together
MAX_BYTES = 64 * 1024
_CHUNK = 16 * 1024
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "barbican-access",
}


class FetchError(Exception):
    """The document could not be had. The message is ours and safe to show."""


@dataclass(frozen=True, slots=True)
class Fetched:
    body: bytes
    date: str  # the endpoint's `Date`, to compare clocks with; empty when it sent none


def fetch(url: str) -> bytes:
    """Return the body at this address. Raises `FetchError` for everything but a whole 200."""
    return exchange(url).body


def exchange(url: str) -> Fetched:
    """Return body and date. Raises `FetchError` for everything but a whole 200."""
    parts = urlsplit(url)
    ends_at = time.monotonic() + DEADLINE
    connection = _connection(parts.scheme, parts.netloc)
    try:
        connection.connect()
        with _watchdog(connection.sock, ends_at):
            connection.request("GET", parts.path, headers=_HEADERS)
            response = connection.getresponse()
            return Fetched(_body(response, ends_at), response.headers.get("Date", ""))
    except ssl.SSLError:
        raise FetchError("its TLS certificate or handshake is bad") from None
    except socket.gaierror:
        raise FetchError("its host name does not resolve") from None
    except ConnectionRefusedError:
        raise FetchError("the connection was refused") from None
    except (OSError, HTTPException, ValueError):
        late = time.monotonic() >= ends_at
        raise FetchError(_TOO_SLOW if late else "the connection broke") from None
    finally:
        connection.close()


_TOO_SLOW = f"no whole answer within {DEADLINE:g} s"


def _connection(scheme: str, netloc: str) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(netloc, timeout=DEADLINE, context=ssl.create_default_context())
    return HTTPConnection(netloc, timeout=DEADLINE)


@contextmanager
def _watchdog(held: socket.socket, ends_at: float) -> Iterator[None]:
    """Break the exchange at the deadline, whatever it is waiting for."""
    timer = threading.Timer(max(0, ends_at - time.monotonic()), _break, (held,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _break(held: socket.socket) -> None:
    """Wake the thread that is reading: a shutdown does, a close would not."""
    with suppress(OSError):  # gone already
        socket.socket.shutdown(held, socket.SHUT_RDWR)


def _body(response: HTTPResponse, ends_at: float) -> bytes:
    if response.status != 200:
        raise FetchError(f"it answered {response.status}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError("it answered with a content coding that was not asked for")
    body = b""
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchError(f"the answer is larger than {MAX_BYTES // 1024} kB")
        if time.monotonic() >= ends_at:
            break
    if time.monotonic() >= ends_at:
        raise FetchError(_TOO_SLOW)
    if response.length:
        raise FetchError("the answer is cut short")
    return body
