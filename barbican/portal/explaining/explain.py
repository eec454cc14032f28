"""
Who answered, why, how sure that is, and what to change: from a paste, and from nothing else.

Pure: no input, no output, nothing kept. Time grows with the length, which is bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from barbican.portal.explaining import marks, remarks
from barbican.portal.explaining.explanation import (
    NOTHING_TOLD,
    QUESTIONS,
    Explanation,
    Hop,
    Reading,
    Told,
)
from barbican.portal.explaining.judge import Case, judge
from barbican.portal.explaining.paste import Answer, Paste, read
from barbican.portal.explaining.request import Request, request_of
from barbican.portal.explaining.veil import holds_credentials, veiled

MAX_PASTE = 64 * 1024  # bytes
MAX_HOPS = 20
AUD_OF = "AUD of"  # the fact that says whose the AUD tag is, in words
_NOBODY: Mapping[str, str] = {}


def explain(
    text: str, told: Told = NOTHING_TOLD, known: Mapping[str, str] = _NOBODY
) -> Explanation:
    """
    Return the explanation, with every secret masked. Never raises.

    `known` says of each AUD tag of this portal whose it is.
    """
    paste = read(text[:MAX_PASTE])
    request = request_of(paste.asked)
    answers = paste.answers[-MAX_HOPS:]
    hops = tuple(Hop(each.status, judge(Case(each, request, told))) for each in answers)
    reading = _whole(paste, answers, hops)
    found = Explanation(
        reading=reading,
        hops=hops if len(hops) > 1 else (),
        facts=_facts(answers, known),
        warnings=tuple(_warnings(text[:MAX_PASTE], answers, request, known)),
        questions=tuple(QUESTIONS[name] for name in reading.asks),
    )
    return _masked(found)


def _whole(paste: Paste, answers: tuple[Answer, ...], hops: tuple[Hop, ...]) -> Reading:
    """Return the reading of it all: the last answer's, unless the way to it says more."""
    said = remarks.read(paste.rest)
    if not answers:
        return said or Reading(
            "unknown", "", "There is no answer in this text that could be read.", "guess"
        )
    if (loop := _loop(answers)) or (said and said.code == "redirect-loop"):
        return loop or said or hops[-1].reading
    last = hops[-1].reading
    followed = any(hop.reading.code == "login-redirect" for hop in hops[:-1])
    if followed and last.code in ("", "login-page-followed") and hops[-1].status == 200:
        why = "Access redirected to its login page and the client followed. The 200 is that page's."
        return Reading("client", "login-page-followed", why, evidence=last.evidence)
    if said and last.certainty == "guess":
        return said
    return last


def _loop(answers: tuple[Answer, ...]) -> Reading | None:
    places = Counter(
        answer.header("location").partition("?")[0] for answer in answers if answer.has("location")
    )
    if not places or places.most_common(1)[0][1] < 3:
        return None
    why = "The same redirect comes again and again: the cookie that a login sets is not sent along."
    return Reading("client", "redirect-loop", why, evidence=marks.quoted(answers[-1], "location"))


def _facts(answers: tuple[Answer, ...], known: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = dict(each for answer in answers for each in marks.facts(answer))
    tag = found.get("Application AUD", "")
    if tag in known:
        found[AUD_OF] = known[tag]
    return tuple(found.items())


def _warnings(
    text: str, answers: tuple[Answer, ...], request: Request, known: Mapping[str, str]
) -> list[str]:
    warnings = []
    if holds_credentials(text, known):
        warnings.append(
            "What looks like a secret is masked here. It was not kept, but it has been in a paste: "
            "if others may have seen it, rotate it."
        )
    if any("cf_authorization=" in answer.header("set-cookie").lower() for answer in answers):
        warnings.append(
            "The answer sets CF_Authorization. After a service-token request that is legacy mode: "
            "strict sends no cookie."
            if request.sent in ("pair", "single")
            else "The answer sets CF_Authorization: somebody's session."
        )
    return warnings


def _masked(found: Explanation) -> Explanation:
    hops = tuple(replace(hop, reading=_veiled(hop.reading)) for hop in found.hops)
    # An AUD tag is no secret, and these are read from where one belongs.
    facts = tuple(
        (
            name,
            value if name == "Application AUD" and _is_tag(value) else _printable(veiled(value)),
        )
        for name, value in found.facts
    )
    return replace(found, reading=_veiled(found.reading), hops=hops, facts=facts)


def _veiled(reading: Reading) -> Reading:
    evidence = tuple(_printable(veiled(line)) for line in reading.evidence)
    return replace(reading, evidence=evidence, why=_printable(veiled(reading.why)))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _is_tag(value: str) -> bool:
    return len(value) == 64 and all(char in "0123456789abcdef" for char in value)
