"""
The evidence as plain text: 80 columns, no colour codes, for a terminal.
"""

from __future__ import annotations

from textwrap import wrap

from django.http import HttpRequest

from barbican.access.evidence import Check, Result
from barbican.access.examination import Examination
from barbican.portal import findings, masking, places, verdicts
from barbican.portal.times import absolute, duration, relative

WIDTH = 80
INDENT = 10
_STATIONS = ("caller", "edge", "tunnel", "origin check", "this page")
_REACHES = {"none": -1, "caller": 0, "edge": 1, "origin": 3, "page": 4}
_MARKS = {Result.PASS: "✓", Result.FAIL: "✗", Result.CAUTION: "!", Result.NOT_RUN: "-"}
_CHECKS_A_LINE = 4


def render(request: HttpRequest, slug: str, examination: Examination) -> str:
    """Return the verdict, how far the request came, what caught it, and where to read more."""
    base = places.origin(request)
    edge, note = verdicts.edge(examination), verdicts.note(examination)
    lines = [_first(examination), "", _journey(examination), ""]
    lines.append(f"{'demo':{INDENT}}{slug:30}route  {request.door}")  # type: ignore[attr-defined]
    lines += _token(examination)
    lines += paragraph("edge", edge.words)
    lines += paragraph("origin", verdicts.proof(examination))
    if note:
        lines += paragraph("note", note)
    lines += _checks(examination)
    lines += _what_to_do(examination, base)
    lines.append("")
    lines.append(_line("request", f"{request.id}  {absolute(examination.now)}"))  # type: ignore[attr-defined]
    lines.append(_line("more", f"{places.demo_url(base, slug)}?format=json"))
    return "\n".join(lines) + "\n"


def _journey(examination: Examination) -> str:
    """Return the line from caller to page, as far as it came."""
    verdict = verdicts.BY_CODE[examination.verdict]
    if verdict.bypassed and verdicts.is_bypassed(examination):
        return "caller ╌╌╌ round the edge ╌╌╌✗ origin check ··· this page"
    reached, drawn = _REACHES[verdict.stops_at], _STATIONS[0]
    for number, station in enumerate(_STATIONS[1:], start=1):
        if number < reached or (number == reached and verdict.tone == "pass"):
            drawn += f" ━━━ {station}"
        elif number == reached:
            drawn += f" {'╌╌╌' if verdict.tone == 'caution' else '━━━'}✗ {station}"
        else:
            drawn += f" ··· {station}"
    return drawn


def _checks(examination: Examination) -> list[str]:
    names = [f"{_MARKS[check.result]} {check.id}" for check in examination.checks]
    lines = [_line("checks", _summary(examination))]
    for first in range(0, len(names), _CHECKS_A_LINE):
        row = names[first : first + _CHECKS_A_LINE]
        lines.append(_line("", "".join(f"{name:16}" for name in row)))
    for check in examination.checks:
        if check.result in (Result.FAIL, Result.CAUTION):
            lines += _finding(check)
    return lines


def _what_to_do(examination: Examination, base: str) -> list[str]:
    # Text is for whoever asks in a terminal, who is nobody's staff here.
    found = findings.of(examination, base)
    if not found and examination.is_verified:
        return []
    lines = [""]
    if not examination.is_verified:
        lines += paragraph("do", verdicts.BY_CODE[examination.verdict].fix)
    for each in found:
        if each.is_command:  # never cut
            lines += [f"{'':{INDENT}}{printable(line)}" for line in each.value.split("\n")]
        elif not each.is_tabled:
            where = f" ({each.href})" if each.href else ""
            lines += paragraph("", f"{each.label}: {each.value}{where}")
    return lines


def summary(checks: tuple[Check, ...]) -> str:
    """Return "10 passed, 1 failed, 1 not run"."""
    names = (
        (Result.PASS, "passed"),
        (Result.CAUTION, "with a caution"),
        (Result.FAIL, "failed"),
        (Result.NOT_RUN, "not run"),
    )
    results = [check.result for check in checks]
    counted = [(results.count(result), name) for result, name in names]
    return ", ".join([f"{count} {name}" for count, name in counted if count])


def _summary(examination: Examination) -> str:
    found = summary(examination.checks)
    return found if "failed" in found else f"{found}, 0 failed"


def _first(examination: Examination) -> str:
    identity = examination.identity
    if identity is None:
        return _fit(f"NOT VERIFIED  {verdicts.headline(examination)}  ({examination.verdict})")
    return _fit(f"VERIFIED  {identity.kind.replace('_', ' ')}  {verdicts.caller(examination)}")


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
    """Return the same for whole lines, whose ends and tabs stay."""
    lines = (line.split("\t") for line in text.split("\n"))
    return "\n".join("\t".join(map(printable, parts)) for parts in lines)
