"""
Verifiers that were written elsewhere, set up as their documentation says, and the portal's own.

Each is made of a certs endpoint, an issuer and an AUD tag. `verify` returns the claims of a token
or raises `RefusedError` with the name that the verifier gives to the fault.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.request import urlopen

import joserfc.errors
import joserfc.jwk
import joserfc.jwt
import jwt

from barbican.access.errors import AccessError
from barbican.access.examination import Application
from barbican.access.keys import KeyStore
from barbican.access.verifier import Verifier
from tests.node import run as node

PATIENCE = 30  # seconds for one answer of the Node process

Claims = dict[str, Any]


class RefusedError(Exception):
    """The verifier refused a token. The text is the verifier's own name for the fault."""


@dataclass(frozen=True)
class Team:
    """What a verifier is told."""

    certs: str
    issuer: str
    audience: str


def pyjwt(team: Team) -> Callable[[str], Claims]:
    # By default a key that is not in the set is looked for again a while after the last fetch.
    client = jwt.PyJWKClient(team.certs, cooldown_duration=0)

    def verify(token: str) -> Claims:
        try:
            key = client.get_signing_key_from_jwt(token)
            return jwt.decode(
                token, key, algorithms=["RS256"], audience=team.audience, issuer=team.issuer
            )
        except jwt.PyJWTError as error:
            raise RefusedError(type(error).__name__) from error

    return verify


def joserfc_(team: Team) -> Callable[[str], Claims]:
    registry = joserfc.jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": team.issuer},
        aud={"essential": True, "value": team.audience},
        exp={"essential": True},
    )

    def verify(token: str) -> Claims:
        with urlopen(team.certs, timeout=5) as answer:  # it leaves fetching to its user
            keys = joserfc.jwk.KeySet.import_key_set(json.load(answer))
        try:
            read = joserfc.jwt.decode(token, keys, algorithms=["RS256"])
            registry.validate(read.claims)
        except joserfc.errors.JoseError as error:
            raise RefusedError(type(error).__name__) from error
        return read.claims

    return verify


def ours(team: Team) -> Callable[[str], Claims]:
    # The store asks again for an unknown key 30 s after the last time: here that has always passed.
    ticks = count(step=31)
    verifier = Verifier(
        application=Application("conformance", frozenset({team.audience})),
        team_domain=team.issuer,
        keys=KeyStore(team.certs, monotonic=lambda: float(next(ticks))),
    )

    def verify(token: str) -> Claims:
        try:
            return dict(verifier.verify(token).claims)
        except AccessError as error:
            raise RefusedError(error.code) from error

    return verify


class Node:
    """One Node process that verifies with the libraries in `tests/node`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [shutil.which("node") or "node", str(node.HERE / "verify.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._numbers = count()

    def close(self) -> None:
        self._process.communicate(timeout=PATIENCE)

    def verifier(self, library: str, team: Team) -> Callable[[str], Claims]:
        name = f"{library} {next(self._numbers)}"

        def verify(token: str) -> Claims:
            asked = {"library": library, "verifier": name, "token": token, **vars(team)}
            answer = self._ask(asked)
            if "error" in answer:
                raise RefusedError(answer["error"])
            return answer["claims"]

        return verify

    def _ask(self, asked: dict[str, str]) -> dict[str, Any]:
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())
        finally:
            watchdog.cancel()
            watchdog.join()
