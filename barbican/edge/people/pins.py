"""
One-time PINs: made, kept as digests, compared, and good once.

A login for an address that no policy admits is the same in every way, but that its PIN is told to
nobody.

Source: Cloudflare One documentation, "One-time PIN login": valid for 10 minutes, single use. The
bounds on tries and mails are this project's.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from enum import Enum, auto
from hashlib import sha256

from barbican.edge.people.limits import Limit
from barbican.edge.people.tickets import LIFETIME as TICKET_LIFETIME
from barbican.edge.people.tickets import Ticket

DIGITS = 6
LIFETIME = 600  # seconds
MOST_TRIES = 5  # of one login
MOST_LOGINS = 1000  # under way; the oldest gives way
WINDOW = 600  # seconds that the limits look back
TRIES_PER_ADDRESS = 10
CODES_PER_ADDRESS = 5
CODES_IN_ALL = 100


class Outcome(Enum):
    """What came of a try."""

    RIGHT = auto()
    WRONG = auto()
    USED = auto()  # right, but for the second time
    EXPIRED = auto()
    EXHAUSTED = auto()  # too many tries: the login has to start again


class TooManyCodesError(Exception):
    """Codes were asked for too often: for this address, or in all."""


@dataclass(slots=True)
class PinLogin:
    """Somebody who says to be this address and has yet to prove it."""

    ticket: Ticket
    email: str
    browser: str
    digest: bytes = field(repr=False)
    asked_at: float  # Unix seconds
    tries: int = 0
    is_used: bool = False


class Pins:
    """The logins under way, in memory alone: a restart starts them all again."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._logins: dict[str, PinLogin] = {}
        self._codes = Limit(CODES_PER_ADDRESS, WINDOW)
        self._all_codes = Limit(CODES_IN_ALL, WINDOW)
        self._tries = Limit(TRIES_PER_ADDRESS, WINDOW)

    def start(self, ticket: Ticket, email: str, browser: str, now: float) -> tuple[str, str]:
        """Return the new login's name and its PIN. Raises `TooManyCodesError`."""
        if self._codes.is_reached(email, now) or self._all_codes.is_reached("", now):
            raise TooManyCodesError
        self._codes.count(email, now)
        self._all_codes.count("", now)
        name, pin = secrets.token_urlsafe(24), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        self._logins[name] = PinLogin(ticket, email, browser, self._digest(name, pin), now)
        self._forget(now)
        return name, pin

    def find(self, name: str, browser: str, now: float) -> PinLogin | None:
        """Return a login under way in this browser. An expired one is still known for a while."""
        login = self._logins.get(name)
        if login is None or not browser or login.browser != browser:
            return None
        return login if now < login.asked_at + TICKET_LIFETIME else None

    def attempt(self, name: str, login: PinLogin, code: str, now: float) -> Outcome:
        """Return what this try comes to. It counts, whatever it is."""
        if now >= login.asked_at + LIFETIME:
            return Outcome.EXPIRED
        if self.is_exhausted(login, now):
            return Outcome.EXHAUSTED
        if not hmac.compare_digest(self._digest(name, code), login.digest):
            login.tries += 1
            self._tries.count(login.email, now)
            return Outcome.WRONG
        outcome = Outcome.USED if login.is_used else Outcome.RIGHT
        login.is_used = True
        return outcome

    def is_exhausted(self, login: PinLogin, now: float) -> bool:
        """Say whether another try would be turned away unread."""
        return login.tries >= MOST_TRIES or self._tries.is_reached(login.email, now)

    def _digest(self, name: str, code: str) -> bytes:
        text = f"{name} {code}".encode("utf-8", "replace")
        return hmac.new(self._key, text, sha256).digest()

    def _forget(self, now: float) -> None:
        oldest = now - TICKET_LIFETIME
        self._logins = {
            name: login for name, login in self._logins.items() if login.asked_at > oldest
        }
        while len(self._logins) > MOST_LOGINS:
            self._logins.pop(next(iter(self._logins)))
