"""
The key store: one team's signing keys, kept calm through rotation, outage and flood.

    fresh      1 h. From 80 % of that age a refresh runs in the background and nobody waits.
    stale      up to 7 days, while the endpoint fails. Access publishes a withdrawn key that long.
    unknown    a key ID that is not held causes at most one fetch per 30 s, counted from attempts.
    failure    back off 5 s, 10 s … 5 min; 30 s at most while nothing is held. The old set stays.
    fetch      single flight: late comers join the fetch in progress for at most 3 s. Of those who
               wait for an unknown key ID at most 4 at once do, so that a flood of made-up IDs
               never holds every thread while the endpoint hangs.
    restart    the last good set is kept on a shelf with its fetch time, and read at first use.

The lock guards assignments and is never held over the network. The set is immutable and replaced
whole. A thread is started on demand, as threads do not survive a fork.

Source: the figures are this project's; rotation and grace from Cloudflare One, "Validating JSON".
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from barbican.access.errors import KeysUnavailableError, UnknownKeyError
from barbican.access.fetch import DEADLINE, FetchError, fetch
from barbican.access.keyset import Keys, KeySetError, SigningKey, keep_objects, parse_key_set
from barbican.access.shelf import Shelf

FRESH_FOR = 3_600.0  # seconds
REFRESH_AT = 0.8 * FRESH_FOR
STALE_FOR = 7 * 86_400.0  # seconds since the fetch; older keys verify nothing
UNKNOWN_KEY_SPACING = 30.0  # seconds between fetches that an unknown key ID causes
FIRST_BACK_OFF = 5.0
LONGEST_BACK_OFF = 300.0
LONGEST_BACK_OFF_WHEN_EMPTY = 30.0
MOST_WAITING_FOR_UNKNOWN = 4  # half the threads of the shipped gunicorn.conf.py

Freshness: TypeAlias = Literal["empty", "fresh", "stale", "expired"]

logger = logging.getLogger("barbican.access.keys")


@dataclass(frozen=True, slots=True)
class Held:
    """One key set and when it was fetched."""

    keys: Keys
    fetched_at: float  # Unix seconds, for people
    fetched_mono: float  # on the monotonic clock, for ages


@dataclass(frozen=True, slots=True)
class KeyState:
    """The store at one moment, for pages, `/readyz` and commands."""

    source: str  # the certs endpoint
    freshness: Freshness
    key_ids: tuple[str, ...]
    fetched_at: float | None  # Unix seconds
    age: float | None  # seconds
    last_error: str  # of the last attempt; empty when it went well
    next_attempt_in: float  # seconds; 0 when a fetch may start at once
    fetches: int = 0  # attempts of this process
    unknown_attempt_in: float = 0.0  # seconds; until an unknown key ID may cause a fetch

    @property
    def refresh_in(self) -> float | None:
        """Seconds until a set that serves well is fetched anew; None without one."""
        return None if self.age is None else max(0.0, REFRESH_AT - self.age)

    @property
    def is_stale(self) -> bool:
        return self.freshness == "stale"


class KeyStore:
    """The signing keys of one certs endpoint. One per process; safe among threads."""

    def __init__(
        self,
        url: str,
        *,
        shelf: Shelf | None = None,
        fetcher: Callable[[str], bytes] = fetch,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url = url
        self._fetcher = fetcher
        self._monotonic = monotonic
        self._clock = clock
        self._lock = threading.Lock()
        self._shelf = shelf
        self._shelf_is_read = shelf is None
        self._may_wait = threading.BoundedSemaphore(MOST_WAITING_FOR_UNKNOWN)
        self._flight: Future[None] | None = None
        self._held: Held | None = None
        self._fetches = 0
        self._failures = 0
        self._last_error = ""
        self._not_before = 0.0  # monotonic: no attempt earlier, after a failure
        self._unknown_not_before = 0.0  # monotonic: no fetch for an unknown key ID earlier

    def current(self, key_id: str) -> tuple[SigningKey, ...]:
        """Return the keys held under this ID, without waiting. Empty when there are none."""
        held = self._held
        if held is None:
            return ()
        age = self._monotonic() - held.fetched_mono
        if age > REFRESH_AT:
            self._refresh()
            if age > STALE_FOR:
                return ()
        return held.keys.get(key_id, ())

    def holds(self, key: SigningKey) -> bool:
        """Say whether this very key is still in the set. Keys compare by identity."""
        held = self._held
        if held is None or self._monotonic() - held.fetched_mono > REFRESH_AT:
            self.ensure()
            return key in self.current(key.key_id)
        return key in held.keys.get(key.key_id, ())

    def find(self, key_id: str) -> tuple[SigningKey, ...]:
        """
        Return the team's keys of this ID, fetching the set if that may help.

        Raises `UnknownKeyError` when the team publishes no such key, `KeysUnavailableError` when
        no usable set could be had.
        """
        just_fetched = self.ensure()
        keys = self.current(key_id)
        if not keys and self._is_usable():
            self._look_again(just_fetched)
            keys = self.current(key_id)
        if keys:
            return keys
        if self._is_usable():
            raise UnknownKeyError
        raise KeysUnavailableError

    def ensure(self) -> bool:
        """
        Make sure that a usable set is held, if one can be had. Say whether that took a fetch.

        Idleness is not a failure: a process that slept past the fresh time fetches first. Where
        the endpoint has just failed, the stale set serves at once and nobody waits.
        """
        if self._held is None and not self._shelf_is_read:
            self._take_from_shelf()
        age = self._age()
        if age is not None and (age <= FRESH_FOR or (self._failures and age <= STALE_FOR)):
            return False
        flight = self._refresh()
        self._wait(flight)
        return flight is not None

    def refresh_now(self) -> KeyState:
        """Fetch at once, whatever the spacing, and return what came of it."""
        with self._lock:
            self._not_before = 0.0
        self._wait(self._refresh())
        return self.state()

    def state(self) -> KeyState:
        held, age, now = self._held, self._age(), self._monotonic()
        return KeyState(
            source=self.url,
            freshness=_freshness(age),
            key_ids=tuple(held.keys) if held else (),
            fetched_at=held.fetched_at if held else None,
            age=age,
            last_error=self._last_error,
            next_attempt_in=max(0.0, self._not_before - now),
            fetches=self._fetches,
            unknown_attempt_in=max(0.0, self._unknown_not_before - now),
        )

    @property
    def is_stale(self) -> bool:
        age = self._age()
        return age is not None and age > FRESH_FOR

    def _age(self) -> float | None:
        held = self._held
        return None if held is None else self._monotonic() - held.fetched_mono

    def _is_usable(self) -> bool:
        age = self._age()
        return age is not None and age <= STALE_FOR

    def _take_from_shelf(self) -> None:
        """Hold the kept set, with its true age. One from the future has no age to trust."""
        kept = self._shelf.load() if self._shelf else None
        self._shelf_is_read = True
        if kept is None:
            return
        document, fetched_at = kept
        age = self._clock() - fetched_at
        if not 0 <= age <= STALE_FOR:
            return
        with suppress(KeySetError):
            keys = parse_key_set(document)
            with self._lock:
                self._held = self._held or Held(keys, fetched_at, self._monotonic() - age)

    def _look_again(self, just_fetched: bool) -> None:
        """Fetch for a key ID that is not held, unless the last such fetch is too recent."""
        with self._lock:
            now = self._monotonic()
            is_due = now >= self._unknown_not_before
            if just_fetched or (is_due and self._flight is None):
                self._unknown_not_before = now + UNKNOWN_KEY_SPACING
            flight = self._flight
        if is_due and not just_fetched:
            flight = self._refresh()
        if flight and self._may_wait.acquire(blocking=False):
            try:
                self._wait(flight)
            finally:
                self._may_wait.release()

    def _refresh(self) -> Future[None] | None:
        """Start a fetch, or return the one in flight. None when it is too early after a failure."""
        with self._lock:
            if self._flight:
                return self._flight
            if self._monotonic() < self._not_before:
                return None
            flight: Future[None] = Future()
            self._flight = flight
            self._fetches += 1
        try:
            threading.Thread(
                target=self._run, args=(flight,), name="access-keys", daemon=True
            ).start()
        except RuntimeError:  # no thread to be had: as if the endpoint had failed
            self._land(flight, "no thread could be started")
        return flight

    def _run(self, flight: Future[None]) -> None:
        try:
            document = self._fetcher(self.url)
            self._accept(document, parse_key_set(document))
        except (FetchError, KeySetError) as error:
            self._land(flight, str(error))
        except Exception:
            logger.exception("signing keys not fetched")
            self._land(flight, "an unexpected fault, which the log has")
        else:
            self._land(flight)

    def _land(self, flight: Future[None], error: str = "") -> None:
        if error:
            self._fail(error)
        with self._lock:
            self._flight = None
        flight.set_result(None)

    def _accept(self, document: bytes, keys: Keys) -> None:
        with self._lock:
            if self._held:
                keys = keep_objects(keys, self._held.keys)
            held = self._held = Held(keys, self._clock(), self._monotonic())
            self._failures, self._last_error, self._not_before = 0, "", 0.0
        if self._shelf:
            self._shelf.save(document, held.fetched_at)
        logger.info("signing keys fetched: %d", len(keys))

    def _fail(self, error: str) -> None:
        with self._lock:
            longest = LONGEST_BACK_OFF if self._held else LONGEST_BACK_OFF_WHEN_EMPTY
            pause = min(longest, FIRST_BACK_OFF * 2 ** min(self._failures, 10))
            self._failures += 1
            self._last_error = error
            self._not_before = self._monotonic() + pause
        logger.warning("signing keys not fetched: %s; next attempt in %.0f s", error, pause)

    @staticmethod
    def _wait(flight: Future[None] | None) -> None:
        if flight is not None:
            try:
                flight.result(timeout=DEADLINE)
            except FutureTimeoutError:
                return  # the fetch goes on; this caller answers with what is held


def _freshness(age: float | None) -> Freshness:
    if age is None:
        return "empty"
    if age <= FRESH_FOR:
        return "fresh"
    return "stale" if age <= STALE_FOR else "expired"
