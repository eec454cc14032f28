"""
How this request came to its verdict, in words.

Two facts, never one: what the edge is seen to have done, and what the origin found. "Access
accepted it" is said only where the team's signature says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from barbican.access.evidence import Check, Result, deciding
from barbican.access.examination import Examination
from barbican.access.identity import Kind
from barbican.access.parse import is_time
from barbican.portal.masking import mask_claim
from barbican.portal.times import absolute, duration, relative
from barbican.portal.verdict_table import AS_JSON, BY_CODE, Tone, Verdict
from barbican.protocol import (
    ASSERTION_HEADER,
    AUTHORIZATION_COOKIE,
    CLIENT_CERTIFICATE_HEADER_PREFIX,
    CLIENT_ID_HEADER,
    CLIENT_SECRET_HEADER,
    TOKEN_HEADER,
    USER_EMAIL_HEADER,
)

__all__ = [
    "AS_JSON", "BY_CODE", "CREDENTIALS", "Verdict", "besides", "caller", "claim_time", "edge",
    "for_machines", "has_header", "headline", "is_bypassed", "note", "proof", "short",
]  # fmt: skip

_SECRETS = (CLIENT_SECRET_HEADER, TOKEN_HEADER)
CREDENTIALS = (CLIENT_ID_HEADER, *_SECRETS)
FOR_MACHINES = "This page is for machines: you are here by a login session, not by a service token."


class Side(NamedTuple):
    """What one side is seen to have done."""

    tone: Tone
    words: str


def headline(examination: Examination) -> str:
    """Return the verdict in a few words, with this request's values."""
    verdict = BY_CODE[examination.verdict]
    identity, token = examination.identity, examination.token
    if identity and identity.kind is Kind.PERSON:
        return f"{verdict.headline}: {caller(examination)}"
    if identity and identity.kind is Kind.CERTIFICATE:
        return f"{verdict.headline}: CN={caller(examination)}"
    if verdict.code == "unverified_headers" and not is_bypassed(examination):
        what = "An e-mail" if has_header(examination, USER_EMAIL_HEADER) else "An unsigned"
        return f"{what} header is not proof"
    if verdict.code == "expired" and token and token.expires_at is not None:
        return f"Expired {relative(token.expires_at - examination.now)}"
    if verdict.code == "not_yet_valid" and (ahead := claim_time(examination)):
        return f"Not valid yet: clocks differ by {duration(ahead - examination.now)}"
    return verdict.headline


def caller(examination: Examination) -> str:
    """Return who was verified, or nothing. A name that holds a secret by mistake is masked."""
    identity = examination.identity
    return mask_claim(identity.id) if identity else ""


def edge(examination: Examination) -> Side:
    """Return what the evidence says of the edge, and no more than that."""
    code = examination.verdict
    if examination.is_verified:
        issued = claim_time(examination, "iat")
        ago = f" {relative(issued - examination.now)}" if issued else ""
        words = f"Access accepted it: the team signed this token{ago}, for this application."
        return Side("pass", words)
    if code == "unverified_headers" and is_bypassed(examination):
        return Side("fail", "Access did not see it, or it would have kept these headers.")
    if code == "keys_unavailable":
        return Side("none", "Not known: without the keys nobody can tell whose signature this is.")
    if code == "not_configured":
        return Side("none", "Not known: nothing can be checked here yet.")
    if not examination.is_signed:
        return Side("none", "Nothing shows that Access accepted this request.")
    return Side(*_SIGNED.get(code, ("none", "The signature is the team's; the rest is not.")))


# The signature is good, so the team made the token; what it was made for is another matter.
_SIGNED: dict[str, tuple[Tone, str]] = {
    "expired": ("pass", "Access accepted it once: the team's signature is good, its time is over."),
    "not_yet_valid": ("none", "The team signed it, for a time that has not come."),
    "wrong_audience": ("pass", "Access accepted it, for another application of this team."),
    "wrong_kind": ("pass", "Access accepted it: the team's signature is good."),
    "client_not_allowed": ("pass", "Access accepted it: the team's signature is good."),
    "wrong_type": ("none", "The team signed it at a login. It says nothing of this application."),
    "wrong_issuer": ("none", "Signed with this team's key, in the name of another."),
    "missing_claim": ("none", "The team signed it, and it does not say whom Access accepted."),
}


def proof(examination: Examination) -> str:
    """Return what the origin found, in a sentence or two."""
    make = _PROOFS.get(examination.verdict)
    if make:
        return make(examination)
    if examination.is_verified:
        return _verified(examination)
    row = deciding(examination.checks)
    return row.reason if row else BY_CODE[examination.verdict].meaning


def note(examination: Examination) -> str:
    """Return what a person should know besides, or nothing."""
    if examination.is_verified and examination.keys.is_stale:
        age = duration(examination.keys.age or 0)
        return f"Caution: verified with keys fetched {age} ago. The key endpoint is not answering."
    cautions = [check.reason for check in examination.checks if check.result is Result.CAUTION]
    if examination.verdict == "unverified_headers":
        return ""  # that is what the verdict is about
    if cautions:
        return f"Caution: {cautions[0]}"
    return FOR_MACHINES if for_machines(examination) else ""


