"""
The check table: what was looked at, what was expected, what was found.

The twelve checks stand in the order in which they decide the verdict (`CHECKS`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Literal

from barbican.access import errors

CHECKS = (
    "assertion",
    "form",
    "algorithm",
    "key",
    "signature",
    "issuer",
    "expiry",
    "start",
    "type",
    "audience",
    "kind",
    "consistency",
)


class Result(StrEnum):
    PASS = "pass"  # noqa: S105 - a result's name
    FAIL = "fail"
    CAUTION = "caution"  # passed, and a person should know something
    NOT_RUN = "not_run"  # it needs an earlier check that failed


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table."""

    id: str  # one of CHECKS: permalinks, JSON and tests key on it
    result: Result
    expected: str = ""
    actual: str = ""  # attacker's text, cut to a length; escape it
    reason: str = ""  # one sentence; empty when the check passed
    code: str = ""  # from `errors`; set when the check failed


def passed(check: str, expected: str, actual: str) -> Check:
    return Check(check, Result.PASS, expected, actual)


def caution(check: str, expected: str, actual: str, reason: str) -> Check:
    return Check(check, Result.CAUTION, expected, actual, reason)


def not_run(check: str, expected: str, reason: str) -> Check:
    return Check(check, Result.NOT_RUN, expected, "", reason)


def failed(check: str, error: errors.AccessError, reason: str = "") -> Check:
    """Return the row of a check that failed with this error."""
    return Check(
        check, Result.FAIL, error.expected, error.actual, reason or error.reason, error.code
    )


def deciding(checks: Iterable[Check]) -> Check | None:
    """
    Return the failed row that decides the verdict, or None when none failed.

    The first that answers 401 or 503, else the first that answers 403: "known, but not here"
    is said only of a token that is good in every other way.
    """
    failures = [check for check in checks if check.result is Result.FAIL]
    for check in failures:
        if errors.BY_CODE[check.code].status is not HTTPStatus.FORBIDDEN:
            return check
    return failures[0] if failures else None


@dataclass(frozen=True, slots=True)
class TokenReading:
    """What the token says, believed or not. Everything in it is the sender's text."""

    source: Literal["header", "cookie"]
    size: int  # bytes
    header: Mapping[str, Any]  # the JOSE header; empty when it could not be read
    claims: Mapping[str, Any]  # empty when they could not be read
    trusted: bool  # every check passed
    expires_at: float | None  # Unix seconds; None when `exp` is absent or unusable
    masked: str  # the token with its signature masked, cut to a length
