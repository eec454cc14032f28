"""
Puts what the edge says about the caller on the request, once it is proven.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from barbican.access import conf
from barbican.access.evidence import Check
from barbican.access.examination import Examination
from barbican.access.identity import Identity
from barbican.access.presented import presented
from barbican.access.signals import examined

logger = logging.getLogger("barbican.access")


class Access:
    """One request's token. Nothing is verified until it is read, and then once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._examinations: dict[str, Examination] = {}

    @property
    def application(self) -> str:
        """The name of the application that protects this URL, by its namespace."""
        match = self._request.resolver_match
        return match.namespaces[0] if match and match.namespaces else ""

    @property
    def examination(self) -> Examination:
        return self.for_application(self.application)

    def for_application(self, name: str) -> Examination:
        """Examine the request as this application would. A page accepts its own tags only."""
        found = self._examinations.get(name)
        if found is None:
            meta = self._request.META
            found = conf.verifier_for(name).examine(presented(meta), meta)
            self._examinations[name] = found
        return found

    def report(self, seconds: float) -> None:
        """
        Tell the log and other listeners this request's verdict, if somebody asked for it.

        The line names the key, and neither the caller nor anything that a caller wrote.
        """
        found = self._examinations.get(self.application)
        if found is None or not self.application:
            return
        examined.send(
            sender=Access, examination=found, application=self.application, seconds=seconds
        )
        if not logger.isEnabledFor(logging.INFO):
            return
        key = found.reading.key if found.reading else None
        fields = {
            "verdict": found.verdict,
            "application": self.application,
            "route": getattr(self._request, "door", ""),
            "key_id": key.key_id if key else "",
            "request_id": getattr(self._request, "id", ""),
            "milliseconds": round(seconds * 1_000, 2),
        }
        logger.info("%s: %s", self.application, found.verdict, extra={"fields": fields})

    @property
    def verdict(self) -> str:
        return self.examination.verdict

    @property
    def status(self) -> HTTPStatus:
        return self.examination.status

    @property
    def identity(self) -> Identity | None:
        return self.examination.identity

    @property
    def checks(self) -> tuple[Check, ...]:
        return self.examination.checks

    @cached_property
    def principal(self) -> Any:
        """What the authentication backend makes of the token: a user, a machine, or None."""
        token = self.examination.verified
        return token and auth.authenticate(self._request, verified_token=token)


class AccessMiddleware:
    """
    Put ``request.access`` on the request, and the token's principal in its ``user``.

    Goes after AuthenticationMiddleware, whose session user remains where no token speaks, and
    always in the admin. Both are lazy: a page that reads neither costs no verification. A refused
    token is data for the page to explain, not an exception, and nothing is kept in the session:
    the edge sends a token with every request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        access = Access(request)
        request.access = access  # type: ignore[attr-defined]
        session_user = getattr(request, "user", None) or AnonymousUser()

        def user() -> Any:
            if access.application in ("", conf.ADMIN):
                return session_user
            return access.principal or session_user

        request.user = SimpleLazyObject(user)  # type: ignore[assignment]
        started = time.perf_counter()
        response = self.get_response(request)
        access.report(time.perf_counter() - started)
        return response
