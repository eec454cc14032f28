"""
The management API: Cloudflare's paths, envelope and fields, over the local organisation.

Pure: a request and the state folder in, a status and an envelope out. `api_server` listens.

Source: Cloudflare API, Zero Trust > Access: service tokens, keys; organisations. The error codes of
a wrong API token are the API's own; those of a bad field or an unknown ID are this project's
choice, in the form in which Access words them.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from barbican.edge import durations, sample
from barbican.edge.callers import ServiceToken
from barbican.edge.model import Organisation
from barbican.edge.store import StateFolder

PREFIX = "/client/v4"
NAME_LENGTH = 350  # characters
YEAR = 365 * 24 * 3600  # seconds: what a refresh adds
PER_PAGE = 20
_PATH = re.compile(rf"{PREFIX}/accounts/(?P<account>[^/]+)/access/(?P<rest>.+)")

Envelope = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiRequest:
    method: str
    path: str
    query: str = ""
    authorization: str = field(default="", repr=False)
    body: bytes = field(default=b"", repr=False)


class ApiError(Exception):
    """An answer that is no success. The message quotes nothing secret."""

    def __init__(self, status: HTTPStatus, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def not_found() -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, 11021, "access.api.error.not_found")


def _no_route() -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, 7003, "No route for that URI")


def invalid(why: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, 12130, f"access.api.error.invalid_request: {why}")


class Api:
    """Answers management requests for one state folder."""

    def __init__(
        self, folder: StateFolder, account_id: str, api_token: str, *, clock: Callable[[], float]
    ) -> None:
        self._folder = folder
        self._account_id = account_id
        self._api_token = api_token
        self._clock = clock

    def answer(self, request: ApiRequest) -> tuple[HTTPStatus, Envelope]:
        """Return status and envelope. Never raises on account of the request."""
        try:
            self._authenticate(request)
            return HTTPStatus.OK, self._route(request)
        except ApiError as error:
            problem = {"code": error.code, "message": error.message}
            return error.status, _envelope(None, success=False, errors=[problem])

    def _authenticate(self, request: ApiRequest) -> None:
        scheme, _, token = request.authorization.partition(" ")
        if not request.authorization:
            raise ApiError(
                HTTPStatus.BAD_REQUEST,
                9106,
                "Missing X-Auth-Key, X-Auth-Email or Authorization headers",
            )
        given, wanted = token.strip().encode("utf-8", "surrogatepass"), self._api_token.encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, wanted):
            raise ApiError(HTTPStatus.UNAUTHORIZED, 10000, "Authentication error")

    def _route(self, request: ApiRequest) -> Envelope:
        found = _PATH.fullmatch(request.path)
        if found is None:
            raise _no_route()
        if found["account"] != self._account_id:
            raise ApiError(HTTPStatus.NOT_FOUND, 7003, "Could not route to this account")
        resource, *more = found["rest"].split("/")
        if resource == "service_tokens" and more:
            return self._one_token(request, *more)
        handle = self._collections().get((request.method, "/".join((resource, *more))))
        if handle is None:
            raise _no_route()
        return handle(request)

    def _collections(self) -> dict[tuple[str, str], Callable[[ApiRequest], Envelope]]:
        return {
            ("GET", "service_tokens"): self._list,
            ("POST", "service_tokens"): self._create,
            ("GET", "keys"): self._keys,
            ("POST", "keys/rotate"): self._rotate_keys,
            ("GET", "organizations"): self._organisation,
            ("PUT", "organizations"): self._update_organisation,
            ("PATCH", "organizations"): self._update_organisation,
        }

    def _one_token(self, request: ApiRequest, token_id: str, *action: str) -> Envelope:
        token = self._token(token_id)
        match request.method, action:
            case "GET", ():
                return _envelope(self._shown(token))
            case "PUT", ():
                return self._update(token, _body(request))
            case "DELETE", ():
                return self._delete(token)
            case "POST", ("rotate",):
                return self._rotate(token, _body(request))
            case "POST", ("refresh",):
                return self._refresh(token)
            case _:
                raise _no_route()

    # Service tokens -------------------------------------------------------------------

    def _list(self, request: ApiRequest) -> Envelope:
        asked = {name: found[-1] for name, found in parse_qs(request.query).items()}
        tokens = [
            each
            for each in self._state().service_tokens
            if asked.get("name", each.name) == each.name
            and asked.get("search", "").lower() in each.name.lower()
        ]
        page, size = _whole(asked, "page", 1), min(_whole(asked, "per_page", PER_PAGE), 1_000)
        shown = tokens[(page - 1) * size : page * size]
        info = {"page": page, "per_page": size, "count": len(shown), "total_count": len(tokens)}
        return {**_envelope([self._shown(each) for each in shown]), "result_info": info}

    def _create(self, request: ApiRequest) -> Envelope:
        body, now = _body(request), self._clock()
        duration = _duration(body)
        lasts = durations.seconds(duration)
        token = replace(
            sample.service_token(_name(body), None if lasts is None else now + lasts),
            is_enabled=_flag(body, "enabled", default=True),
            duration=duration,
            created_at=now,
            updated_at=now,
        )
        self._write([*self._state().service_tokens, token])
        return _envelope(self._shown(token, with_secret=True))

    def _update(self, token: ServiceToken, body: dict[str, Any]) -> Envelope:
        now = self._clock()
        changed = replace(
            token,
            name=_name(body) if "name" in body else token.name,
            is_enabled=_flag(body, "enabled", default=token.is_enabled),
            updated_at=now,
        )
        if "duration" in body:  # the expiry starts anew, from now
            lasts = durations.seconds(_duration(body))
            expires_at = None if lasts is None else now + lasts
            changed = replace(changed, duration=body["duration"], expires_at=expires_at)
        version = body.get("client_secret_version")
        if isinstance(version, int) and version > token.client_secret_version:
            return self._rotate(changed, {**body, "client_secret_version": version})
        if "previous_client_secret_expires_at" in body:
            changed = replace(changed, previous_client_secret_expires_at=_grace(body, now))
        self._replace(changed)
        return _envelope(self._shown(changed))

    def _delete(self, token: ServiceToken) -> Envelope:
        self._write([each for each in self._state().service_tokens if each.id != token.id])
        return _envelope(self._shown(token))

    def _rotate(self, token: ServiceToken, body: dict[str, Any]) -> Envelope:
        """A new secret on the same Client ID. Without a grace period the old one ends now."""
        now = self._clock()
        changed = replace(
            token,
            client_secret=sample.client_secret(),
            previous_client_secret=token.client_secret,
            previous_client_secret_expires_at=_grace(body, now),
            client_secret_version=int(
                body.get("client_secret_version", token.client_secret_version + 1)
            ),
            updated_at=now,
        )
        self._replace(changed)
        return _envelope(self._shown(changed, with_secret=True))

    def _refresh(self, token: ServiceToken) -> Envelope:
        now = self._clock()
        if token.expires_at is not None:
            token = replace(token, expires_at=max(token.expires_at, now) + YEAR, updated_at=now)
            self._replace(token)
        return _envelope(self._shown(token))

    def _token(self, token_id: str) -> ServiceToken:
        for token in self._state().service_tokens:
            if token.id == token_id:
                return token
        raise not_found()

    def _shown(self, token: ServiceToken, *, with_secret: bool = False) -> dict[str, Any]:
        shown = {
            "id": token.id,
            "name": token.name,
            "client_id": token.client_id,
            "client_secret_version": token.client_secret_version,
            "duration": token.duration,
            "enabled": token.is_enabled,
            "created_at": _time(token.created_at),
            "updated_at": _time(token.updated_at),
            "expires_at": _time(token.expires_at),
        }
        return {**shown, "client_secret": token.client_secret} if with_secret else shown

    # Keys and organisation --------------------------------------------------------------

    def _keys(self, _request: ApiRequest) -> Envelope:
        """The local edge rotates on demand and never by itself, so no interval is named."""
        return _envelope(
            {
                "key_rotation_interval_days": None,
                "days_until_next_rotation": None,
                "last_key_rotation_at": _time(self._folder.keys_rotated_at()),
            }
        )

    def _rotate_keys(self, request: ApiRequest) -> Envelope:
        self._folder.rotate_keys()
        return self._keys(request)

    def _organisation(self, _request: ApiRequest) -> Envelope:
        state = self._state()
        return _envelope(
            {
                "name": state.team_name,
                "auth_domain": f"{state.team_name}.{state.base_domain}",
                "strict_service_token_auth": state.is_strict,
            }
        )

    def _update_organisation(self, request: ApiRequest) -> Envelope:
        body, state = _body(request), self._state()
        strict = _flag(body, "strict_service_token_auth", default=state.is_strict)
        self._folder.write_organisation(replace(state, is_strict=strict))
        return self._organisation(request)

    def _state(self) -> Organisation:
        return self._folder.state().organisation

    def _replace(self, token: ServiceToken) -> None:
        tokens = self._state().service_tokens
        self._write([token if each.id == token.id else each for each in tokens])

    def _write(self, tokens: list[ServiceToken]) -> None:
        self._folder.write_organisation(replace(self._state(), service_tokens=tuple(tokens)))


def _envelope(
    result: Any, *, success: bool = True, errors: list[dict[str, Any]] | None = None
) -> Envelope:
    return {"success": success, "errors": errors or [], "messages": [], "result": result}


def _body(request: ApiRequest) -> dict[str, Any]:
    if not request.body.strip():
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON") from None
    if not isinstance(found, dict):
        raise invalid("the body is not a JSON object")
    return found


def _name(body: dict[str, Any]) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LENGTH:
        raise invalid(f"name should be a text of 1 to {NAME_LENGTH} characters")
    return name


def _duration(body: dict[str, Any]) -> str:
    duration = body.get("duration", durations.DEFAULT)
    if not isinstance(duration, str):
        raise invalid("duration should be a text such as 8760h")
    try:
        durations.seconds(duration)
    except ValueError as error:
        raise invalid(f"duration {error}") from None
    return duration


def _flag(body: dict[str, Any], name: str, *, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise invalid(f"{name} should be true or false")
    return value


def _grace(body: dict[str, Any], now: float) -> float:
    """Return when the previous secret ends: the RFC 3339 time given, else now."""
    value = body.get("previous_client_secret_expires_at")
    if value is None:
        return now
    try:
        when = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise invalid("previous_client_secret_expires_at should be an RFC 3339 time") from None
    return when.replace(tzinfo=when.tzinfo or UTC).timestamp()


def _whole(asked: dict[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) < 10**6):
        raise invalid(f"{name} should be a whole number from 1")
    return int(text)


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
