"""
Runs every check that can run, and keeps sound readings.

What does not depend on time is read once per token and kept, by SHA-256 of the token, so that no
token is stored. `exp`, `nbf` and `iat` are judged on every request, and a reading dies with its
key.

Source: the contract's section 3; RFC 8725.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from barbican.access import errors, rows
from barbican.access.evidence import Check, Result, failed, not_run, passed
from barbican.access.examination import Application, Examination, Reading
from barbican.access.identity import SignedClaims, VerifiedToken
from barbican.access.keys import KeyStore
from barbican.access.keyset import SigningKey
from barbican.access.parse import MAX_TOKEN_BYTES, Parsed, parse
from barbican.access.presented import EXPECTED, Presented

CACHED_READINGS = 4_096  # about 2 kB each

KEY = "a key that the team publishes"
SIGNATURE = "made with that key, over this header and these claims"
# A key ID of another form is nobody's and never worth a fetch. Access uses 64 hex digits.
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class ReadingCache:
    """Sound readings by digest of their token: a bounded LRU, safe among threads."""

    def __init__(self, size: int = CACHED_READINGS) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._readings: OrderedDict[bytes, Reading] = OrderedDict()
        self.hits = self.misses = 0

    def get(self, digest: bytes) -> Reading | None:
        with self._lock:
            reading = self._readings.get(digest)
            if reading is None:
                self.misses += 1
            else:
                self.hits += 1
                self._readings.move_to_end(digest)
            return reading

    def put(self, digest: bytes, reading: Reading) -> None:
        with self._lock:
            self._readings[digest] = reading
            if len(self._readings) > self._size:
                self._readings.popitem(last=False)

    def __len__(self) -> int:
        return len(self._readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Examines application tokens of one team for one application."""

    application: Application
    team_domain: str  # origin, no trailing slash; empty when not configured
    keys: KeyStore
    leeway: int = 30  # seconds of clock skew allowed on `exp`, `nbf` and `iat`
    clock: Callable[[], float] = time.time
    cache: ReadingCache = field(default_factory=ReadingCache, repr=False)

    def verify(self, token: str) -> VerifiedToken:
        """
        Return what the token says.

        Raises `TokenError` when the token is at fault, `KeysUnavailableError` when no key could be
        read, `NotConfiguredError` when this application is not set up.
        """
        reading = self._read(token) if 0 < len(token) <= MAX_TOKEN_BYTES else None
        # A token that was seen before is answered here, at a fraction of one signature check.
        verified = reading and reading.verified_at(self.clock(), self.leeway)
        return verified or self._examination(_as_header(token), {}, reading).require()

    def examine(self, presented: Presented, meta: Mapping[str, Any] | None = None) -> Examination:
        """Examine what a request presents. Never raises on account of it."""
        reading = self._read(presented.token) if presented.token else None
        return self._examination(presented, meta or {}, reading)

    def _examination(
        self, presented: Presented, meta: Mapping[str, Any], reading: Reading | None
    ) -> Examination:
        return Examination(
            application=self.application,
            team_domain=self.team_domain,
            presented=presented,
            meta=meta,
            reading=reading,
            now=self.clock(),
            leeway=self.leeway,
            store=self.keys,
        )

    def _read(self, token: str) -> Reading:
        """Return the reading, from the cache while the key that signed it is held."""
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        reading = self.cache.get(digest)
        if reading is not None and reading.key is not None and self.keys.holds(reading.key):
            return reading
        reading = self._read_anew(token)
        if reading.verified is not None:
            self.cache.put(digest, reading)
        return reading

    def _read_anew(self, token: str) -> Reading:
        parsed = parse(token)
        form, algorithm = rows.form(parsed), rows.algorithm(parsed.header)
        key_row, candidates = self._find_key(parsed, form, algorithm)
        signature, key = _check_signature(parsed, algorithm, candidates)
        audience, tag = rows.audience(parsed.claims, self.application.audience_tags)
        kind, identity = rows.kind(
            parsed.claims, self.application.welcomes, self.application.client_ids
        )
        issuer = rows.issuer(parsed.claims, self.team_domain)
        found = (
            form,
            algorithm,
            key_row,
            signature,
            issuer,
            rows.type_(parsed.claims),
            audience,
            kind,
        )
        rows_by_id = {row.id: row for row in found}
        if not (identity and parsed.claims and all(row.result in _SOUND for row in found)):
            return Reading(rows_by_id, parsed.header, parsed.claims, key, None)
        claims = SignedClaims(MappingProxyType(dict(parsed.claims)))
        begins_at, ends_at = rows.lifetime(claims)
        verified = VerifiedToken(identity, tag, ends_at, claims)
        return Reading(rows_by_id, parsed.header, claims, key, verified, begins_at, ends_at)

    def _find_key(
        self, parsed: Parsed, form: Check, algorithm: Check
    ) -> tuple[Check, tuple[SigningKey, ...]]:
        """Return the row and the keys to try. Only a token worth it causes a fetch."""
        if not self.team_domain:
            return not_run("key", KEY, "There is no team domain, so there are no keys."), ()
        if parsed.header is None:
            return not_run("key", KEY, "The header could not be read."), ()
        key_id = parsed.header.get("kid")
        if not (isinstance(key_id, str) and _KEY_ID.fullmatch(key_id)):
            if "kid" in parsed.header:
                return failed("key", errors.UnknownKeyError(KEY, rows.shown(key_id))), ()
            reason = "The token does not name the key that signed it."
            return failed("key", errors.UnknownKeyError(KEY, "no kid"), reason), ()
        if Result.FAIL in (form.result, algorithm.result):
            held = self.keys.current(key_id)
            if not held:
                return not_run("key", KEY, "An earlier check failed, and no such key is held."), ()
            return passed("key", KEY, key_id), held
        try:
            return passed("key", KEY, key_id), self.keys.find(key_id)
        except errors.UnknownKeyError:
            return failed("key", errors.UnknownKeyError(KEY, key_id)), ()
        except errors.KeysUnavailableError:
            return failed("key", errors.KeysUnavailableError(KEY, "no keys at hand")), ()


_SOUND = frozenset({Result.PASS, Result.CAUTION})


def _check_signature(
    parsed: Parsed, algorithm: Check, candidates: tuple[SigningKey, ...]
) -> tuple[Check, SigningKey | None]:
    if not candidates:
        return not_run("signature", SIGNATURE, "There is no key to check it with."), None
    if algorithm.result is not Result.PASS:
        return not_run("signature", SIGNATURE, "Only an RS256 signature is ever checked."), None
    if parsed.signature is None:
        return not_run("signature", SIGNATURE, "The signature could not be read."), None
    for key in candidates:
        if key.is_signature(parsed.signature, parsed.signing_input):
            return passed("signature", SIGNATURE, "valid"), key
    if parsed.signature:
        return failed("signature", errors.SignatureMismatchError(SIGNATURE, "not valid")), None
    error = errors.SignatureMismatchError(SIGNATURE, "no signature")
    return failed("signature", error, "Nobody signed this token: its third part is empty."), None


def _as_header(token: str) -> Presented:
    if len(token) > MAX_TOKEN_BYTES:
        return Presented("", "header", errors.MalformedTokenError(EXPECTED, "too long"))
    return Presented(token, "header", None if token else errors.NothingPresentedError(EXPECTED))
