"""
The evidence as plain text: 80 columns, no colour codes, for a terminal.
"""

from __future__ import annotations

from textwrap import wrap

from django.http import HttpRequest

from barbican.access.evidence import Check, Result
from barbican.access.examination import Examination
from barbican.portal import masking, places, verdicts
from barbican.portal.times import absolute, duration, relative

WIDTH = 80
INDENT = 10


def render(request: HttpRequest, slug: str, examination: Examination) -> str:
    """Return the verdict, what caught it, and where to read more."""
    base = places.origin(request)
    lines = [_first(examination), f"{'demo':{INDENT}}{slug:30}route  {request.door}"]  # type: ignore[attr-defined]
    lines += _token(examination)
    lines.append(_line("checks", _summary(examination)))
    for check in examination.checks:
        if check.result in (Result.FAIL, Result.CAUTION):
            lines += _finding(check)
    if not examination.is_verified:
        lines += paragraph("do", verdicts.BY_CODE[examination.verdict].fix)
    lines.append(_line("request", str(request.id)))  # type: ignore[attr-defined]
    lines.append(_line("more", f"{places.demo_url(base, slug)}?format=json"))
    return "\n".join(lines) + "\n"


def summary(checks: tuple[Check, ...]) -> str:
    """Return "10 passed, 1 failed, 1 not run"."""
    names = ((Result.PASS, "passed"), (Result.CAUTION, "with a caution"), (Result.FAIL, "failed"))
    counted = [
        (sum(check.result is result for check in checks), name)
        for result, name in (*names, (Result.NOT_RUN, "not run"))
    ]
    return ", ".join(f"{count} {name}" for count, name in counted if count)


def _summary(examination: Examination) -> str:
    found = summary(examination.checks)
    return found if "failed" in found else f"{found}, 0 failed"


def _first(examination: Examination) -> str:
    identity = examination.identity
    if identity is None:
        return _fit(f"NOT VERIFIED  {verdicts.headline(examination)}  ({examination.verdict})")
    return _fit(f"VERIFIED  {identity.kind.replace('_', ' ')}  {identity.id}")


def _token(examination: Examination) -> list[str]:
    token, keys = examination.token, examination.keys
    if token is None:
        return []
    lines = []
    if token.trusted:
        age = f"keys fetched {duration(keys.age)} ago" if keys.age is not None else "keys kept"
        key = verdicts.short(str(token.header.get("kid", "")))
        lines.append(_line("key", f"{key:30}RS256  {age}"))
    if token.expires_at is not None:
        left = relative(token.expires_at - examination.now)
        claim = "expires" if token.trusted else "says exp"
        lines.append(_line(claim, f"{left} ({absolute(token.expires_at)})"))
    return lines


def _finding(check: Check) -> list[str]:
    word = "FAILED" if check.result is Result.FAIL else "caution"
    lines = paragraph(word, f"{check.id}: {check.reason}")
    if check.expected:
        lines += paragraph("", f"expected: {check.expected}")
    if check.actual:
        lines += paragraph("", f"got:      {masking.mask_claim(check.actual)}")
    return lines


def paragraph(label: str, text: str) -> list[str]:
    """Return a label and its text, wrapped beside it."""
    first, *rest = wrap(printable(text), WIDTH - INDENT, break_on_hyphens=False) or [""]
    return [f"{label:{INDENT}}{first}", *(f"{'':{INDENT}}{line}" for line in rest)]


def _line(label: str, text: str) -> str:
    return _fit(f"{label:{INDENT}}{text}")


def _fit(line: str) -> str:
    line = printable(line).rstrip()
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def printable(text: str) -> str:
    """Return the text without what could steer a terminal or turn its reading direction."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def printable_lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
