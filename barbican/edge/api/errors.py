"""
Every way in which the management API says no: status, code and message.

Source: `docs/edge-api.md`, "Errors", which says of each code how it is known. Codes that were seen
at Cloudflare are used as seen; where none is known, the nearest one that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

Problem = dict[str, Any]


class ApiError(Exception):
    """An answer that is no success. The messages quote nothing secret."""

    def __init__(
        self, status: HTTPStatus, *errors: Problem, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__("; ".join(str(each["message"]) for each in errors))
        self.status, self.errors, self.headers = status, errors, tuple(headers)


def problem(code: int, message: str) -> Problem:
    return {"code": code, "message": message}


def no_authorization() -> ApiError:
    message = "Missing X-Auth-Key, X-Auth-Email or Authorization headers"
    return ApiError(HTTPStatus.BAD_REQUEST, problem(9106, message))


def malformed_authorization() -> ApiError:
    chain = [problem(6111, "Invalid format for Authorization header")]
    return ApiError(
        HTTPStatus.BAD_REQUEST,
        {**problem(6003, "Invalid request headers"), "error_chain": chain},
    )


def wrong_token() -> ApiError:
    return ApiError(HTTPStatus.UNAUTHORIZED, problem(10000, "Authentication error"))


def wrong_account() -> ApiError:
    """A well-formed account that this token has no right to."""
    return ApiError(HTTPStatus.FORBIDDEN, problem(10000, "Authentication error"))


def no_route(path: str) -> ApiError:
    where = f"Could not route to {path[:200]}, perhaps your object identifier is invalid?"
    return ApiError(
        HTTPStatus.NOT_FOUND, problem(7003, where), problem(7000, "No route for that URI")
    )


def wrong_method(allowed: Sequence[str]) -> ApiError:
    message = "Method not allowed for this authentication scheme"
    return ApiError(
        HTTPStatus.METHOD_NOT_ALLOWED,
        problem(10405, message),
        headers=[("Allow", ", ".join(sorted(allowed)))],
    )


def invalid(why: str) -> ApiError:
    message = f"access.api.error.invalid_request: {why}"
    return ApiError(HTTPStatus.BAD_REQUEST, problem(12130, message))


def not_found(name: str = "not_found", code: int = 12135) -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, problem(code, f"access.api.error.{name}"))


def conflict(why: str) -> ApiError:
    return ApiError(HTTPStatus.CONFLICT, problem(12132, f"access.api.error.conflict: {why}"))


def already_exists() -> ApiError:
    message = "access.api.error.application_already_exists"
    return ApiError(HTTPStatus.CONFLICT, problem(11010, message))


def token_in_use() -> ApiError:
    message = (
        "access.api.error.service_token_in_use: cannot delete service token because it is used by"
        " a policy, group, or app SCIM configuration"
    )
    return ApiError(HTTPStatus.BAD_REQUEST, problem(12139, message))


def too_large(limit: int) -> ApiError:
    message = f"The body is larger than {limit} bytes."
    return ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem(10018, message))


def wrong_host() -> ApiError:
    message = "The management API answers to loopback names only: use 127.0.0.1 or localhost."
    return ApiError(HTTPStatus.MISDIRECTED_REQUEST, problem(10403, message))


def refused(status: HTTPStatus, why: str) -> ApiError:
    """Bytes that are no request. `why` is a sentence of our own."""
    return ApiError(status, problem(12130, f"access.api.error.invalid_request: {why}"))


def broken_state(why: str) -> ApiError:
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, problem(10001, why))
