from __future__ import annotations

import json
import threading
import time

import pytest

from barbican.access import keys as keys_module
from barbican.access.errors import KeysUnavailableError, UnknownKeyError
from barbican.access.fetch import DEADLINE, MAX_BYTES
from barbican.access.keys import (
    FIRST_BACK_OFF,
    FRESH_FOR,
    REFRESH_AT,
    STALE_FOR,
    UNKNOWN_KEY_SPACING,
    KeyStore,
)
from barbican.access.shelf import Shelf
from tests import keyserver
from tests.issuer import jwk, new_key

UNKNOWN = "0" * 64


def settle(store):
    """Wait for the fetch in flight, if there is one."""
    flight = store._flight
    if flight:
        flight.result(timeout=5)


FAULTS = {
    "a redirect": keyserver.status(302, Location="/elsewhere"),
    "a 404": keyserver.status(404),
    "a 500": keyserver.status(500),
    "a 204": keyserver.status(204),
    "a page": keyserver.body(b"<!doctype html>"),
    "an empty object": keyserver.body(b"{}"),
    "no keys": keyserver.body(b'{"keys": null}'),
    "broken members": keyserver.body(b'{"keys": [{"kty": "RSA", "kid": "x"}, 7]}'),
    "a gzip bomb": keyserver.body(b"\x1f\x8b" + b"x" * 1000, Content_Encoding="gzip"),
    "a huge body": keyserver.body(b" " * (MAX_BYTES + 1)),
    "a reset": keyserver.reset,
    "a body cut short": lambda handler: (
        handler.send_response(200),
        handler.send_header("Content-Length", "500"),
        handler.end_headers(),
        handler.wfile.write(b"{"),
    ),
    "no HTTP": lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n"),
}
SLOW_FAULTS = {
    "a hang": keyserver.hang,
    "a dripping body": keyserver.drip,
    "dripping headers": keyserver.drip_headers,
}


class TestFetches:
    def test_once_for_many_first_requests_at_once(self, issuer, store, key_server):
        key_server.behave(keyserver.slow(0.2))
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(store.find(issuer.key_id)))
            for _ in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 40
        assert len(key_server.requests) == 1

    def test_without_cookies_or_compression(self, issuer, store, key_server):
        store.find(issuer.key_id)
        [request] = key_server.requests
        assert request["Accept-Encoding"] == "identity"
        assert "Cookie" not in request

    def test_past_no_proxy_of_the_environment(self, issuer, store, monkeypatch):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert store.find(issuer.key_id)

    def test_in_the_background_from_80_percent_of_the_age(
        self, issuer, store, key_server, monotonic
    ):
        store.find(issuer.key_id)
        monotonic.move(REFRESH_AT - 1)
        store.current(issuer.key_id)
        assert store._flight is None
        monotonic.move(2)
        assert store.current(issuer.key_id)
        settle(store)
        assert len(key_server.requests) == 2
        assert store.state().age == 0

    def test_first_after_the_process_idled_past_the_fresh_time(
        self, issuer, store, key_server, monotonic
    ):
        store.find(issuer.key_id)
        issuer_two = new_key()
        key_server.publish({"keys": [jwk(issuer_two)]})
        monotonic.move(FRESH_FOR + 1)
        store.ensure()
        assert not store.current(issuer.key_id)

    def test_on_demand_whatever_the_spacing(self, store, key_server):
        key_server.behave(keyserver.status(500))
        assert store.refresh_now().last_error == "it answered 500"
        key_server.behave()
        assert store.refresh_now().freshness == "fresh"


