"""
A certs endpoint on loopback that misbehaves on request, and counts who asks.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CERTS_PATH = "/cdn-cgi/access/certs"
Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    server: KeyServer
    timeout = 10

    def do_GET(self) -> None:
        self.server.note(self)
        try:
            self.server.behaviour(self)
        except OSError:
            self.close_connection = True

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


class KeyServer(ThreadingHTTPServer):
    """Publishes a key set, or whatever a test makes of it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.url = f"{self.origin}{CERTS_PATH}"
        self.document = b"{}"
        self.requests: list[dict[str, str]] = []
        self.stopping = threading.Event()
        self.behave()

    def __enter__(self) -> KeyServer:
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        self.thread.join()

    def publish(self, document: object) -> None:
        self.document = document if isinstance(document, bytes) else json.dumps(document).encode()

    def behave(self, behaviour: Behaviour | None = None) -> None:
        """Answer like this from now on; without an argument, as a good endpoint does."""
        self.behaviour = behaviour or (lambda handler: handler.answer(self.document))
        self.requests = []

    def note(self, handler: Handler) -> None:
        self.requests.append({"path": handler.path, **handler.headers})

    def handle_error(self, request: object, client_address: object) -> None:
        return


def status(code: int, **headers: str) -> Behaviour:
    return lambda handler: handler.answer(b"{}", code, **headers)


def body(content: bytes, **headers: str) -> Behaviour:
    return lambda handler: handler.answer(content, **headers)


def hang(handler: Handler) -> None:
    handler.server.stopping.wait(8)


def drip(handler: Handler) -> None:
    """Send a byte now and then, so that no single read ever times out."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(80):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        if handler.server.stopping.wait(0.1):
            return


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(80):
        handler.wfile.write(b"a")
        handler.wfile.flush()
        if handler.server.stopping.wait(0.1):
            return


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )
    handler.connection.close()


def slow(seconds: float) -> Behaviour:
    def behaviour(handler: Handler) -> None:
        time.sleep(seconds)
        handler.answer(handler.server.document)

    return behaviour