def for_machines(examination: Examination) -> bool:
    """Say whether a person has come where service tokens are meant to."""
    is_person = examination.verdict == "verified_person"
    return is_person and Kind.SERVICE_TOKEN in examination.application.welcomes


def is_bypassed(examination: Examination) -> bool:
    """Say whether the request went round the edge, which takes raw credentials away."""
    return any(has_header(examination, name) for name in CREDENTIALS)


def has_header(examination: Examination, name: str) -> bool:
    return f"HTTP_{name.upper().replace('-', '_')}" in examination.meta


def claim_time(examination: Examination, *names: str) -> float | None:
    """Return the latest of these times in the token, of `iat` and `nbf` unless named."""
    claims = examination.token.claims if examination.token else {}
    found = [claims.get(name) for name in names or ("iat", "nbf")]
    return max((float(time) for time in found if time is not None and is_time(time)), default=None)


def short(value: str) -> str:
    """Return "9338abe1…69b8" of a long identifier."""
    return value if len(value) <= 20 else f"{value[:8]}…{value[-4:]}"


def _verified(examination: Examination) -> str:
    token, keys = examination.token, examination.keys
    assert token is not None  # noqa: S101 - it is verified
    left = relative((token.expires_at or 0) - examination.now)
    fetched = f"fetched {duration(keys.age)} ago" if keys.age is not None else "kept"
    where = ASSERTION_HEADER if token.source == "header" else f"the {AUTHORIZATION_COOKIE} cookie"
    key = short(str(token.header.get("kid")))
    ends = "expires" if token.expires_at and token.expires_at > examination.now else "expired"
    return (
        f"We verified it: the request carried {where}, signed RS256 by key {key} of "
        f"{examination.team_domain} ({fetched}), for this application; it {ends} {left}. "
        f"{besides(examination)}"
    ).rstrip()


def besides(examination: Examination) -> str:
    """Return what to know besides of a verified token, or nothing."""
    return f"{_of_the_leeway(examination)}{_of_the_certificate(examination)}".strip()


def _of_the_leeway(examination: Examination) -> str:
    token = examination.token
    if token is None or token.expires_at is None or token.expires_at > examination.now:
        return ""
    return f"That is within the leeway of {examination.leeway} s."


def _of_the_certificate(examination: Examination) -> str:
    if examination.verdict != "verified_certificate":
        return ""
    prefix = f"HTTP_{CLIENT_CERTIFICATE_HEADER_PREFIX.upper().replace('-', '_')}"
    if any(name.startswith(prefix) for name in examination.meta):
        return " Certificate headers came too: they are not signed, and prove nothing themselves."
    return " The certificate itself stays at the edge, unless forwarding is switched on there."


def _unverified(examination: Examination) -> str:
    if not is_bypassed(examination):
        return (
            "A header claims an identity, and nothing signed comes with it. Anyone who can reach "
            "the origin can write such a header."
        )
    found = (
        "Client ID or Client Secret headers are here, but there is no signed assertion. Access "
        "removes these headers before forwarding, so this request bypassed it."
    )
    if any(has_header(examination, name) for name in _SECRETS):
        found += " Treat this secret as exposed: rotate it."
    return found


def _expired(examination: Examination) -> str:
    token = examination.token
    if token is None or token.expires_at is None:
        return BY_CODE["expired"].meaning
    others = [check for check in examination.checks if check.result is Result.FAIL]
    rest = "Everything else passes." if len(others) == 1 else "It fails other checks too."
    return f"It was valid until {absolute(token.expires_at)}. {rest}"


def _not_yet_valid(examination: Examination) -> str:
    begins = claim_time(examination)
    if begins is None:
        return BY_CODE["not_yet_valid"].meaning
    return (
        f"The token begins {absolute(begins)}, and this server's clock says "
        f"{absolute(examination.now)}. Up to {examination.leeway} s are forgiven."
    )


def _wrong_kind(examination: Examination) -> str:
    row = _row(examination, "kind")
    return f"This demo is for {row.expected}; you are here by {mask_claim(row.actual)}."


def _keys(examination: Examination) -> str:
    keys = examination.keys
    why = f": {keys.last_error}" if keys.last_error else ""
    return (
        f"The team's signing keys could not be read{why}. Nothing that the token says can be "
        "taken as a fact meanwhile."
    )


_PROOFS: dict[str, Callable[[Examination], str]] = {
    "nothing_presented": lambda _: "No assertion, no token headers, no session cookie.",
    "unverified_headers": _unverified,
    "expired": _expired,
    "not_yet_valid": _not_yet_valid,
    "wrong_kind": _wrong_kind,
    "keys_unavailable": _keys,
    "not_configured": lambda _: "This demo is not set up here. That never means: skip the check.",
}


def _row(examination: Examination, name: str) -> Check:
    return next(check for check in examination.checks if check.id == name)
