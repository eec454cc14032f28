"""
Says who wrote one answer, and why: the first rule that knows its marks decides.

Source: "Status matrix" and "Denial bodies and headers" of the project's reference on Access; strict
mode's split of 401 and 403 is from a draft of Cloudflare's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from barbican.portal.explaining import denials, marks
from barbican.portal.explaining.explanation import Reading, Speaker, Told
from barbican.portal.explaining.paste import Answer
from barbican.portal.explaining.request import Request
from barbican.portal.troubleshooting import matrix

_BY_NUMBER = {
    "1010": "firewall-1010", "1020": "firewall-1020", "1015": "firewall-1015",
    "1033": "tunnel-1033", "1016": "tunnel-1016",
}  # fmt: skip
_BY_STATUS = {502: "tunnel-502", 504: "tunnel-504", 524: "tunnel-504"}


@dataclass(frozen=True, slots=True)
class Case:
    answer: Answer
    request: Request
    told: Told


def judge(case: Case) -> Reading:
    """Return who answered. Never raises."""
    for rule in _RULES:
        reading = rule(case)
        if reading:
            return _local(reading, case.answer)
    return _unknown(case)


def _local(reading: Reading, answer: Answer) -> Reading:
    """The local edge answers in the place of Access, with the same marks."""
    is_edge = reading.speaker == "access" and marks.is_local(answer)
    return replace(reading, speaker="local") if is_edge else reading


def _verdict(case: Case) -> Reading | None:
    verdict = marks.verdict_of(case.answer)
    if verdict not in matrix.rows():
        return None
    evidence = marks.quoted(case.answer, "www-authenticate") or marks.around(case.answer, verdict)
    return Reading(
        "origin",
        verdict,
        f"The request arrived at this portal, whose verdict is {verdict}. The edge let it through, "
        "or was not in between.",
        evidence=evidence or marks.first_line(case.answer),
    )


def _portal(case: Case) -> Reading | None:
    answer = case.answer
    if not marks.is_of_this_portal(answer):
        return None
    code, status = f"http-{answer.status}", answer.status
    if status in (301, 302) and answer.header("location").endswith("/"):
        code = "append-slash"
    why = "The request arrived at this portal, which answered by itself."
    if code not in matrix.rows():
        code = ""
        if status in (401, 403, 503):
            why = "The request arrived at this portal. The body says which check refused it."
    evidence = marks.quoted(answer, "x-request-id") or marks.around(answer, "urn:request:")
    return Reading("portal", code, why, evidence=evidence or marks.first_line(answer))


def _slash(case: Case) -> Reading | None:
    answer = case.answer
    location = answer.header("location")
    if answer.status != 301 or not location.startswith("/") or not location.endswith("/"):
        return None
    why = "A server at the origin added a slash to the path: Access was not in between."
    evidence = marks.quoted(answer, "location", "server")
    return Reading("portal", "append-slash", why, "likely", evidence)


def _login_page(case: Case) -> Reading | None:
    if not marks.is_login_page(case.answer):
        return None
    why = "This is the login page of Access: the client followed a redirect to it."
    return Reading(
        "client",
        "login-page-followed",
        why,
        evidence=marks.around(case.answer, "Cloudflare Access"),
    )


def _challenge(case: Case) -> Reading | None:
    answer = case.answer
    is_page = "Just a moment" in answer.body or "challenge-platform" in answer.body
    if not (answer.header("cf-mitigated") == "challenge" or is_page):
        return None
    why = "Cloudflare wants a browser to prove itself, before Access is asked."
    evidence = marks.quoted(answer, "cf-mitigated") or marks.around(answer, "Just a moment")
    return Reading("firewall", "firewall-challenge", why, evidence=evidence)


def _numbered(case: Case) -> Reading | None:
    """Cloudflare's own error numbers say who speaks."""
    number = marks.error_code(case.answer)
    code = _BY_NUMBER.get(number, "")
    if not code:
        return None
    speaker: Speaker = "firewall" if code.startswith("firewall") else "tunnel"
    why = f"Cloudflare's error {number} says so."
    return Reading(speaker, code, why, evidence=marks.around(case.answer, number))


def _blocked(case: Case) -> Reading | None:
    answer = case.answer
    page = "Sorry, you have been blocked" in answer.body or "Attention Required" in answer.body
    if answer.status != 403 or not (page or (marks.is_cloudflare(answer) and answer.body.strip())):
        return None
    if marks.is_local(answer):
        return None
    why = (
        "Cloudflare refused, and none of the marks of Access is there: a firewall or bot rule, or "
        "a server at the origin that says no more."
    )
    evidence = marks.quoted(answer, "server", "cf-ray")
    return Reading("firewall", "firewall-403", why, "certain" if page else "likely", evidence)


