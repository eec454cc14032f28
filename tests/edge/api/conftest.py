"""A state folder, its management API, and Cloudflare's own client with another base URL."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

import cloudflare
import pytest

from barbican.edge.api.envelope import ApiRequest
from barbican.edge.api.router import Api
from barbican.edge.api.server import serve_api
from barbican.edge.state import store
from barbican.edge.wire.listening import listen
from tests.edge.wire import get

PAIR = ("CF-Access-Client-Id", "CF-Access-Client-Secret")


@pytest.fixture
def clock():
    return [float(int(time.time()))]


@pytest.fixture(scope="module")
def _made(tmp_path_factory):
    return store.open_or_create(tmp_path_factory.mktemp("made"))


@pytest.fixture
def folder(_made, tmp_path):
    for name in ("keys.json", "organisation.json"):
        (tmp_path / name).write_bytes((_made.folder / name).read_bytes())
    return store.open_or_create(tmp_path)


@pytest.fixture
def api(folder, clock):
    return Api(folder, *folder.api_credentials(), clock=lambda: clock[0])


@pytest.fixture
def start_api(loop):
    """Serve an API on a free port, and return that."""
    running = []

    def start(api, **options):
        listener = listen("127.0.0.1", 0)
        stop = loop.run(_event())
        done = asyncio.run_coroutine_threadsafe(
            serve_api(api, listener, stop, **options), loop.loop
        )
        running.append((stop, done))
        return listener.getsockname()[1]

    yield start
    for stop, done in running:
        loop.loop.call_soon_threadsafe(stop.set)
        done.result(5)


async def _event():
    return asyncio.Event()


@dataclass
class Client:
    """The official SDK, unmodified, with the account filled in."""

    sdk: cloudflare.Cloudflare
    account: str

    def __getattr__(self, name):
        return _Resource(getattr(self.sdk.zero_trust.access, name), self.account)

    @property
    def organizations(self):
        return _Resource(self.sdk.zero_trust.organizations, self.account)

    @property
    def identity_providers(self):
        return _Resource(self.sdk.zero_trust.identity_providers, self.account)


@dataclass
class _Resource:
    resource: object
    account: str

    def __getattr__(self, name):
        found = getattr(self.resource, name)
        if not callable(found):
            return _Resource(found, self.account)
        return lambda *args, **named: found(*args, account_id=self.account, **named)


def connect(port, folder):
    account, token = folder.api_credentials()
    url = f"http://127.0.0.1:{port}/client/v4"
    return Client(cloudflare.Cloudflare(api_token=token, base_url=url, max_retries=0), account)


@pytest.fixture
def client(folder, api, start_api):
    found = connect(start_api(api), folder)
    yield found
    found.sdk.close()


@dataclass
class Told:
    """An answer, and short ways to what is in it."""

    status: int
    headers: dict
    envelope: dict

    @property
    def code(self):
        return self.envelope["errors"][0]["code"]

    @property
    def message(self):
        return self.envelope["errors"][0]["message"]

    @property
    def result(self):
        return self.envelope["result"]

    @property
    def said(self):
        return " ".join(each["message"] for each in self.envelope["messages"])


@pytest.fixture
def ask(api, folder):
    """Ask the API for a path below the account's, with any value for any part of the request."""
    own, token = folder.api_credentials()

    def ask(method, rest, body=None, *, query="", auth=f"Bearer {token}", path="", account=own):
        given = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        headers = (auth,) if isinstance(auth, str) else auth
        where = path or f"/client/v4/accounts/{account}/access/{rest}"
        status, more, envelope = api.answer(ApiRequest(method, where, query, headers, given))
        return Told(status, dict(more), envelope)

    return ask


@dataclass
class Team:
    """A running edge and the client that manages it."""

    edge: object
    client: Client

    def get(self, token=None, path="/x", host="app.test", secret=None, headers=()):
        sent = [*headers]
        if token is not None:
            sent += zip(PAIR, (token.client_id, secret or token.client_secret), strict=True)
        return get(self.edge.port, path, sent, host=host)

    def status(self, *arguments, **named):
        return self.get(*arguments, **named).status


@pytest.fixture
def team(start_edge, start_api):
    edge = start_edge()
    api = Api(edge.folder, *edge.folder.api_credentials(), clock=lambda: edge.clock[0])
    client = connect(start_api(api), edge.folder)
    yield Team(edge, client)
    client.sdk.close()
