"""
The evidence as a page: pieces that were rendered before, and what changes between them.
"""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString

from barbican.access.evidence import TokenReading
from barbican.access.examination import Examination
from barbican.portal import claims, context, masking, places, verdicts
from barbican.portal.fragments import fill, piece, pieces
from barbican.portal.shipped import PageCopy
from barbican.portal.text import summary
from barbican.portal.times import absolute, iso, relative


class Moment(NamedTuple):
    iso: str
    absolute: str
    relative: str


class Parts(NamedTuple):
    header: str
    payload: str
    signature: str


class Token(NamedTuple):
    trusted: bool
    source: str
    size: int
    parts: Parts
    expires: Moment | None
    header_rows: SafeString
    claim_rows: SafeString


def render(
    request: HttpRequest, page: PageCopy, edition: int, examination: Examination, template: str
) -> str:
    """Return the whole page."""
    shell = context.DemoShell(
        slug=page.slug,
        edition=edition,
        base=places.origin(request),
        portal=request.portal,  # type: ignore[attr-defined]
        door=request.door,  # type: ignore[attr-defined]
        word=verdicts.BY_CODE[examination.verdict].word,
        mode=context.mode(),
        page=page,
    )
    slots = {**parts(request, examination), "footer_keys": context.keys_age()}
    return fill(template, shell, slots)


def parts(request: HttpRequest, examination: Examination) -> dict[str, str]:
    """Return each part of the evidence, rendered or escaped, under the name of its slot."""
    shell = context.VerdictShell(context.of_a_verdict(examination), context.mode())
    record = {"record": _record(request, examination)}
    return {
        "verdict_html": fill("includes/verdict.html", shell, record),
        "check_rows": _check_rows(examination, getattr(request, "portal", "")),
        "checks_summary": summary(examination.checks),
        "token_html": _token(examination.token, examination.now),
        "header_rows": pieces("includes/header_row.html", masking.headers(request.META)),
        "method": escape(request.method),
        "path": escape(request.path),
        "credentials_note": context.about_credentials(request),
        "keys_html": piece("includes/keys.html", context.of_the_keys(examination)),
    }


def _check_rows(examination: Examination, portal: str) -> SafeString:
    verified = examination.is_verified
    rows = (
        context.of_a_check(check, is_verified=verified, portal=portal)
        for check in examination.checks
    )
    return pieces("includes/check_row.html", rows)


def _record(request: HttpRequest, examination: Examination) -> SafeString:
    token, now = examination.token, examination.now
    has_expiry = token is not None and token.trusted and token.expires_at is not None
    ends = token.expires_at if token and has_expiry else None
    return fill(
        "includes/record.html",
        context.RecordShell(has_expiry),
        {
            "request_id": escape(request.id),  # type: ignore[attr-defined]
            "time_iso": iso(now) or "",
            "time_text": absolute(now),
            "expires_iso": iso(ends) or "",
            "expires_in": relative(ends - now) if ends is not None else "",
        },
    )


def _token(token: TokenReading | None, now: float) -> str:
    if token is None:
        return piece("includes/token.html", None)
    header, _, rest = token.masked.partition(".")
    payload, _, signature = rest.partition(".")
    rows = claims.header_rows(token), claims.claim_rows(token, now)
    header_rows, claim_rows = (pieces("includes/claim_row.html", each) for each in rows)
    shown = Token(
        trusted=token.trusted,
        source=token.source,
        size=token.size,
        parts=Parts(header, payload, signature),
        expires=None if token.expires_at is None else _moment(token.expires_at, now),
        header_rows=header_rows,
        claim_rows=claim_rows,
    )
    return piece("includes/token.html", shown)


def _moment(seconds: float, now: float) -> Moment:
    return Moment(iso(seconds) or "", absolute(seconds), relative(seconds - now))