def _cloudflared(case: Case) -> Reading | None:
    answer = case.answer
    if answer.body.strip() or not marks.is_cloudflare(answer) or marks.is_local(answer):
        return None
    code = {403: "tunnel-403", 404: "tunnel-404"}.get(answer.status or 0, "")
    if not code or not (answer.header("content-length") == "0" or len(answer.headers) > 3):
        return None
    why = "The body is empty and no mark of Access is there, as cloudflared's own answers are."
    return Reading(
        "tunnel", code, why, "likely", marks.quoted(answer, "server", "content-length", "cf-ray")
    )


def _local_fault(case: Case) -> Reading | None:
    answer = case.answer
    message = str(answer.members.get("message", ""))
    if not marks.is_local(answer):
        return None
    codes = {502: "local-edge-origin-down", 504: "local-edge-timeout",
             400: "local-edge-bad-request", 404: "local-edge-reserved"}  # fmt: skip
    code = codes.get(answer.status or 0, "")
    if not code or not (message or marks.is_local_page(answer)):
        return None
    why = f"The local edge says: {message[:200]}" if message else "The local edge says so itself."
    return Reading("local", code, why, evidence=marks.quoted(answer, "cf-ray"))


def _gateway(case: Case) -> Reading | None:
    status = case.answer.status or 0
    code = _BY_STATUS.get(status) or ("tunnel-52x" if 520 <= status <= 526 else "")
    if not code and status == 530:
        code = "tunnel-1033"
    if not code:
        return None
    is_sure = marks.is_cloudflare(case.answer)
    why = "The edge let the request through and got no good answer from behind it."
    evidence = marks.quoted(case.answer, "server", "cf-ray")
    return Reading("tunnel", code, why, "likely" if is_sure else "guess", evidence)


def _gunicorn(case: Case) -> Reading | None:
    answer = case.answer
    if "<h1><p>" not in answer.body or answer.status not in (400, None):
        return None
    why = "This is gunicorn's own page: it refused before the portal saw the request."
    return Reading("portal", "gunicorn-400", why, "likely", marks.around(answer, "<h1><p>"))


def _limited(case: Case) -> Reading | None:
    if case.answer.status != 429:
        return None
    why = "Somebody limits the rate, and the answer does not say who."
    return Reading("unknown", "firewall-1015", why, "guess")


def _other_server(case: Case) -> Reading | None:
    """An answer with a body or headers of its own, and none of the marks above."""
    answer = case.answer
    server = answer.header("server")
    is_own = bool(server) and "cloudflare" not in server.lower()
    if not (is_own or answer.has("www-authenticate") or answer.status == 200):
        return None
    if not answer.headers and not answer.body.strip():
        return None
    status = answer.status or "no status"
    why = f"A server at the origin answered ({status}). It is not this portal, and not Access."
    certainty = "likely" if is_own or answer.status == 200 else "guess"
    evidence = marks.quoted(answer, "server", "www-authenticate", "content-type")
    return Reading("server", "", why, certainty, evidence)  # type: ignore[arg-type]


def _bare(case: Case) -> Reading | None:
    """A number alone: what Access would mean by it, as a guess, and the questions that decide."""
    status = case.answer.status
    if status not in (301, 302, 303, 307, 401, 403, 404, 503):
        return None
    if status in (401, 403):
        found = denials.refused(case.answer, case.request, case.told)
        why = f"{status} alone does not say who answered. If it was Access: {found.why}"
        return replace(found, speaker="unknown", certainty="guess", why=why)
    code = {404: "http-404", 503: "http-503"}.get(status, "login-redirect")
    why = f"{status} alone does not say who answered. Paste the headers too."
    return Reading("unknown", code, why, "guess")


def _unknown(case: Case) -> Reading:
    why = "The answer has neither the marks of Access nor those of this portal."
    return Reading("unknown", "", why, "guess", marks.first_line(case.answer))


_RULES: tuple[Callable[[Case], Reading | None], ...] = (
    _verdict,
    lambda case: denials.login(case.answer, case.request, case.told),
    lambda case: denials.oauth(case.answer),
    _login_page,
    lambda case: denials.sentence(case.answer),
    lambda case: denials.denial(case.answer, case.request, case.told),
    _local_fault,
    _portal,
    _slash,
    _challenge,
    _numbered,
    _blocked,
    _cloudflared,
    _gateway,
    _gunicorn,
    _limited,
    _other_server,
    _bare,
)
