"""
The local edge as a server: asks `decide`, then forwards, denies or answers by itself.

It stands where Cloudflare stands in front of a tunnel, on loopback only. The one thing that it
vouches for to the origin is the application token that it signed.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus

from aiohttp import web

from barbican.edge.answers import replies as answers
from barbican.edge.answers.replies import Answer
from barbican.edge.answers.ways import ways
from barbican.edge.certificates.client_certificates import vouched
from barbican.edge.certificates.tls import SecureListener
from barbican.edge.decision.core import decide
from barbican.edge.decision.decisions import (
    Decision,
    Deny,
    Describe,
    EdgeRequest,
    Forward,
    LogIn,
    Preflight,
    Refuse,
    Reserved,
)
from barbican.edge.journal import entries as journal
from barbican.edge.journal.basis import basis_of
from barbican.edge.journal.entries import Basis, Journal, Outcome
from barbican.edge.organisation.model import Organisation
from barbican.edge.people import forms
from barbican.edge.people.mail import Courier, Here
from barbican.edge.people.reception import Reception
from barbican.edge.people.revocations import FILE as REVOCATIONS_FILE
from barbican.edge.people.revocations import Revocations
from barbican.edge.people.visits import Visit
from barbican.edge.state.store import State, StateError, StateFolder
from barbican.edge.tokens.issuer import Issuer
from barbican.edge.wire.connections import Connections, most_callers
from barbican.edge.wire.greeting import greet
from barbican.edge.wire.limits import BACKLOG, ORIGIN_SILENCE
from barbican.edge.wire.messages import as_asked, as_response, respond, unreadable
from barbican.edge.wire.outgoing import prepare
from barbican.edge.wire.upstream import OriginError, Passage, Upstream
from barbican.protocol import CERTS_PATH

GRACE = 2.0  # seconds for requests under way when the edge stops


@dataclass(frozen=True, slots=True)
class Options:
    """How the edge differs from what its state folder says."""

    origin: str  # scheme, host and port of the server behind the edge
    is_legacy: bool = False
    is_without_401: bool = False
    is_portal: bool = False  # the origin is the demo's portal, which has pages about refusals
    silence: float = ORIGIN_SILENCE  # seconds that the origin may take

    def applied(self, organisation: Organisation) -> Organisation:
        if self.is_legacy:
            organisation = organisation.legacy()
        return organisation.without_401() if self.is_without_401 else organisation


class Edge:
    """Answers one request after the other. Each gets an entry in `journal`, and a line."""

    def __init__(
        self,
        folder: StateFolder,
        options: Options,
        *,
        team_domain: str,
        write_line: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        courier: Courier | None = None,
    ) -> None:
        self.options = options
        self.issuer = Issuer(team_domain, folder.state().keys)
        self.courier = courier or Here(write_line)
        self.people = Reception(
            self.issuer,
            Revocations(folder.folder / REVOCATIONS_FILE),
            self.courier,
            account_id=folder.api_credentials()[0],
        )
        self.upstream = Upstream(options.origin, silence=options.silence)
        self.journal = Journal()
        self._folder = folder
        self._write_line = write_line
        self._clock = clock
        self._complaint = ""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Decide about one request and see it through."""
        began = time.perf_counter()
        asked = as_asked(request)
        now = self._clock()
        organisation = self._organisation()
        asked = replace(
            asked,
            identities=self.people.identities(asked.headers, organisation, now),
            certificate=vouched(asked.certificate, organisation.certificates, now),
        )
        decision = unreadable(asked) or decide(asked, organisation, now)
        basis = basis_of(asked, decision, organisation, now)
        decided = time.perf_counter()
        ray = answers.new_ray()
        note = ""
        if isinstance(decision, Forward):
            ready = prepare(decision, asked, organisation, self.issuer, ray=ray, now=now)
            passage = Passage(request, asked.target, ready.headers, ray, ready.cookies)
            try:
                response = await self.upstream.carry(passage)
            except OriginError as error:
                note = error.message
                answer = answers.fault(error.status, error.message, asked, ray)
                response = await respond(answer.with_cookies(ready.cookies), request)
        elif isinstance(decision, Reserved):
            visit = Visit(asked, organisation, now, ray)
            try:
                answer = await self._reserved(decision.path, visit, request)
            except forms.FormError as error:
                note = error.message
                answer = answers.fault(error.status, error.message, asked, ray)
            response = await respond(answer, request)
        else:
            answer = self._answer(decision, asked, ray, now, organisation)
            response = await respond(answer, request)
        outcome = Outcome(response.status, ray, note, *_milliseconds(began, decided))
        self._record(asked, decision, basis, outcome, now)
        return response

    def refuse(self, status: HTTPStatus, reason: str) -> web.Response:
        """Return the answer to bytes that never became a request, and write their line."""
        nobody, ray = EdgeRequest("-", "-", (), ip=""), answers.new_ray()
        outcome = Outcome(status.value, ray)
        self._record(nobody, Refuse(status, reason), Basis(), outcome, self._clock())
        return as_response(answers.fault(status, reason, nobody, ray))

    def _record(
        self, asked: EdgeRequest, decision: Decision, basis: Basis, outcome: Outcome, now: float
    ) -> None:
        self.journal.add(journal.entry(asked, decision, basis, outcome, now))
        self._write_line(journal.line(asked, decision, outcome.status, now, outcome.note))

    def _organisation(self) -> Organisation:
        state = self._state()
        self.issuer.keys = state.keys
        return self.options.applied(state.organisation)

    def _state(self) -> State:
        try:
            state = self._folder.state()
        except StateError as error:
            last = self._folder.last_state()
            if last is None:
                raise
            self._complain(f"{error} Until then the edge goes on with what it read before.")
            return last
        self._complaint = ""
        return state

    def _complain(self, sentence: str) -> None:
        if sentence != self._complaint:  # once, and not for every request
            self._complaint = sentence
            self._write_line(sentence)

    def _answer(
        self,
        decision: Decision,
        asked: EdgeRequest,
        ray: str,
        now: float,
        organisation: Organisation,
    ) -> Answer:
        match decision:
            case Deny():
                portal = self.options.origin if self.options.is_portal else ""
                on = ways(decision, asked, portal, is_strict=organisation.is_strict)
                return answers.denial(decision, asked, ray, on)
            case LogIn():
                return answers.login(decision, asked, self.issuer, ray, now, organisation.choices)
            case Preflight():
                return answers.preflight(decision, asked, ray)
            case Describe():
                return answers.metadata(decision, asked, self.issuer, ray, now)
            case Refuse(status=status, reason=reason):
                return answers.fault(status, reason, asked, ray)
            case Forward() | Reserved():
                raise AssertionError("Answered by the origin, or by the reception.")

    async def _reserved(self, path: str, visit: Visit, request: web.BaseRequest) -> Answer:
        """Answer below the reserved path. Raises `FormError`."""
        asked = visit.request
        if path == CERTS_PATH and self.people.serves(asked.host, visit.organisation):
            return self._certs(visit)
        if asked.method == "POST":
            visit = replace(visit, form=await forms.read(request))
        return self.people.answer(visit)

    def _certs(self, visit: Visit) -> Answer:
        if visit.request.method not in {"GET", "HEAD"}:
            why = "The signing keys can only be read."
            status = HTTPStatus.METHOD_NOT_ALLOWED
            return answers.fault(status, why, visit.request, visit.ray)
        cache_control = visit.organisation.choices.certs_cache_control
        return answers.document(self.issuer.keys.document(), visit.ray, cache_control)


def _milliseconds(began: float, decided: float) -> tuple[float, float]:
    """Return the edge's own time and the whole time of a request that ends now."""
    return (decided - began) * 1000, (time.perf_counter() - began) * 1000


async def serve(
    edge: Edge,
    listener: socket.socket,
    stop: asyncio.Event,
    secure: SecureListener | None = None,
) -> None:
    """Answer requests until `stop` is set, then finish those under way."""
    server = Connections(edge.handle, edge.refuse, most=most_callers())
    runner = web.ServerRunner(server, shutdown_timeout=GRACE)
    await runner.setup()
    await web.SockSite(runner, listener, backlog=BACKLOG).start()
    greeting = asyncio.create_task(greet(secure, server)) if secure else None
    try:
        await stop.wait()
    finally:
        if greeting:
            greeting.cancel()
            with suppress(asyncio.CancelledError):
                await greeting
        await runner.cleanup()
        await edge.upstream.close()
