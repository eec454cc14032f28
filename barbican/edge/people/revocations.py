"""
Which tokens are refused before they expire: those from before a logout.

A revocation is by name: a person's UUID, or an AUD tag for all of an application's tokens. It lasts
as long as any token can, and survives a restart in a small private file. Nothing else about a
session is kept anywhere.

Source: Cloudflare One documentation, "Session management": a logout ends the session everywhere;
Access heeds it after 20 to 30 seconds (`Choices.logout_delay`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from barbican.edge.state import private_files

FILE = "revocations.json"
LOCK = "revocations.lock"  # a second edge on the folder waits, so that no logout is lost
FORMAT = 1
LONGEST_SESSION = 730 * 3600  # seconds: one month, the longest that Access offers
MOST_NAMES = 10_000
MOST_SPARED = 100  # sessions begun in the second of a logout, after it


class RevocationsError(Exception):
    """The file cannot be used. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Tokens issued up to and in this second are refused, from that moment on."""

    issued_until: int  # Unix seconds
    heeded_from: float  # Unix seconds
    spared: tuple[str, ...] = ()  # nonces of the sessions that began later in the same second

    def covers(self, issued_at: float, nonce: str) -> bool:
        return int(issued_at) <= self.issued_until and not (nonce and nonce in self.spared)


Names = dict[str, tuple[Revocation, ...]]
Stamp = tuple[int, int, int] | None


class Revocations:
    """The file, read again whenever another process has written it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: Stamp = None
        self._floor = 0  # Unix seconds: what was issued until then is refused, whoever asks
        self._names: Names = {}
        self._refresh()

    def revoke(self, name: str, now: float, *, delay: float = 0.0) -> None:
        """Refuse every token of this name from before this moment."""
        with self._alone():
            self._add(name, now, now + delay)
            self._forget(now)
            self._write()

    def _add(self, name: str, now: float, wanted: float) -> None:
        held = self._names.pop(name, ())
        in_force = tuple(each for each in held if each.heeded_from <= now)[-1:]
        pending = min((each.heeded_from for each in held if each.heeded_from > now), default=None)
        heeded_from = wanted if pending is None else min(pending, wanted)
        fresh = Revocation(int(now), heeded_from)
        # Once the new one is heeded it covers the old one. Until then both are needed.
        self._names[name] = (fresh,) if heeded_from <= now else (*in_force, fresh)

    def spare(self, name: str, nonce: str, now: float) -> None:
        """Except a session that begins now from a revocation of this very second."""
        self._refresh()
        if not any(each.issued_until >= int(now) for each in self._names.get(name, ())):
            return
        with self._alone():
            self._names[name] = tuple(
                replace(each, spared=(*each.spared, nonce)[-MOST_SPARED:])
                for each in self._names.get(name, ())
            )
            self._write()

    def refuse(
        self, name: str, issued_at: float, nonce: str, now: float, *, at_once: bool = False
    ) -> bool:
        """Say whether a token is revoked. `at_once` does not wait for the delay."""
        self._refresh()
        if int(issued_at) <= self._floor:
            return True
        return any(
            each.covers(issued_at, nonce)
            for each in self._names.get(name, ())
            if at_once or each.heeded_from <= now
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """
        Read what others have written, and let nobody else write meanwhile.

        Raises `RevocationsError`; a logout that cannot be written holds until the edge stops.
        """
        try:
            with private_files.alone(self._path.with_name(LOCK)):
                self._refresh()
                yield
        except OSError as error:
            raise RevocationsError(
                f"The edge cannot write {self._path.name} ({error.strerror}): make room for it, and"
                " try again."
            ) from error

    def _forget(self, now: float) -> None:
        oldest = now - LONGEST_SESSION
        self._names = {
            name: held for name, held in self._names.items() if held[-1].issued_until >= oldest
        }
        while len(self._names) > MOST_NAMES:
            # Rather refuse too much than let a revoked token live again.
            dropped = self._names.pop(next(iter(self._names)))
            self._floor = max(self._floor, *(each.issued_until for each in dropped))

    def _write(self) -> None:
        names = {name: [asdict(each) for each in held] for name, held in self._names.items()}
        content = {"format": FORMAT, "floor": self._floor, "revoked": names}
        private_files.write(self._path, json.dumps(content) + "\n")
        self._stamp = self._stamp_now()

    def _refresh(self) -> None:
        stamp = self._stamp_now()
        if stamp is None or stamp == self._stamp:
            return
        try:
            self._floor, self._names = _load(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            if self._stamp is None:  # nothing was ever read: do not start as if nobody logged out
                raise RevocationsError(
                    f"{self._path} is damaged: delete it, and everybody who logged out before may"
                    " come back with an old token."
                ) from None
        self._stamp = stamp

    def _stamp_now(self) -> Stamp:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size


def _load(text: str) -> tuple[int, Names]:
    content = json.loads(text)
    if content["format"] != FORMAT:
        raise ValueError("another format")
    return int(content["floor"]), {
        str(name): tuple(
            Revocation(
                int(each["issued_until"]),
                float(each["heeded_from"]),
                tuple(map(str, each["spared"])),
            )
            for each in held
        )
        for name, held in content["revoked"].items()
        if held
    }