class TestUnknownKey:
    def test_causes_one_fetch_in_its_spacing(self, issuer, store, key_server, monotonic):
        store.find(issuer.key_id)
        for _ in range(1000):
            with pytest.raises(UnknownKeyError):
                store.find(UNKNOWN)
        assert len(key_server.requests) == 2
        monotonic.move(UNKNOWN_KEY_SPACING + 1)
        with pytest.raises(UnknownKeyError):
            store.find(UNKNOWN)
        assert len(key_server.requests) == 3

    def test_causes_one_fetch_also_when_nothing_was_held(self, store, key_server):
        for _ in range(100):
            with pytest.raises(UnknownKeyError):
                store.find(UNKNOWN)
        assert len(key_server.requests) == 1

    def test_causes_one_fetch_also_while_fetches_fail(self, issuer, store, key_server, monotonic):
        store.find(issuer.key_id)
        key_server.behave(keyserver.status(500))
        for _ in range(100):
            with pytest.raises(UnknownKeyError):
                store.find(UNKNOWN)
            monotonic.move(0.1)
        assert len(key_server.requests) == 1

    def test_is_found_at_once_after_a_rotation(self, issuer, store, key_server):
        store.find(issuer.key_id)
        other = new_key()
        key_server.publish({"keys": [jwk(other)]})
        assert store.find(jwk(other)["kid"])

    def test_never_holds_every_thread_while_the_endpoint_hangs(self, issuer, store, key_server):
        store.find(issuer.key_id)
        key_server.behave(keyserver.hang)
        waiting = [threading.Thread(target=self.ask, args=(store,), daemon=True) for _ in range(20)]
        for thread in waiting:
            thread.start()
        time.sleep(0.3)
        assert sum(thread.is_alive() for thread in waiting) <= keys_module.MOST_WAITING_FOR_UNKNOWN
        started = time.perf_counter()
        assert store.find(issuer.key_id)
        assert time.perf_counter() - started < 0.1
        for thread in waiting:
            thread.join()

    @staticmethod
    def ask(store):
        with pytest.raises(UnknownKeyError):
            store.find(UNKNOWN)


class TestOutage:
    @pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
    def test_leaves_known_keys_in_place_through(self, issuer, store, key_server, monotonic, fault):
        store.find(issuer.key_id)
        key_server.behave(fault)
        monotonic.move(FRESH_FOR + 1)
        assert store.find(issuer.key_id)
        state = store.state()
        assert (state.freshness, bool(state.last_error)) == ("stale", True)
        key_server.behave()
        monotonic.move(FIRST_BACK_OFF + 1)
        store.current(issuer.key_id)
        settle(store)
        assert store.state().freshness == "fresh"

    @pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
    def test_gives_no_key_where_none_was_held_through(self, issuer, store, key_server, fault):
        key_server.behave(fault)
        with pytest.raises(KeysUnavailableError):
            store.find(issuer.key_id)

    @pytest.mark.parametrize("fault", SLOW_FAULTS.values(), ids=SLOW_FAULTS.keys())
    def test_holds_nobody_longer_than_the_deadline_through(self, issuer, store, key_server, fault):
        key_server.behave(fault)
        started = time.perf_counter()
        with pytest.raises(KeysUnavailableError):
            store.find(issuer.key_id)
        assert time.perf_counter() - started < DEADLINE + 1
        settle(store)
        assert "3 s" in store.state().last_error

    def test_trusts_keys_up_to_the_stale_limit_and_no_longer(
        self, issuer, store, key_server, monotonic
    ):
        store.find(issuer.key_id)
        key_server.behave(keyserver.status(503))
        monotonic.move(STALE_FOR - 1)
        assert store.find(issuer.key_id)
        monotonic.move(2)
        with pytest.raises(KeysUnavailableError):
            store.find(issuer.key_id)

    def test_says_when_it_asks_again(self, issuer, store, monotonic):
        assert store.state().refresh_in is None
        store.find(issuer.key_id)
        assert store.state().refresh_in == REFRESH_AT
        monotonic.move(UNKNOWN_KEY_SPACING)
        with pytest.raises(UnknownKeyError):
            store.find(UNKNOWN)
        assert store.state().unknown_attempt_in == UNKNOWN_KEY_SPACING
        monotonic.move(UNKNOWN_KEY_SPACING - 1)
        assert store.state().unknown_attempt_in == 1
        monotonic.move(REFRESH_AT)
        assert (store.state().unknown_attempt_in, store.state().refresh_in) == (0, 0)

    def test_backs_off_from_5_seconds_to_5_minutes(self, issuer, store, key_server, monotonic):
        store.find(issuer.key_id)
        key_server.behave(keyserver.status(503))
        monotonic.move(FRESH_FOR + 1)
        pauses = []
        for _ in range(9):
            store.current(issuer.key_id)
            settle(store)
            pauses.append(store.state().next_attempt_in)
            monotonic.move(pauses[-1])
        assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]

    def test_tries_at_least_every_30_seconds_while_nothing_is_held(
        self, issuer, store, key_server, monotonic
    ):
        key_server.behave(keyserver.status(503))
        for _ in range(8):
            with pytest.raises(KeysUnavailableError):
                store.find(issuer.key_id)
            monotonic.move(30)
        assert len(key_server.requests) == 8


