"""
What each verdict means, what to do about it, and how this request came to it.

One row per verdict of the contract. The page, the JSON, the text and the troubleshooting table all
read it here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from barbican.access.examination import Examination
from barbican.portal.times import absolute, duration, relative

Tone: TypeAlias = Literal["pass", "caution", "fail", "none"]
Stop: TypeAlias = Literal["caller", "edge", "origin", "page"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is the same for every request with this verdict."""

    code: str
    status: int
    headline: str
    meaning: str
    fix: str
    action: tuple[str, str]  # the first thing to do: label, and where on the page
    stops_at: Stop = "origin"
    tone: Tone = "fail"
    bypassed: bool = False

    @property
    def word(self) -> str:
        return "Verified" if self.tone == "pass" else "Not verified"


_VERIFIED = "Every check passed, on this request."
_HOW = ("How it works", "#how-this-works")
_CONFIGURE = ("How to set it up", "#cloudflare-configuration")
_CALL = ("How to call it", "#making-authenticated-requests")


def _fix(code: str) -> tuple[str, str]:
    return ("What to do", f"#verdict-{code}")


_TABLE = (
    Verdict(
        "verified_service_token", 200, "Verified service token", _VERIFIED,
        "Nothing. This is what a machine's good request looks like.",
        _CALL, "page", "pass",
    ),
    Verdict(
        "verified_person", 200, "Verified person",
        "Every check passed. The caller signed in at the edge; no service token was used.",
        "To see a machine, send the Client ID and the Client Secret instead of a login session.",
        ("Show me the curl command", "#making-authenticated-requests"), "page", "pass",
    ),
    Verdict(
        "verified_certificate", 200, "Verified client certificate",
        "Every check passed. The edge checked a client certificate; no service token was used.",
        "To see a service token, send the Client ID and the Client Secret.",
        _CALL, "page", "pass",
    ),
    Verdict(
        "nothing_presented", 401, "Nothing presented",
        "The request carries no application token, no cookie and no identity header. It did not "
        "come through Access, or through an address that Access does not protect.",
        "Call the address that Access protects. Mind the path: an application on /service-token/* "
        "leaves /service-token itself open.",
        _CALL, "caller", "none",
    ),
    Verdict(
        "unverified_headers", 401, "These headers did not come through Access",
        "Identity or credential headers arrived without a signed assertion. Access takes the "
        "credentials away before it forwards, so this request went round it.",
        "Close the direct route to the origin. Treat a Client Secret that arrived here as exposed: "
        "rotate it.",
        _HOW, "edge", bypassed=True,
    ),
    Verdict(
        "malformed", 401, "Not a readable token",
        "More than one token came, or one that is too long or not in the form of an application "
        "token.",
        "Send nothing in Cf-Access-Jwt-Assertion yourself: the edge sets it. Look for a proxy that "
        "joins, cuts or quotes headers.",
        _fix("malformed"),
    ),
    Verdict(
        "algorithm_refused", 401, "Signed in a way that is not accepted",
        "The token names an algorithm other than RS256. Access signs with RS256 only.",
        "Nobody at Cloudflare made this token. Find out who did.",
        _fix("algorithm_refused"),
    ),
    Verdict(
        "unknown_key", 401, "Signed with a key that the team does not publish",
        "The key ID is not in the team's key set, which was just asked or will be within 30 s.",
        "Check ACCESS_TEAM_DOMAIN. After a rotation, try again in 30 s, or run "
        "manage.py refresh_keys to see what is published.",
        _fix("unknown_key"),
    ),
    Verdict(
        "bad_signature", 401, "Changed, or not signed by Cloudflare",
        "The signature does not belong to this header and these claims. Nothing that the token "
        "says can be believed.",
        "Find out who changed the token on its way, or who made it.",
        _fix("bad_signature"),
    ),
    Verdict(
        "missing_claim", 401, "The token leaves out what is needed",
        "A claim that every application token has is missing, or the claims fit no kind of caller.",
        "Send the application token that Access issued, unchanged.",
        _fix("missing_claim"),
    ),
    Verdict(
        "wrong_issuer", 401, "Signed for another team",
        "The token names another issuer than the team domain set here.",
        "Check ACCESS_TEAM_DOMAIN to the character: https, no trailing slash.",
        _fix("wrong_issuer"),
    ),
    Verdict(
        "expired", 401, "Expired",
        "The token was good and its time is over.",
        "Send the request through the edge again. If it is expired every time, compare the clocks, "
        "or lengthen the session of the Access policy.",
        _fix("expired"),
    ),
    Verdict(
        "not_yet_valid", 401, "Not valid yet",
        "The token starts in the future, so two clocks differ by more than the leeway.",
        "Check this server's clock against a time server.",
        _fix("not_yet_valid"),
    ),
    Verdict(
        "wrong_type", 401, "A team login token, not an application token",
        "The global session token is signed by the same keys and opens no application.",
        "Send the application's own token: call the protected address and let the edge add it.",
        _fix("wrong_type"),
    ),
    Verdict(
        "wrong_audience", 403, "Valid token, wrong application",
        "The token is good, and was issued for another Access application.",
        "Copy the AUD tag of the application in front of this very address into the demo's _AUD "
        "setting. An application that was made again has a new tag.",
        _CONFIGURE,
    ),
    Verdict(
        "wrong_kind", 403, "Valid token, wrong kind of caller",
        "The token is good, and this demo is for another kind of caller.",
        "Call with the kind that this demo asks for.",
        _CALL,
    ),
    Verdict(
        "client_not_allowed", 403, "Valid service token, not allowed here",
        "The token is good, and its Client ID is not on this demo's list.",
        "Add the Client ID to the demo's _CLIENT_IDS setting.",
        _fix("client_not_allowed"),
    ),
    Verdict(
        "keys_unavailable", 503, "Cannot check right now",
        "The team's signing keys could not be read, so no signature can be checked.",
        "Wait: the origin tries again by itself. If it lasts, check the way from this server to "
        "the team domain.",
        _fix("keys_unavailable"), "origin", "caution",
    ),
    Verdict(
        "not_configured", 503, "Not configured",
        "This demo is not set up here: it has no AUD tag, or the portal has no team domain. Unset "
        "never means that the check is skipped.",
        "Run manage.py check: it names the variable and what to put there.",
        _CONFIGURE, "origin", "none",
    ),
)  # fmt: skip

