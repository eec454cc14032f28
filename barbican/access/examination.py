"""
One request's evidence at one moment: the verdict, and the table for those who look at it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

from barbican.access import errors, rows
from barbican.access.evidence import (
    CHECKS,
    Check,
    Result,
    TokenReading,
    caution,
    deciding,
    failed,
    not_run,
)
from barbican.access.identity import Identity, Kind, VerifiedToken
from barbican.access.keys import KeyState, KeyStore
from barbican.access.keyset import SigningKey
from barbican.access.parse import is_time
from barbican.access.presented import Presented, consistency_row

NO_TOKEN = "There is no token to look at."  # noqa: S105 - a sentence
STALE = "The keys are old: the team's endpoint has not answered since they were fetched."


@dataclass(frozen=True, slots=True)
class Application:
    """What one Access application is to this origin. Each demo has its own, never a union."""

    name: str  # the URL namespace that it protects
    audience_tags: frozenset[str]  # 64 hex digits each; empty: not configured
    client_ids: frozenset[str] = frozenset()  # empty: any that the edge let through
    welcomes: frozenset[Kind] = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a token says, and the rows that time does not change. Shared by requests."""

    rows: Mapping[str, Check]
    header: Mapping[str, Any] | None = field(repr=False)  # None when it could not be read
    claims: Mapping[str, Any] | None = field(repr=False)
    key: SigningKey | None  # the one whose signature it is
    verified: VerifiedToken | None  # set when none of `rows` failed
    begins_at: float = math.inf  # Unix seconds: the later of `iat` and `nbf`; inf without `iat`
    ends_at: float = -math.inf  # Unix seconds: `exp`; -inf without it

    def verified_at(self, now: float, leeway: int) -> VerifiedToken | None:
        """Return the token if every check passes at this moment, without building a row."""
        if rows.is_alive(self.ends_at, now, leeway) and rows.has_begun(self.begins_at, now, leeway):
            return self.verified
        return None


@dataclass(kw_only=True, eq=False)
class Examination:
    """
    What one request presents to one application. Nothing is built before it is read.

    Not frozen: setting frozen fields costs more than the rest of a verification seen before.
    """

    application: Application
    team_domain: str
    presented: Presented
    meta: Mapping[str, Any] = field(repr=False)
    reading: Reading | None
    now: float  # Unix seconds
    leeway: int
    store: KeyStore = field(repr=False)

    @cached_property
    def verified(self) -> VerifiedToken | None:
        """The token, if every check passed at this moment."""
        # A reading is verified only where issuer and audience are configured, and match.
        reading = self.reading
        return None if reading is None else reading.verified_at(self.now, self.leeway)

    @property
    def is_verified(self) -> bool:
        return self.verified is not None

    @property
    def is_signed(self) -> bool:
        """Say whether the team made the token, accepted here or not."""
        return self.reading is not None and self.reading.key is not None

    @property
    def identity(self) -> Identity | None:
        return self.verified.identity if self.verified else None

    @cached_property
    def error(self) -> errors.AccessError | None:
        """Why the request is refused; None when it is verified."""
        if self.verified is not None:
            return None
        if not self.is_configured:
            return errors.NotConfiguredError()
        row = deciding(self.checks)
        # Every refusal has a failed row. Were it not so, this would be closed all the same.
        refusal = errors.BY_CODE[row.code] if row else errors.MalformedTokenError
        return refusal(row.expected, row.actual) if row else refusal()

    @cached_property
    def verdict(self) -> str:
        """One of the contract's verdicts."""
        if self.verified is not None:
            return f"verified_{self.verified.identity.kind}"
        return self.error.code if self.error else ""

    @property
    def status(self) -> HTTPStatus:
        return self.error.status if self.error else HTTPStatus.OK

    def require(self) -> VerifiedToken:
        """Return the verified token, or raise the `AccessError` that says why there is none."""
        if self.verified is None:
            raise self.error or errors.MalformedTokenError()
        return self.verified

    @property
    def is_configured(self) -> bool:
        return bool(self.team_domain and self.application.audience_tags)

    @cached_property
    def keys(self) -> KeyState:
        return self.store.state()

    @property
    def retry_after(self) -> int | None:
        """Whole seconds until a retry can help; None unless the keys are at fault."""
        if self.verdict != errors.KeysUnavailableError.code:
            return None
        return max(1, math.ceil(self.keys.next_attempt_in))

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """All twelve rows, always, in the order in which they decide the verdict."""
        found: dict[str, Check] = {"assertion": self.presented.assertion_row}
        claims = None
        if self.reading is not None:
            claims = self.reading.claims
            found.update(self.reading.rows)
            found["expiry"] = rows.expiry(claims, self.now, self.leeway)
            found["start"] = rows.start(claims, self.now, self.leeway)
            found["key"] = self._aged(found["key"])
        elif not self.is_configured:
            missing = "issuer" if not self.team_domain else "audience"
            found[missing] = failed(
                missing, errors.NotConfiguredError("a sound setting", "not configured")
            )
        found["consistency"] = consistency_row(self.meta, claims)
        return tuple(found.get(name) or not_run(name, "", NO_TOKEN) for name in CHECKS)

    @cached_property
    def token(self) -> TokenReading | None:
        """What the token says, or None when nothing of it could be read."""
        if self.reading is None:
            return None
        header, claims = self.reading.header, self.reading.claims
        if header is None and claims is None:
            return None
        expires_at = (claims or {}).get("exp")
        return TokenReading(
            source=self.presented.source,
            size=len(self.presented.token),
            header=header or {},
            claims=claims or {},
            trusted=self.is_verified,
            expires_at=expires_at if is_time(expires_at) else None,
            masked=_masked(self.presented.token),
        )

    def _aged(self, row: Check) -> Check:
        if row.result is Result.PASS and self.store.is_stale:
            return caution("key", row.expected, row.actual, STALE)
        return row


def _masked(token: str) -> str:
    """Return the token's first two parts, shortened, and never its signature."""
    header, _, rest = token.partition(".")
    claims = rest.partition(".")[0]
    return f"{header[:24]}….{claims[:24]}….••••"