class TestShelf:
    @pytest.fixture
    def shelf(self, tmp_path, key_server):
        return Shelf(tmp_path / "keys", key_server.url)

    def test_lets_a_restart_during_an_outage_verify(self, issuer, shelf, key_server):
        KeyStore(key_server.url, shelf=shelf).find(issuer.key_id)
        key_server.behave(keyserver.status(503))
        restarted = KeyStore(key_server.url, shelf=shelf)
        assert restarted.find(issuer.key_id)
        assert key_server.requests == []

    def test_is_readable_by_its_owner_alone(self, issuer, shelf, key_server):
        KeyStore(key_server.url, shelf=shelf).find(issuer.key_id)
        assert shelf.path.stat().st_mode & 0o777 == 0o600
        assert shelf.folder.stat().st_mode & 0o777 == 0o700

    def test_is_not_trusted_past_the_stale_limit(self, issuer, shelf, key_server):
        now = time.time()
        KeyStore(key_server.url, shelf=shelf, clock=lambda: now).find(issuer.key_id)
        key_server.behave(keyserver.status(503))
        late = KeyStore(key_server.url, shelf=shelf, clock=lambda: now + STALE_FOR + 1)
        with pytest.raises(KeysUnavailableError):
            late.find(issuer.key_id)

    def test_is_not_trusted_when_it_comes_from_the_future(self, issuer, shelf, key_server):
        now = time.time()
        KeyStore(key_server.url, shelf=shelf, clock=lambda: now + 3600).find(issuer.key_id)
        key_server.behave(keyserver.status(503))
        with pytest.raises(KeysUnavailableError):
            KeyStore(key_server.url, shelf=shelf, clock=lambda: now).find(issuer.key_id)

    def test_is_not_read_when_others_may_write_it(self, issuer, shelf, key_server):
        KeyStore(key_server.url, shelf=shelf).find(issuer.key_id)
        shelf.path.chmod(0o666)
        assert shelf.load() is None

    def test_is_not_read_for_another_team(self, issuer, shelf, key_server):
        KeyStore(key_server.url, shelf=shelf).find(issuer.key_id)
        other = Shelf(shelf.folder, "https://other.cloudflareaccess.com/cdn-cgi/access/certs")
        other.path.write_bytes(shelf.path.read_bytes())
        other.path.chmod(0o600)
        assert other.load() is None

    @pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"url": 5}'])
    def test_that_is_broken_is_no_shelf(self, issuer, shelf, key_server, content):
        shelf.folder.mkdir(mode=0o700)
        shelf.path.write_bytes(content)
        shelf.path.chmod(0o600)
        assert KeyStore(key_server.url, shelf=shelf).find(issuer.key_id)
        assert json.loads(shelf.path.read_bytes())["url"] == key_server.url

    def test_in_a_folder_that_cannot_be_made_costs_nothing(self, issuer, key_server, tmp_path):
        (tmp_path / "file").write_text("")
        store = KeyStore(key_server.url, shelf=Shelf(tmp_path / "file" / "keys", key_server.url))
        assert store.find(issuer.key_id)