BY_CODE = {verdict.code: verdict for verdict in _TABLE}


def headline(examination: Examination) -> str:
    """Return the verdict in a few words, with this request's values."""
    verdict = BY_CODE[examination.verdict]
    identity, token = examination.identity, examination.token
    if identity and identity.kind != "service_token":
        return f"{verdict.headline}: {identity.id}"
    if verdict.code == "unverified_headers" and not _has_credentials(examination):
        return "An unsigned header is not proof"
    if token and token.expires_at is not None and verdict.code == "expired":
        return f"Expired {relative(token.expires_at - examination.now)}"
    return verdict.headline


def proof(examination: Examination) -> str:
    """Return how we know, in a sentence or two."""
    make = _PROOFS.get(examination.verdict)
    if make:
        return make(examination)
    if examination.is_verified:
        return _verified(examination)
    deciding = next(
        (check for check in examination.checks if check.code == examination.verdict), None
    )
    return deciding.reason if deciding else BY_CODE[examination.verdict].meaning


def note(examination: Examination) -> str:
    """Return what a person should know besides, or nothing."""
    if examination.is_verified and examination.keys.is_stale:
        age = duration(examination.keys.age or 0)
        return f"Caution: verified with keys fetched {age} ago. The key endpoint is not answering."
    cautions = [check.reason for check in examination.checks if check.result == "caution"]
    if examination.verdict == "verified_person":
        return "This page is for machines: you are here by a login session, not a service token."
    return cautions[0] if cautions and examination.verdict != "unverified_headers" else ""


def _verified(examination: Examination) -> str:
    token, keys = examination.token, examination.keys
    assert token is not None  # noqa: S101 - it is verified
    left = duration((token.expires_at or 0) - examination.now)
    fetched = f"fetched {duration(keys.age)} ago" if keys.age is not None else "kept"
    where = "Cf-Access-Jwt-Assertion" if token.source == "header" else "the CF_Authorization cookie"
    return (
        f"The request carried {where}, signed RS256 by key {short(str(token.header.get('kid')))} "
        f"of {examination.team_domain} ({fetched}), for this application; it expires in {left}."
    )


def _unverified(examination: Examination) -> str:
    if _has_credentials(examination):
        return (
            "Client ID or Client Secret headers are here, but no signed assertion. Access takes "
            "these headers away before it forwards, so this request went round it. Treat this "
            "secret as exposed: rotate it."
        )
    return (
        "A header claims an identity, and nothing signed comes with it. Anyone who can reach the "
        "origin can write such a header."
    )


def _has_credentials(examination: Examination) -> bool:
    return any(name.startswith("HTTP_CF_ACCESS_CLIENT_") for name in examination.meta)


def _expired(examination: Examination) -> str:
    token = examination.token
    if token is None or token.expires_at is None:
        return BY_CODE["expired"].meaning
    others = [check for check in examination.checks if check.result == "fail"]
    rest = "Everything else passes." if len(others) == 1 else "It fails other checks too."
    return f"It was valid until {absolute(token.expires_at)}. {rest}"


def _keys(examination: Examination) -> str:
    keys = examination.keys
    why = f"{keys.source}: {keys.last_error}. " if keys.last_error else ""
    return f"{why}Nothing that the token says can be taken as a fact meanwhile."


_PROOFS: dict[str, Callable[[Examination], str]] = {
    "nothing_presented": lambda _: "No assertion, no identity headers, no session cookie.",
    "unverified_headers": _unverified,
    "expired": _expired,
    "keys_unavailable": _keys,
    "not_configured": lambda _: BY_CODE["not_configured"].meaning,
}


def short(key_id: str) -> str:
    """Return "9338abe1…69b8" of a long identifier."""
    return key_id if len(key_id) <= 16 else f"{key_id[:8]}…{key_id[-4:]}"
