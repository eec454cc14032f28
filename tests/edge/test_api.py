"""The management API, driven by Cloudflare's own Python client with another base URL."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import cloudflare
import pytest

from barbican.edge import store
from barbican.edge.api import Api, ApiRequest
from barbican.edge.api_server import serve_api
from barbican.edge.server import listen
from tests.edge.wire import get

DAY = 24 * 3600  # seconds


@pytest.fixture
def clock():
    return [time.time()]


@pytest.fixture
def folder(tmp_path):
    return store.open_or_create(tmp_path / "state")


@pytest.fixture
def api(folder, clock):
    return Api(folder, *folder.api_credentials(), clock=lambda: clock[0])


@pytest.fixture
def client(loop, folder, api):
    """The official SDK, unmodified."""
    listener = listen("127.0.0.1", 0)
    stop = loop.run(_event())
    done = asyncio.run_coroutine_threadsafe(serve_api(api, listener, stop), loop.loop)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/client/v4"
    with cloudflare.Cloudflare(
        api_token=folder.api_credentials()[1], base_url=url, max_retries=0
    ) as sdk:
        sdk.account = folder.api_credentials()[0]
        yield sdk
    loop.loop.call_soon_threadsafe(stop.set)
    done.result(5)


async def _event():
    return asyncio.Event()


@pytest.fixture
def tokens(client):
    resource = client.zero_trust.access.service_tokens

    def call(verb, *arguments, **options):
        return getattr(resource, verb)(*arguments, account_id=client.account, **options)

    return call


def held(folder, token_id):
    [found] = [each for each in folder.state().organisation.service_tokens if each.id == token_id]
    return found


class TestServiceTokens:
    def test_are_created_with_a_secret_that_is_shown_once(self, tokens, folder):
        made = tokens("create", name="ci", duration="48h")
        assert made.client_secret.startswith("cfast_")
        assert len(made.client_secret) == len("cfast_") + 48
        assert held(folder, made.id).client_secret == made.client_secret
        shown = tokens("get", made.id)
        assert shown.client_id == made.client_id
        assert shown.client_id.endswith(".access")
        assert made.client_secret not in shown.to_json()

    def test_are_listed_by_name_and_by_page(self, tokens):
        for number in range(3):
            tokens("create", name=f"runner {number}")
        assert [each.name for each in tokens("list", search="RUNNER")] == [
            "runner 0",
            "runner 1",
            "runner 2",
        ]
        assert [each.name for each in tokens("list", name="runner 1")] == ["runner 1"]
        page = tokens("list", search="runner", per_page=2)
        assert (len(page.result), page.result_info.total_count) == (2, 3)
        assert len(list(page)) == 3

    def test_end_when_their_duration_says(self, tokens, folder, clock):
        made = tokens("create", name="short", duration="1h30m")
        assert held(folder, made.id).expires_at == pytest.approx(clock[0] + 5_400)
        forever = tokens("create", name="long", duration="forever")
        assert held(folder, forever.id).expires_at is None

    def test_are_rotated_with_a_grace_period(self, tokens, folder, clock):
        made = tokens("create", name="rotating")
        until = datetime.fromtimestamp(clock[0], UTC) + timedelta(hours=1)
        rotated = tokens("rotate", made.id, previous_client_secret_expires_at=until)
        assert rotated.client_id == made.client_id
        assert rotated.client_secret != made.client_secret
        token = held(folder, made.id)
        assert token.secrets(clock[0]) == (rotated.client_secret, made.client_secret)
        assert token.secrets(clock[0] + 3_601) == (rotated.client_secret,)

    def test_are_rotated_without_one_and_the_old_secret_ends_now(self, tokens, folder, clock):
        made = tokens("create", name="rotating")
        rotated = tokens("rotate", made.id)
        assert held(folder, made.id).secrets(clock[0]) == (rotated.client_secret,)

    def test_are_refreshed_by_a_year(self, tokens, folder):
        made = tokens("create", name="ageing", duration="24h")
        before = held(folder, made.id).expires_at
        tokens("refresh", made.id)
        assert held(folder, made.id).expires_at == before + 365 * DAY

    def test_are_renamed_disabled_and_prolonged(self, tokens, folder, clock):
        made = tokens("create", name="old")
        changed = tokens("update", made.id, name="new", enabled=False, duration="48h")
        assert (changed.name, changed.enabled) == ("new", False)
        assert held(folder, made.id).expires_at == pytest.approx(clock[0] + 2 * DAY)
        assert held(folder, made.id).is_enabled is False

    def test_are_deleted(self, tokens):
        made = tokens("create", name="gone")
        tokens("delete", made.id)
        with pytest.raises(cloudflare.NotFoundError):
            tokens("get", made.id)


class TestRunningEdge:
    def test_heeds_a_change_on_the_next_request(self, start_edge, loop, clock):
        edge = start_edge()
        api = Api(edge.folder, *edge.folder.api_credentials(), clock=lambda: clock[0])
        account, secret = edge.folder.api_credentials()
        [demo] = [
            each for each in edge.organisation.service_tokens if each.name == "barbican-demo-token"
        ]
        pair = [
            ("CF-Access-Client-Id", demo.client_id),
            ("CF-Access-Client-Secret", demo.client_secret),
        ]
        assert get(edge.port, "/service-token/", pair).status == 200

        def call(method, rest, body=b""):
            path = f"/client/v4/accounts/{account}/access/{rest}"
            status, found = api.answer(ApiRequest(method, path, "", f"Bearer {secret}", body))
            assert status == 200, found
            return found["result"]

        call("PUT", f"service_tokens/{demo.id}", b'{"enabled": false}')
        assert get(edge.port, "/service-token/", pair).status == 401
        call("PUT", f"service_tokens/{demo.id}", b'{"enabled": true}')
        rotated = call("POST", f"service_tokens/{demo.id}/rotate")
        assert get(edge.port, "/service-token/", pair).status == 401
        pair[1] = ("CF-Access-Client-Secret", rotated["client_secret"])
        assert get(edge.port, "/service-token/", pair).status == 200


class TestKeysAndOrganisation:
    def test_keys_are_rotated(self, client, folder):
        before = folder.state().keys.current.key_id
        found = client.zero_trust.access.keys.rotate(account_id=client.account)
        assert folder.state().keys.current.key_id != before
        assert folder.state().keys.previous.key_id == before
        assert found.last_key_rotation_at is not None

    def test_strict_mode_is_switched(self, client, folder):
        organizations = client.zero_trust.organizations
        organizations.update(
            account_id=client.account, extra_body={"strict_service_token_auth": False}
        )
        assert folder.state().organisation.is_strict is False
        found = organizations.list(account_id=client.account)
        assert found.name == folder.state().organisation.team_name


class TestRefuses:
    @pytest.fixture
    def ask(self, api, folder):
        account, token = folder.api_credentials()

        def ask(
            method="GET",
            rest="service_tokens",
            query="",
            body=b"",
            auth=f"Bearer {token}",
            account=account,
        ):
            path = f"/client/v4/accounts/{account}/access/{rest}"
            return api.answer(ApiRequest(method, path, query, auth, body))

        return ask

    @pytest.mark.parametrize("auth", ["Bearer wrong", "Basic x", "Bearer", "Bearer é\ud800"])
    def test_another_api_token(self, ask, auth):
        status, found = ask(auth=auth)
        assert (status, found["errors"][0]["code"]) == (401, 10000)

    def test_no_api_token(self, ask):
        status, found = ask(auth="")
        assert (status, found["errors"][0]["code"]) == (400, 9106)

    @pytest.mark.parametrize(
        ("method", "rest"),
        [
            ("GET", "service_tokens/nobody"),
            ("POST", "service_tokens/nobody/rotate"),
            ("DELETE", "service_tokens/nobody"),
            ("GET", "nothing"),
            ("PATCH", "service_tokens"),
        ],
    )
    def test_what_is_not_there(self, ask, method, rest):
        status, found = ask(method, rest)
        assert (status, found["success"], found["result"]) == (404, False, None)

    def test_another_account(self, ask):
        assert ask(account="0" * 32)[0] == 404

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"[]",
            b"{",
            b'{"name": ""}',
            b'{"name": 5}',
            b'{"name": "x", "duration": "soon"}',
            b'{"name": "x", "duration": "0s"}',
            b'{"name": "x", "duration": 5}',
            b'{"name": "x", "enabled": "yes"}',
            json.dumps({"name": "x" * 351}).encode(),
            b"[" * 100_000,
        ],
        ids=lambda body: repr(body[:30]),
    )
    def test_a_new_token_of(self, ask, folder, body):
        before = folder.state().organisation
        status, found = ask("POST", body=body)
        assert (status, found["success"]) == (400, False)
        assert found["errors"][0]["message"].startswith("access.api.error.invalid_request")
        assert folder.state().organisation == before

    @pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=-1", "page=9999999999"])
    def test_a_page_of(self, ask, query):
        assert ask(query=query)[0] == 400

    def test_to_show_a_secret_in_a_list(self, ask, folder):
        shown = json.dumps(ask()[1])
        for token in folder.state().organisation.service_tokens:
            assert token.client_secret not in shown
