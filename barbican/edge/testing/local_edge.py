"""
The local edge inside your own tests: `with LocalEdge("http://127.0.0.1:8000") as edge: …`.

It runs in a thread, on a free port, with temporary state and keys of its own. No Django is needed.

Source: rules 5, 7 to 9, 23, 24, 27 and 28 of the local edge; `docs/edge-in-your-tests.md`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from barbican.edge.journal.entries import Entry
from barbican.edge.organisation import sample
from barbican.edge.organisation.model import Application, Organisation, Policy
from barbican.edge.server import Options
from barbican.edge.testing.callers import LoggedIn, Pair, token_claims
from barbican.edge.testing.in_thread import EdgeThread, KeyFault
from barbican.edge.testing.policies import allow, service_auth
from barbican.edge.testing.state import HOSTS, TemporaryState, application, foreign_key
from barbican.edge.tokens.issuer import Claims, sign
from barbican.edge.wire.origin import origin_address
from barbican.protocol import CERTS_PATH


class LocalEdge:
    """
    An edge in front of an origin, for as long as the `with` block lasts.

    One application covers every address of this machine. Its policies, if you give none, admit any
    service token of this edge and everybody who has logged in.
    """

    def __init__(
        self,
        origin: str,
        *,
        policies: Sequence[Policy] | None = None,
        strict: bool = True,
        write_line: Callable[[str], None] | None = None,
    ) -> None:
        self.origin = _origin(origin)
        self._policies = policies
        self._is_strict = strict
        self._write_line = write_line or _write_nothing
        self._held: tuple[TemporaryState, EdgeThread] | None = None

    def start(self) -> Self:
        """Start it, where a `with` block does not fit."""
        if self._held is not None:
            raise RuntimeError("This local edge is running already.")
        self._shift = 0.0  # seconds by which its clock is ahead
        chosen = (service_auth(), allow()) if self._policies is None else self._policies
        state = TemporaryState(chosen, is_strict=self._is_strict)
        try:
            thread = EdgeThread(
                state.folder,
                Options(self.origin),
                clock=lambda: self.now,
                write_line=self._write_line,
            )
        except BaseException:
            state.close()
            raise
        self._held = (state, thread)
        return self

    def stop(self) -> None:
        """Stop it, at once or after the requests that are under way."""
        held, self._held = self._held, None
        if held is not None:
            state, thread = held
            try:
                thread.stop()
            finally:
                state.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # Where it is ------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Scheme, host and port: what a client asks instead of the origin."""
        return self._thread.url

    @property
    def team_domain(self) -> str:
        """The issuer, and the home of the signing keys: the edge's own address."""
        return self.url

    @property
    def certs_url(self) -> str:
        return f"{self.team_domain}{CERTS_PATH}"

    @property
    def audience_tag(self) -> str:
        """The AUD tag of the application that covers everything."""
        return self.organisation.applications[0].aud

    def settings(self, *namespaces: str, **audience_tags: str) -> dict[str, Any]:
        """
        Return the Django settings with which `barbican.access` believes this edge.

        Each namespace gets the AUD tag of the application that covers everything; by keyword, its
        own: `settings("reports", admin=application.aud)`.
        """
        tags = {**dict.fromkeys(namespaces, self.audience_tag), **audience_tags}
        return {
            "ACCESS_TEAM_DOMAIN": self.team_domain,
            "ACCESS_LOCAL_EDGE": True,
            "ACCESS_APPLICATIONS": {name: {"audience_tags": [tag]} for name, tag in tags.items()},
        }

    # What it protects -------------------------------------------------------------------

    @property
    def organisation(self) -> Organisation:
        """Everything that the edge knows, as it stands now."""
        return self._state.organisation

    def change(self, function: Callable[[Organisation], Organisation]) -> None:
        """Replace the organisation by what `function` makes of it, from the next request on."""
        self._state.change(function)

    def protect(self, where: str, *policies: Policy, **options: Any) -> Application:
        """
        Return a new application for a path (`/admin`) or for a host and path (`a.localhost/x`).

        The most specific application answers, and nothing is inherited. `options` are fields of
        `Application`, such as `service_auth_401_redirect=True`.
        """
        hosts = [f"{host}{where}" for host in HOSTS] if where.startswith("/") else [where]
        made = application(where, hosts, policies, **options)
        self.change(lambda known: replace(known, applications=(*known.applications, made)))
        return made

    @property
    def strict(self) -> bool:
        """Whether a bad service token gets 401 or 403, or counts as none, as in older teams."""
        return self.organisation.is_strict

    @strict.setter
    def strict(self, value: bool) -> None:
        self.change(lambda known: replace(known, is_strict=value))

    # Who comes --------------------------------------------------------------------------

    def service_token(self, name: str = "ci") -> Pair:
        """Return the service token of this name, made at the first call."""
        with suppress(LookupError):
            return Pair.of(self.organisation.service_token(name))
        return self.create_service_token(name)

    def create_service_token(
        self,
        name: str,
        *,
        expires_in: timedelta | None = timedelta(days=365),
        enabled: bool = True,
    ) -> Pair:
        """Return a new service token. None as `expires_in` is Access's `forever`."""
        ends = None if expires_in is None else self.now + expires_in.total_seconds()
        token = sample.service_token(name, ends, is_enabled=enabled)
        self.change(lambda known: replace(known, service_tokens=(*known.service_tokens, token)))
        return Pair.of(token)

    def act_as(self, email: str, **claims: Any) -> LoggedIn:
        """Return a person who has logged in: cookies, or headers, for requests to the edge."""
        return LoggedIn(email, self.application_token(email=email, **claims))

    def application_token(self, caller: Pair | None = None, **claims: Any) -> str:
        """
        Return an application token as the edge signs it, for an origin that is asked directly.

        With `email` it stands for a person, else for a machine: `caller`, or the one named "ci".
        `lifetime` is in seconds. Every other name is a claim to change; None leaves it out.
        """
        return sign(self._claims(caller, claims), self._state.keys.current)

    def forged_token(self, caller: Pair | None = None, **claims: Any) -> str:
        """Return the same, down to the key ID, but signed by somebody else's key."""
        key = replace(foreign_key(), key_id=self._state.keys.current.key_id)
        return sign(self._claims(caller, claims), key)

    def _claims(self, caller: Pair | None, changes: Claims) -> Claims:
        if caller is None and not changes.get("email"):
            caller = self.service_token()
        covering = self.organisation.applications[0]
        return token_claims(caller, covering, self.team_domain, int(self.now), changes)

    # Time and keys ----------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The edge's time, in Unix seconds."""
        return time.time() + self._shift

    def move_clock(self, **by: float) -> None:
        """Move the edge's clock, and no other: `move_clock(hours=25)`, `move_clock(days=-1)`."""
        self._shift += timedelta(**by).total_seconds()

    def rotate_keys(self) -> None:
        """Sign with a new key. The one before is still published, the one before that no more."""
        self._state.rotate_keys()

    @contextmanager
    def break_keys(self, fault: KeyFault = 500) -> Iterator[None]:
        """Let the keys endpoint answer with this status, with "garbage", or not at all: "hang"."""
        thread = self._thread
        thread.run(thread.edge.break_keys(fault))
        try:
            yield
        finally:
            if thread.is_running:
                thread.run(thread.edge.break_keys(None))

    @property
    def decisions(self) -> tuple[Entry, ...]:
        """The last decisions of the edge, the latest at the end."""
        thread = self._thread
        thread.run(thread.edge.settle())
        return tuple(thread.edge.journal)

    @property
    def _state(self) -> TemporaryState:
        return self._running[0]

    @property
    def _thread(self) -> EdgeThread:
        return self._running[1]

    @property
    def _running(self) -> tuple[TemporaryState, EdgeThread]:
        if self._held is None:
            raise RuntimeError("This local edge is not running: use it in a `with` block.")
        return self._held


def _origin(value: str) -> str:
    try:
        return origin_address(value)
    except ValueError:
        raise ValueError(
            f"{value!r} is no origin: write a scheme, a host and a port, as in"
            " http://127.0.0.1:8000."
        ) from None


def _write_nothing(line: str) -> None:
    """Drop the line: the journal has it all."""
