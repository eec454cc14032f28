"""
One pure function per check that reads the token alone. No clock but an argument, no keys.

Each returns a row; `identify` also returns who the token names. What a row reads of a token whose
signature is bad is still compared, as a wrong issuer explains an unknown key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from barbican.access import errors
from barbican.access.evidence import Check, caution, failed, not_run, passed
from barbican.access.identity import (
    CertificateIdentity,
    Identity,
    Kind,
    PersonIdentity,
    ServiceIdentity,
)
from barbican.access.parse import Parsed, audiences, is_time
from barbican.protocol import ALGORITHM, APPLICATION_TOKEN_TYPE, CLIENT_ID_SUFFIX

Claims = Mapping[str, Any]
Readable = Claims | None  # None: the claims could not be read

MAX_SHOWN = 200  # characters of the sender's text in one cell
_CLIENT_ID = re.compile(r"[0-9a-f]{32}\.access")

FORM = "three base64url parts, a JSON header and JSON claims"
EXPIRY = "later than now"
START = "not in the future"
TYPE = APPLICATION_TOKEN_TYPE
NO_CLAIMS = "The claims could not be read."
BAD_CLAIM = "The claim has the wrong type, which the form check reports."

KIND_NAMES = {
    Kind.SERVICE_TOKEN: "a service token",
    Kind.PERSON: "a person",
    Kind.CERTIFICATE: "a client certificate",
}


def shown(value: object) -> str:
    """Return the sender's value as text of bounded length."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def form(parsed: Parsed) -> Check:
    if parsed.problem:
        error = errors.MalformedTokenError(FORM, parsed.problem)
        return failed("form", error, f"The token cannot be read as it should be: {parsed.problem}.")
    return passed("form", FORM, "as expected")


def algorithm(header: Mapping[str, Any] | None) -> Check:
    """RS256 is fixed here and never taken from the token."""
    if header is None:
        return not_run("algorithm", ALGORITHM, "The header could not be read.")
    actual = header.get("alg")
    if isinstance(actual, str) and actual == ALGORITHM:
        return passed("algorithm", ALGORITHM, ALGORITHM)
    absent = "alg" not in header
    return failed(
        "algorithm", errors.AlgorithmError(ALGORITHM, "none" if absent else shown(actual))
    )


def issuer(claims: Readable, team_domain: str) -> Check:
    if not team_domain:
        return failed("issuer", errors.NotConfiguredError("a team domain", "not configured"))
    if claims is None:
        return not_run("issuer", team_domain, NO_CLAIMS)
    if "iss" not in claims:
        return _missing("issuer", team_domain, "iss")
    actual = claims["iss"]
    if actual == team_domain:
        return passed("issuer", team_domain, team_domain)
    return failed("issuer", errors.IssuerMismatchError(team_domain, shown(actual)))


def expiry(claims: Readable, now: float, leeway: int) -> Check:
    expected = f"{EXPIRY}, with {leeway} s of leeway"
    if claims is None:
        return not_run("expiry", expected, NO_CLAIMS)
    if "exp" not in claims:
        return _missing("expiry", expected, "exp")
    if not is_time(claims["exp"]):
        return not_run("expiry", expected, BAD_CLAIM)
    left = claims["exp"] - now
    if is_alive(claims["exp"], now, leeway):
        return passed("expiry", expected, f"expires {_moment(left)}")
    return failed("expiry", errors.TokenExpiredError(expected, f"expired {_moment(left)}"))


def start(claims: Readable, now: float, leeway: int) -> Check:
    expected = f"{START}, with {leeway} s of leeway"
    if claims is None:
        return not_run("start", expected, NO_CLAIMS)
    if "iat" not in claims:
        return _missing("start", expected, "iat")
    times = [claims[name] for name in ("iat", "nbf") if name in claims]
    if not all(is_time(time) for time in times):
        return not_run("start", expected, BAD_CLAIM)
    latest = max(times)
    if has_begun(latest, now, leeway):
        return passed("start", expected, f"began {_moment(latest - now)}")
    return failed(
        "start", errors.TokenNotYetValidError(expected, f"begins {_moment(latest - now)}")
    )


def lifetime(claims: Claims) -> tuple[float, float]:
    """Return when a token begins and ends, in Unix seconds. One without a time is never alive."""
    begins = max(claims["iat"], claims.get("nbf", 0)) if "iat" in claims else math.inf
    return begins, claims.get("exp", -math.inf)


