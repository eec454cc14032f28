from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aiohttp import web

from barbican.edge.certificates import tls
from barbican.edge.certificates.tls import SecureListener
from barbican.edge.decision.core import EdgeRequest
from barbican.edge.organisation import sample
from barbican.edge.organisation.model import Organisation, Policy
from barbican.edge.people.mail import Here
from barbican.edge.people.reception import Reception
from barbican.edge.people.revocations import FILE as REVOCATIONS_FILE
from barbican.edge.people.revocations import Revocations
from barbican.edge.server import Edge, Options, serve
from barbican.edge.state import store
from barbican.edge.state.store import StateFolder
from barbican.edge.tokens.keys import KeyPair
from barbican.edge.wire.listening import listen, origin_of
from tests.e2e.stack import Process, free_pair, wait_for
from tests.edge.wire import get

NOW = 1_790_000_000.0
PAIR = ("CF-Access-Client-Id", "CF-Access-Client-Secret")


def pair(organisation: Organisation, name: str = sample.DEMO_TOKEN) -> list[tuple[str, str]]:
    token = organisation.service_token(name)
    return [(PAIR[0], token.client_id), (PAIR[1], token.client_secret)]


def ask(target="/service-token/", headers=(), *, host="localhost:8080", method="GET", **kwargs):
    return EdgeRequest(method, target, (("Host", host), *headers), **kwargs)


def with_policies(organisation: Organisation, *policies: Policy, **changes) -> Organisation:
    first, *rest = organisation.applications
    first = replace(first, policies=policies or first.policies, **changes)
    return replace(organisation, applications=(first, *rest))


@pytest.fixture(scope="session")
def key_pair() -> KeyPair:
    return KeyPair.make()


