"""
The management API: Cloudflare's paths and envelope, over the local organisation.

A request and the state folder in, a status, headers and an envelope out; `server` listens. Each
resource has a module of its own, which names its routes in `ROUTES`.

Source: Cloudflare API, Zero Trust > Access; what each field and code rests on is in `docs/edge-
api.md`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus

from barbican.edge.api import (
    app_policies,
    applications,
    certificates,
    identity_providers,
    keys,
    organizations,
    policies,
    service_tokens,
    user,
)
from barbican.edge.api.authentication import authenticate
from barbican.edge.api.call import Call, Handler, Routes
from barbican.edge.api.envelope import ApiRequest, Envelope, Reply, failure
from barbican.edge.api.errors import (
    ApiError,
    broken_state,
    no_route,
    wrong_account,
    wrong_method,
)
from barbican.edge.state.store import StateError, StateFolder

PREFIX = "/client/v4"
RESOURCES: Sequence[Routes] = (
    applications.ROUTES,
    app_policies.ROUTES,
    policies.ROUTES,
    service_tokens.ROUTES,
    certificates.ROUTES,
    identity_providers.ROUTES,
    keys.ROUTES,
    organizations.ROUTES,
)
_ACCOUNT = re.compile(r"/accounts/(?P<account>[0-9a-f]{32})/access/(?P<rest>.+)")

Headers = tuple[tuple[str, str], ...]
Answer = tuple[HTTPStatus, Headers, Envelope]


class Api:
    """
    Answers management requests for one state folder.

    `routes` adds to what `RESOURCES` has: paths below `/accounts/{account_id}/access/`.
    """

    def __init__(
        self,
        folder: StateFolder,
        account_id: str,
        api_token: str,
        *,
        clock: Callable[[], float],
        team_domain: str = "",
        routes: Routes | None = None,
    ) -> None:
        self._folder = folder
        self._account_id = account_id
        self._api_token = api_token
        self._clock = clock
        self._team_domain = team_domain
        self._table = _Table(*RESOURCES, routes or {})
        self._user = _Table(user.ROUTES)

    def answer(self, request: ApiRequest) -> Answer:
        """Return status, headers and envelope. Never raises on account of the request."""
        try:
            reply = self._reply(request)
        except ApiError as error:
            return error.status, error.headers, failure(error)
        except (StateError, OSError) as error:
            why = broken_state(str(error) if isinstance(error, StateError) else _disk(error))
            return why.status, (), failure(why)
        return reply.status, (), reply.envelope()

    def _reply(self, request: ApiRequest) -> Reply:
        authenticate(request.authorization, self._api_token)
        handler, ids = self._route(request)
        call = Call(request, self._folder, self._clock(), ids, self._account_id, self._team_domain)
        return handler(call)

    def _route(self, request: ApiRequest) -> tuple[Handler, dict[str, str]]:
        if not request.path.startswith(f"{PREFIX}/"):
            raise no_route(request.path)
        path = request.path.removeprefix(PREFIX)
        if path.startswith("/user/"):
            return self._user.find(request, path.removeprefix("/user/"))
        found = _ACCOUNT.fullmatch(path)
        if found is None:
            raise no_route(request.path)
        if found["account"] != self._account_id:
            raise wrong_account()
        return self._table.find(request, found["rest"])


class _Table:
    """Routes by the shape of their path."""

    def __init__(self, *tables: Routes) -> None:
        self._routes = [
            (_pattern(path), methods) for table in tables for path, methods in table.items()
        ]

    def find(self, request: ApiRequest, path: str) -> tuple[Handler, dict[str, str]]:
        method = "GET" if request.method == "HEAD" else request.method
        for pattern, methods in self._routes:
            if found := pattern.fullmatch(path):
                if method not in methods:
                    raise wrong_method([*methods])
                return methods[method], found.groupdict()
        raise no_route(request.path)


def _pattern(path: str) -> re.Pattern[str]:
    """Return what `a/{name}/b` stands for."""
    parts = (
        f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
        for part in path.split("/")
    )
    return re.compile("/".join(parts))


def _disk(error: OSError) -> str:
    return f"The state folder cannot be written: {error.strerror or 'unknown reason'}."
