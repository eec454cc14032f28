"""
The verdict panel: what was found, how it is known, what to do, and the record of the request.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from django.http import HttpRequest
from django.utils.safestring import SafeString

from barbican.access.evidence import Result
from barbican.access.examination import Examination
from barbican.portal import context, findings, places, staff
from barbican.portal import verdicts as words
from barbican.portal.fragments import fill, pieces
from barbican.portal.text import printable, printable_lines
from barbican.portal.times import absolute, iso, relative


def render(
    request: HttpRequest, examination: Examination, verdict: context.Verdict, mode: str
) -> SafeString:
    # Only here is a session looked for, so that no other page becomes anybody's own.
    is_staff = examination.verdict == "not_configured" and staff.is_staff(request)
    found = findings.of(examination, places.origin(request), is_staff=is_staff)
    rows = (
        each._replace(value=(printable_lines if each.is_command else printable)(each.value))
        for each in found
    )
    ends, issued = _lifetime(examination)
    shell = context.shell_of(
        verdict,
        mode,
        has_findings=bool(found),
        has_bar=issued is not None and ends > max(issued, examination.now),
        is_over=examination.is_verified and ends <= examination.now,
    )
    return fill(
        "includes/verdict.html",
        shell,
        {
            "headline": escape(verdict.headline),
            "principal": escape(verdict.principal),
            "edge_words": _edge(verdict, issued, examination.now),
            "note": escape(verdict.note) if verdict.note else "",
            "findings": pieces("includes/finding.html", rows) if found else "",
            "record": _record(request, examination),
            **_proof(examination, verdict, ends, issued),
        },
    )


def _edge(verdict: context.Verdict, issued: float | None, now: float) -> str:
    """Return what the edge did, and when in full for those who read it later."""
    found = escape(verdict.edge.words)
    if issued is None:
        return found
    ago = relative(issued - now)
    time = f'<time datetime="{iso(issued)}" title="{absolute(issued)}">{ago}</time>'
    return found.replace(f" {ago},", f" {time},", 1)


def _proof(
    examination: Examination, verdict: context.Verdict, ends: float, issued: float | None
) -> dict[str, str]:
    """Return how the origin knows: a sentence, or one fact beside the other."""
    if not examination.is_verified or examination.token is None:
        return {"proof": escape(verdict.proof)}
    now, token = examination.now, examination.token
    return {
        "checked": checked(examination),
        "key": escape(words.short(str(token.header.get("kid")))),
        "team": _team(examination.team_domain),
        "ends_iso": iso(ends) or "",
        "ends_text": absolute(ends),
        "ends_in": relative(ends - now),
        "bar_max": str(int(ends - (issued or 0))),
        "bar_value": str(max(0, int(ends - now))),
        "also": escape(also) if (also := words.besides(examination)) else "",
    }


@lru_cache(maxsize=8)
def _team(domain: str) -> str:
    return escape(domain.removeprefix("https://"))


@lru_cache(maxsize=32)
def _audience(tags: frozenset[str]) -> str:
    return escape(" or ".join(sorted(tags))) or "none"


def checked(examination: Examination) -> str:
    """Return "12 of 12 checks", and how many of them with a caution."""
    results = [check.result for check in examination.checks]
    cautions = results.count(Result.CAUTION)
    passed = f"{results.count(Result.PASS) + cautions} of {len(results)} checks"
    return f"{passed}, {cautions} with a caution" if cautions else passed


def _lifetime(examination: Examination) -> tuple[float, float | None]:
    """Return when a verified token ends and when it was issued; zero where none is verified."""
    token = examination.token if examination.is_verified else None
    if token is None or token.expires_at is None:
        return 0, None
    return token.expires_at, words.claim_time(examination, "iat")


def _record(request: HttpRequest, examination: Examination) -> SafeString:
    return fill(
        "includes/record.html",
        context.RecordShell(examination.verdict != "wrong_audience"),
        {
            "request_id": escape(request.id),  # type: ignore[attr-defined]
            "address": escape(f"{places.origin(request)}{request.path}"),
            "audience": _audience(examination.application.audience_tags),
            "time_iso": iso(examination.now) or "",
            "time_text": absolute(examination.now),
        },
    )