@pytest.fixture(scope="session")
def organisation() -> Organisation:
    return sample.organisation("localhost", NOW)


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    async def _cancel_rest(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def close(self) -> None:
        self.run(self._cancel_rest())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


@dataclass
class Seen:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class RecordingOrigin:
    """Remembers every request, and answers as its path says."""

    seen: list[Seen] = field(default_factory=list)
    port: int = 0
    first_chunk: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._echo(request)
        if request.raw_path == "/hang":
            await asyncio.sleep(3)
            return web.Response()  # not remembered: by now another test may be looking
        if request.raw_path == "/break":
            request.transport.abort()
        if request.raw_path == "/stream-in":
            await request.content.readany()
            self.first_chunk.set()
        body = await request.content.read()
        pairs = [(name.decode(), value.decode()) for name, value in request.raw_headers]
        self.seen.append(Seen(request.method, request.raw_path, pairs, body))
        if request.raw_path == "/stream-out":
            return await self._stream(request)
        if request.raw_path == "/gzip":
            return web.Response(body=b"\x1f\x8bnot", headers={"Content-Encoding": "gzip"})
        if request.raw_path == "/redirect":
            return web.Response(status=302, headers={"Location": "/elsewhere"})
        if request.raw_path == "/half":
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(request)
            await response.write(b"half")
            request.transport.close()
            return response
        headers = {"X-Origin": "yes", "Server": "origin/1", "Cf-Ray": "forged", "X-Hop": "1"}
        return web.Response(
            body=json.dumps({"size": len(body)}).encode(),
            headers={**headers, "Connection": "X-Hop"},
        )

    async def _stream(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await asyncio.to_thread(self.release.wait, 5)
        await response.write(b"second")
        await response.write_eof()
        return response

    async def _echo(self, request: web.BaseRequest) -> web.StreamResponse:
        pairs = [(name.decode(), value.decode()) for name, value in request.raw_headers]
        self.seen.append(Seen(request.method, request.raw_path, pairs, b""))
        if request.raw_path.endswith("/no-socket"):
            return web.Response(text="plain")
        joined = web.WebSocketResponse()
        await joined.prepare(request)
        async for message in joined:
            await joined.send_str(f"echo {message.data}")
        return joined


@dataclass
class RunningEdge:
    port: int
    folder: StateFolder
    lines: list[str]
    clock: list[float]
    edge: Edge
    tls_port: int = 0  # where there is a TLS listener

    @property
    def organisation(self) -> Organisation:
        return self.folder.state().organisation

    @property
    def team_domain(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    running = Loop()
    yield running
    running.close()


@pytest.fixture(scope="module")
def _origin(loop: Loop) -> Iterator[RecordingOrigin]:
    origin = RecordingOrigin()

    async def start() -> web.ServerRunner:
        server = web.Server(
            origin.handle, auto_decompress=False, access_log=None, max_line_size=32768,
            max_field_size=32768,
        )  # fmt: skip
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        origin.port = runner.addresses[0][1]
        return runner

    runner = loop.run(start())
    yield origin
    loop.run(runner.cleanup())


@pytest.fixture
def origin(_origin: RecordingOrigin) -> RecordingOrigin:
    _origin.seen.clear()
    return _origin


@pytest.fixture(scope="module")
def start_edge(loop: Loop, _origin: RecordingOrigin, tmp_path_factory) -> Iterator:
    running: list[tuple[asyncio.Event, Future]] = []

    def start(*, keys: KeyPair | None = None, with_tls=False, **options) -> RunningEdge:
        path = Path(tmp_path_factory.mktemp("edge"))
        if keys:  # making some is what takes time
            StateFolder(path).write_keys(keys)
        folder = store.open_or_create(path)
        listener = listen("127.0.0.1", 0)
        tls_listener = listen("127.0.0.1", 0) if with_tls else None
        lines: list[str] = []
        clock = [time.time()]
        given = {"origin": f"http://127.0.0.1:{_origin.port}", "silence": 0.5, **options}

        async def make() -> tuple[Edge, asyncio.Event]:
            edge = Edge(
                folder,
                Options(**given),
                team_domain=origin_of(listener),
                write_line=lines.append,
                clock=lambda: clock[0],
            )
            return edge, asyncio.Event()

        edge, stop = loop.run(make())
        secure = SecureListener(tls_listener, tls.context(folder)) if with_tls else None
        done = asyncio.run_coroutine_threadsafe(serve(edge, listener, stop, secure), loop.loop)
        running.append((stop, done))
        tls_port = tls_listener.getsockname()[1] if tls_listener else 0
        return RunningEdge(listener.getsockname()[1], folder, lines, clock, edge, tls_port)

    yield start
    for stop, done in running:
        loop.loop.call_soon_threadsafe(stop.set)
        done.result(10)


@pytest.fixture(scope="module")
def strict_edge(start_edge) -> RunningEdge:
    return start_edge()


@pytest.fixture(scope="module")
def legacy_edge(start_edge) -> RunningEdge:
    return start_edge(is_legacy=True)


@pytest.fixture(scope="session")
def house_keys() -> KeyPair:
    return KeyPair.make()


@pytest.fixture(scope="module")
def _house(start_edge, house_keys):
    from tests.edge.walker import House, allow  # it names the classes above

    house = House(start_edge(keys=house_keys))
    for number in (0, 1):
        house.change(number, policies=(allow(),))
    return house


@pytest.fixture
def house(_house, origin):
    """Return an edge for people that remembers nobody: codes for one address are limited."""
    edge, organisation = _house.edge, _house.edge.organisation
    edge.clock[0] = time.time()
    edge.lines.clear()
    edge.edge.courier = Here(edge.lines.append)
    (edge.folder.folder / REVOCATIONS_FILE).unlink(missing_ok=True)
    revocations = Revocations(edge.folder.folder / REVOCATIONS_FILE)
    account_id, _api_token = edge.folder.api_credentials()
    edge.edge.people = Reception(edge.edge.issuer, revocations, edge.edge.courier, account_id)
    yield _house
    edge.folder.write_organisation(organisation)


class EdgeProcess(Process):
    """`manage.py runedge` in a process of its own, whose memory and file handles can be seen."""

    def __init__(self, folder: Path, origin: str, port: int = 0) -> None:
        self.port = port or free_pair()
        command = [sys.executable, "manage.py", "runedge", "--quiet", "--port", str(self.port)]
        command += ["--origin", origin, "--state", str(folder / "state")]
        environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "of no portal"}
        super().__init__(command, environment, folder / "edge.log")
        wait_for(lambda: self.get("/cdn-cgi/access/certs") == 200, self)

    def get(self, target: str) -> int:
        return get(self.port, target).status

    def memory(self) -> int:
        return self._status("VmRSS")

    def peak_memory(self) -> int:
        return self._status("VmHWM")

    def handles(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def _status(self, name: str) -> int:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split(f"{name}:")[1].split()[0])  # kB


@pytest.fixture
def start_process(tmp_path) -> Iterator:
    running: list[EdgeProcess] = []

    def start(origin: str) -> EdgeProcess:
        running.append(EdgeProcess(tmp_path, origin))
        return running[-1]

    yield start
    for process in running:
        process.stop()
