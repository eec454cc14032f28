"""An origin on loopback that answers with what it was sent."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    server: EchoOrigin
    timeout = 10

    def do_GET(self) -> None:
        if self.path == "/hang":
            self.server.release.wait(5)
        heard = {"path": self.path, "headers": self.headers.items()}
        body = json.dumps(heard).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


class EchoOrigin(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.release = threading.Event()

    def __enter__(self) -> EchoOrigin:
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.release.set()
        self.shutdown()
        self.thread.join()
        self.server_close()


def heard_header(body: bytes, name: str) -> str:
    """Return the one header of this name that the origin heard."""
    (value,) = [value for key, value in json.loads(body)["headers"] if key.lower() == name.lower()]
    return value
