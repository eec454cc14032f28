"""
The check table as people read it: short words in the cells, the whole values and the reason behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString

from barbican.access import rows
from barbican.access.evidence import Check, Result
from barbican.access.examination import Examination
from barbican.access.presented import TOO_LONG
from barbican.portal import masking, places
from barbican.portal.fragments import safe
from barbican.portal.text import printable
from barbican.portal.times import absolute, iso
from barbican.portal.verdicts import claim_time, short
from barbican.protocol import ALGORITHM

_WORDS = {"pass": "Pass", "fail": "Fail", "caution": "Caution", "not_run": "Not run"}
# Read from the request itself, not from what a token says.
_OF_THE_REQUEST = {"assertion", "form", "key", "signature", "consistency"}
_LONG_HEX = re.compile(r"[0-9a-f]{40,}|[0-9a-f]{32}(?=\.access)")
_SHORTENED = re.compile(r"[0-9a-f]{8}…[0-9a-f]{4}(?:\.access)?")
_ARTICLE = re.compile(r"\ba (?=service|person|client)")

# The cell's words, where the full ones are a sentence.
_EXPECTED = {
    "assertion": "one header, or one cookie",
    "form": "3 parts, JSON inside",
    "key": "published by the team",
    "signature": "made with that key",
    "expiry": "later than now",
    "start": "not in the future",
    "consistency": "no disagreement, no raw credentials",
}
_ACTUAL = {
    ("form", "as expected"): "3 parts",
    ("consistency", "no disagreement"): "none found",
    ("expiry", "expired 0 s ago"): "expired just now",
    ("start", "began 0 s ago"): "began just now",
}
_WHY = {
    "assertion": "One token decides. With two, two readers could each believe another one.",
    "form": "Read strictly: a token that can be read in two ways is not read at all.",
    "algorithm": "Fixed here. A token that chose its own algorithm could choose none.",
    "key": "Only keys that the team publishes at its own domain count, whatever the token names.",
    "signature": "The one proof that Access made a token and that nobody changed it since.",
    "issuer": "Every team's tokens look alike; the issuer says whose a token is.",
    "expiry": "A token that leaks is worth something only until it ends.",
    "start": "A token from the future means that a clock is wrong, or that somebody plays.",
    "type": "The team's own login session is signed by the same keys, and opens no application.",
    "audience": "Tokens of all the team's applications share its keys. Only the AUD tag says which "
    "of them a token opens.",
    "kind": "A machine, a person and a certificate are told apart by their claims, so that none "
    "passes for another.",
    "consistency": "What is not signed is compared and never believed. It can warn, not refuse.",
}
# Where what a check is for does not explain what came of it: by its result, or by the refusal.
_WHY_OF = {
    ("assertion", "neither"): "Only a signed token says who is calling, and the edge adds one to "
    "what it lets through.",
    ("assertion", "unsigned headers"): "Anyone who can reach the origin can write such a header. "
    "A token alone proves who is calling.",
    ("assertion", TOO_LONG): "Measured before anything is read, so that no sender can make the "
    "origin work hard.",
    ("assertion", "an empty header"): "It decides because it is there; the cookie is not looked "
    "at.",
    ("assertion", "an empty cookie"): "It is there, and holds nothing that could be checked.",
    ("assertion", "a Cookie header that is not ASCII"): "Two readers could each find another value "
    "in it.",
    ("expiry", "no exp claim"): "Without an end, a token that leaks is worth something for ever.",
    ("start", "no iat claim"): "Without a beginning nobody can tell when a token was made.",
}
_WHY_REFUSED = {
    "client_not_allowed": "The list is this demo's own, and narrower than what the edge lets "
    "through.",
    "not_configured": "A setting that is missing or malformed never means that a check is skipped.",
}


class CheckRow(NamedTuple):
    """One check as the page shows it."""

    id: str
    label: str
    result: str
    word: str
    expected: str  # short; marked up
    actual: str  # short; marked up
    whole_expected: str  # where the cell has less
    whole_actual: str
    reason: str
    why: str  # what the check is for
    help: str
    datetime: str | None  # where what came is a time from now
    absolute: str
    doubt: str  # why what came is struck through; empty: it is not


@lru_cache(maxsize=4_096)
def of_a_check(
    check: Check, portal: str, moment: float | None, *, is_verified: bool, is_signed: bool
) -> CheckRow:
    if check.code == "missing_claim" or not check.actual:
        moment = None
    actual = printable(masking.mask_claim(check.actual))
    expected = _EXPECTED.get(check.id) or _brief(check.expected)
    return CheckRow(
        id=check.id,
        label=check.id.capitalize(),
        result=str(check.result),
        word=_WORDS[check.result],
        expected=_unbroken(expected),
        actual=_unbroken(_ACTUAL.get((check.id, actual)) or _brief(actual)),
        whole_expected=check.expected if expected != check.expected else "",
        whole_actual=actual if _brief(actual) != actual else "",
        reason=check.reason,
        why=_why(check),
        help=_help(check, portal),
        datetime=iso(moment),
        absolute=absolute(moment) if moment is not None else "",
        doubt="" if is_verified else _doubt(check, is_signed),
    )


def moments(examination: Examination) -> dict[str, float | None]:
    """Return the time of each check that says how far it is from now."""
    token = examination.token
    return {"expiry": token.expires_at, "start": claim_time(examination)} if token else {}


def with_expected(examination: Examination) -> Iterable[Check]:
    """Return every check, also without a token to look at, with what it expects."""
    if examination.reading is not None:
        return examination.checks
    return [
        check
        if check.expected or check.id in _EXPECTED
        else replace(check, expected=_expected(check.id, examination))
        for check in examination.checks
    ]


def _expected(check: str, examination: Examination) -> str:
    application = examination.application
    if check == "audience":
        return rows.audience_expected(application.audience_tags) or "an AUD tag of this demo"
    if check == "kind":
        return rows.kind_expected(application.welcomes)
    fixed = {"algorithm": ALGORITHM, "type": rows.TYPE}
    return fixed.get(check) or examination.team_domain or "a team domain"


def _doubt(check: Check, is_signed: bool) -> str:
    """Say what is wrong with what came. What the team signed is true, accepted or not."""
    if check.id in _OF_THE_REQUEST or check.code == "not_configured":
        return ""
    if is_signed:
        return "not accepted" if check.result is Result.FAIL else ""
    return "unverified"


def _why(check: Check) -> str:
    special = _WHY_OF.get((check.id, check.actual)) or _WHY_REFUSED.get(check.code)
    return special or _WHY[check.id]


def _help(check: Check, portal: str) -> str:
    if check.result in (Result.PASS, Result.NOT_RUN):
        return ""
    return places.help_url(portal, check.code) if check.code else "#troubleshooting"


def _unbroken(text: str) -> SafeString:
    """Return the text as HTML, with no line break within a shortened identifier."""
    return safe(_SHORTENED.sub(r'<span class="nowrap">\g<0></span>', escape(text)))


def _brief(text: str) -> str:
    return _ARTICLE.sub("", _LONG_HEX.sub(lambda found: short(found[0]), text))