def is_alive(expires_at: float, now: float, leeway: int) -> bool:
    """Say whether `exp` is later than now less the leeway."""
    return expires_at > now - leeway


def has_begun(starts_at: float, now: float, leeway: int) -> bool:
    """Say whether `iat` or `nbf` is not later than now plus the leeway."""
    return starts_at <= now + leeway


def type_(claims: Readable) -> Check:
    if claims is None:
        return not_run("type", TYPE, NO_CLAIMS)
    if "type" not in claims:
        reason = "The token does not say its type. Only old application tokens leave it out."
        return caution("type", TYPE, "absent", reason)
    if claims["type"] == TYPE:
        return passed("type", TYPE, TYPE)
    return failed("type", errors.TokenTypeError(TYPE, shown(claims["type"])))


def audience_expected(tags: frozenset[str]) -> str:
    return " or ".join(sorted(tags))


def kind_expected(welcomes: frozenset[Kind]) -> str:
    return " or ".join(name for each, name in KIND_NAMES.items() if each in welcomes)


def audience(claims: Readable, tags: frozenset[str]) -> tuple[Check, str]:
    """Return the row and the AUD tag that matched, of those that this application accepts."""
    expected = audience_expected(tags)
    if not tags:
        error = errors.NotConfiguredError("an AUD tag of this demo", "not configured")
        return failed("audience", error), ""
    if claims is None:
        return not_run("audience", expected, NO_CLAIMS), ""
    if "aud" not in claims:
        return _missing("audience", expected, "aud"), ""
    found = audiences(claims)
    if found is None:
        return not_run("audience", expected, BAD_CLAIM), ""
    for tag in found:
        if tag in tags:
            return passed("audience", expected, tag), tag
    actual = shown(", ".join(found)) or "empty"
    return failed("audience", errors.AudienceMismatchError(expected, actual)), ""


def identify(claims: Claims) -> Identity | None:
    """Return whom the claims name, or None when they fit none of the three shapes."""
    match claims:
        case {"email": _, "common_name": _}:
            return None
        case {"common_name": str(name), "sub": ""} if _CLIENT_ID.fullmatch(name):
            return ServiceIdentity(name)
        case {"common_name": str(name), "sub": ""} if _is_a_certificates(name):
            return CertificateIdentity(name)
        case {"email": str(email), "sub": str(subject)} if email and subject:
            return PersonIdentity(subject, email)
        case _:
            return None


def kind(
    claims: Readable, welcomes: frozenset[Kind], client_ids: frozenset[str]
) -> tuple[Check, Identity | None]:
    """Return the row and the caller, who is None unless this demo welcomes it."""
    expected = kind_expected(welcomes)
    if claims is None:
        return not_run("kind", expected, NO_CLAIMS), None
    identity = identify(claims)
    if identity is None:
        reason = (
            "The claims name no caller: a service token has a Client ID in common_name and an "
            "empty sub, a person has an e-mail address and a sub, a certificate a common_name."
        )
        actual = "claims of more than one kind" if _is_mixed(claims) else "claims of no kind"
        return failed("kind", errors.MissingClaimError(expected, actual), reason), None
    actual = f"{KIND_NAMES[identity.kind]}, {shown(identity.id)}"
    if identity.kind not in welcomes:
        return failed("kind", errors.KindNotWelcomeError(expected, actual)), None
    if (
        client_ids
        and isinstance(identity, ServiceIdentity)
        and identity.client_id not in client_ids
    ):
        return failed("kind", errors.ClientNotAllowedError("an allowed Client ID", actual)), None
    return passed("kind", expected, actual), identity


def _is_a_certificates(name: str) -> bool:
    """A certificate that poses as a Client ID is nobody, in whatever case it does so."""
    return bool(name) and not name.lower().endswith(CLIENT_ID_SUFFIX)


def _is_mixed(claims: Claims) -> bool:
    return "common_name" in claims and ("email" in claims or bool(claims.get("sub")))


def _missing(check: str, expected: str, claim: str) -> Check:
    reason = f"The token has no {claim} claim, which every application token has."
    return failed(check, errors.MissingClaimError(expected, f"no {claim} claim"), reason)


def _moment(seconds: float) -> str:
    """Return a time relative to now: "in 58 s", "4 min ago"."""
    size = abs(seconds)
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if size >= 2 * unit:
            text = f"{int(size // unit)} {name}"
            break
    else:
        text = f"{int(size)} s"
    return f"in {text}" if seconds > 0 else f"{text} ago"
