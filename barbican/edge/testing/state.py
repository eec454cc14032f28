"""
What one edge in a test knows: an organisation and two signing keys, in a folder that goes away.
"""

from __future__ import annotations

import secrets
import tempfile
import threading
import uuid
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.model import Application, Organisation, Policy
from barbican.edge.state.store import StateFolder
from barbican.edge.tokens.keys import KeyPair, SigningKey

# Every name of this machine, so that a test may say `localhost` or `reports.localhost` as well.
HOSTS = ("127.0.0.1", "[::1]", "localhost", "*.localhost")


@cache
def signing_key(number: int) -> SigningKey:  # noqa: ARG001 - names the key in the cache
    """Return a signing key. Making one is slow, so the edges of a process share theirs."""
    return SigningKey.make()


def foreign_key() -> SigningKey:
    """Return a key that no edge publishes."""
    return signing_key(-1)


class TemporaryState:
    """A state folder of the edge, and one change of it at a time."""

    def __init__(self, policies: Sequence[Policy], *, is_strict: bool) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="local-edge-")
        self._lock = threading.RLock()
        self._rotations = 0
        self.folder = StateFolder(Path(self._temporary.name))
        self.folder.write_keys(KeyPair(signing_key(1), signing_key(0)))
        self.folder.write_organisation(_organisation(policies, is_strict=is_strict))

    @property
    def organisation(self) -> Organisation:
        return self.folder.state().organisation

    @property
    def keys(self) -> KeyPair:
        return self.folder.state().keys

    def change(self, function: Callable[[Organisation], Organisation]) -> None:
        self.folder.change(function)

    def rotate_keys(self) -> None:
        with self._lock:
            self._rotations += 1
            self.folder.write_keys(KeyPair(signing_key(self._rotations + 1), self.keys.current))

    def close(self) -> None:
        self._temporary.cleanup()


def application(
    name: str, where: Sequence[str], policies: Sequence[Policy], **options: Any
) -> Application:
    """Return a new application with an AUD tag of its own. Raises `ValueError`, `TypeError`."""
    return Application(
        id=str(uuid.uuid4()),
        name=name,
        aud=secrets.token_hex(32),
        destinations=tuple(Destination.parse(each) for each in where),
        policies=tuple(policies),
        **options,
    )


def _organisation(policies: Sequence[Policy], *, is_strict: bool) -> Organisation:
    return Organisation(
        team_name="local-edge",
        base_domain="localhost",
        applications=(application("everything", HOSTS, policies),),
        service_tokens=(),
        is_strict=is_strict,
    )
