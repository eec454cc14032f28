"""
An explanation as HTML values, JSON, text and Markdown.
"""

from __future__ import annotations

import json
from typing import Any

from barbican.portal import places
from barbican.portal.explaining.explain import AUD_OF
from barbican.portal.explaining.explanation import (
    ALONE,
    SPEAKERS,
    UNSURE,
    Explanation,
    Hop,
    Reading,
)
from barbican.portal.explaining.marks import FACTS
from barbican.portal.troubleshooting import matrix
from barbican.portal.troubleshooting.inline import html, plain
from barbican.portal.troubleshooting.inline import markdown as linked
from barbican.portal.troubleshooting.local import MAKE_DEMO, Local
from barbican.portal.troubleshooting.plain import listed, wrapped
from barbican.portal.troubleshooting.row import Row

INVITATION = (
    "Send the output of curl -i here, and learn who answered, why, and what to change. Nothing is "
    "kept; secrets are masked in the answer."
)


def row_of(reading: Reading, at: Local = MAKE_DEMO) -> Row | None:
    return matrix.rows(at).get(reading.code)


def is_good(reading: Reading) -> bool:
    return reading.code.startswith("verified_")


def shown(found: Explanation, at: Local = MAKE_DEMO) -> dict[str, Any]:
    """Return what the template takes."""
    reading, row = found.reading, row_of(found.reading, at)
    evidence, marks = _evidence(found)
    return {
        "reading": reading,
        "evidence": evidence,
        "tone": "pass" if is_good(reading) else "none",
        "speaker": SPEAKERS[reading.speaker],
        "sure": html(_sure(reading, marks)),
        "seen": html(row.seen) if row else "",
        "means": html(row.means) if row else "",
        "steps": [html(step) for step in row.steps] if row else [],
        "modes": [
            (name, html(text))
            for name, text in (("Strict", row.strict), ("Legacy", row.legacy))
            if text
        ]
        if row
        else [],
        "facts": [(name, value, name != AUD_OF) for name, value in found.facts],
        "warnings": [("Mind this", warning) for warning in found.warnings],
        "questions": found.questions,
        "hops": [_hop_shown(hop) for hop in found.hops],
    }


def _evidence(found: Explanation) -> tuple[list[str], list[str]]:
    """Return the lines that the record below does not repeat, and the headers of those it does."""
    repeated = {
        f"{header}: {value}": header
        for header, name in FACTS.items()
        for fact, value in found.facts
        if fact == name
    }
    lines = [line for line in found.reading.evidence if line not in repeated]
    return lines, [repeated[line] for line in found.reading.evidence if line in repeated]


def _sure(reading: Reading, marks: list[str]) -> str:
    """Say how sure it is, and by what. The names of headers are the project's own."""
    if reading.certainty != "certain":
        return UNSURE[reading.certainty]
    of_access = [f"`{name}`" for name in marks if name.startswith("cf-access-")]
    if reading.speaker not in ("access", "local") or not of_access:
        return f"**Certain:** {ALONE.get(reading.speaker, 'nothing else')} answers like this."
    *most, last = of_access
    names = f"{', '.join(most)} and {last}" if most else last
    place = ", or from the local edge in its place" if reading.speaker == "local" else ""
    return f"**Certain:** {names} only {'come' if most else 'comes'} from Access{place}."


def _hop_shown(hop: Hop) -> dict[str, Any]:
    row = row_of(hop.reading)
    return {
        "status": hop.status or "no status",
        "speaker": SPEAKERS[hop.reading.speaker],
        "code": row.code if row else "",
        "seen": html(row.seen) if row else hop.reading.why,
    }


def document(base: str, found: Explanation | None, at: Local = MAKE_DEMO) -> str:
    """Return the explanation as JSON; without a paste, how to send one."""
    links = {"self": places.explain_url(base), "troubleshooting": places.troubleshooting_url(base)}
    if found is None:
        return json.dumps({"about": INVITATION, "explanation": None, "links": links}) + "\n"
    reading, row = found.reading, row_of(found.reading, at)
    explanation = {
        "code": reading.code or None,
        "answered_by": reading.speaker,
        "certainty": reading.certainty,
        "why": reading.why,
        "evidence": list(reading.evidence),
        "means": plain(row.means) if row else "",
        "do": [plain(step) for step in row.steps] if row else [],
        "strict": plain(row.strict) if row else "",
        "legacy": plain(row.legacy) if row else "",
        "facts": dict(found.facts),
        "responses": [_hop(hop) for hop in found.hops],
        "warnings": list(found.warnings),
        "questions": [
            {"name": each.name, "text": each.text, "options": dict(each.options)}
            for each in found.questions
        ],
        "help": places.help_url(base, row.code) if row else None,
    }
    about = "Read once and not kept; secrets are masked."
    return json.dumps({"about": about, "explanation": explanation, "links": links}) + "\n"


def _hop(hop: Hop) -> dict[str, Any]:
    reading = hop.reading
    return {
        "status": hop.status,
        "code": reading.code or None,
        "answered_by": reading.speaker,
    }


def text(base: str, found: Explanation | None, at: Local = MAKE_DEMO) -> str:
    """Return the explanation in 80 columns."""
    if found is None:
        lines = ["EXPLAIN THIS RESPONSE", "", *wrapped(INVITATION), ""]
        lines += ["  curl -sSi … 2>&1 |"]
        lines += [f"    curl -s --data-binary @- {places.explain_url(base)}"]
        return "\n".join(lines) + "\n"
    reading, row = found.reading, row_of(found.reading, at)
    lines = [*wrapped(f"{SPEAKERS[reading.speaker]}  ({reading.certainty})"), ""]
    lines += wrapped(reading.why)
    lines += [f"  | {line[:74]}" for line in reading.evidence]
    for hop in found.hops:
        lines += [f"  {hop.status or '---'}  {SPEAKERS[hop.reading.speaker]}"]
    if row:
        lines += _advice(row)
    if found.facts:
        lines += ["", *(f"{name:22}{value}" for name, value in found.facts)]
    for warning in found.warnings:
        lines += ["", *wrapped(warning)]
    for question in found.questions:
        options = ", ".join(f"{question.name}={value}" for value, _label in question.options)
        lines += ["", *wrapped(f"{question.text} Send the answer too ({options}):")]
        lines += [f"  --data-urlencode paste@- --data {question.name}={question.options[0][0]}"]
    if row:
        lines += ["", f"{'more':10}{places.help_url(base, row.code)}"]
    return "\n".join(lines) + "\n"


def _advice(row: Row) -> list[str]:
    lines = ["", *wrapped(plain(row.means)), *listed("Do this", row.steps)]
    for name, said in (("Strict", row.strict), ("Legacy", row.legacy)):
        lines += ["", *wrapped(f"{name}: {plain(said)}")] if said else []
    return lines


def markdown(base: str, found: Explanation | None, at: Local = MAKE_DEMO) -> str:
    if found is None:
        return (
            f"# Explain this response\n\n{INVITATION}\n\n```sh\n"
            f"curl -sSi … 2>&1 | curl -s --data-binary @- {places.explain_url(base)}\n```\n"
        )
    reading, row = found.reading, row_of(found.reading, at)
    parts = [f"# {SPEAKERS[reading.speaker]} ({reading.certainty})", reading.why]
    if reading.evidence:
        parts.append("\n".join(f"    {line}" for line in reading.evidence))
    if row:
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(row.steps, 1))
        parts += [
            row.means,
            linked(steps, base),
            f"More: [{row.seen}]({places.help_url(base, row.code)})",
        ]
    parts += list(found.warnings)
    return "\n\n".join(parts) + "\n"
