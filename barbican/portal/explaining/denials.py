"""
The answers of Access itself: redirects to the login, refusals, and sentences for people.

Source: "Status matrix" of the project's reference on Access. Which of strict and legacy it was
often follows from the answer: strict never redirects a request that carries token headers.
"""

from __future__ import annotations

from dataclasses import replace

from barbican.portal.explaining import marks
from barbican.portal.explaining.explanation import Mode, Reading, Sent, Told
from barbican.portal.explaining.paste import Answer
from barbican.portal.explaining.request import Request

_SENTENCES = {
    "Invalid redirect URL": "access-invalid-redirect",
    "Invalid session. Please try logging in again": "access-invalid-session",
    "That account does not have access": "access-account-denied",
    "This One-Time PIN has already been used": "access-code-used",
}
_HEADERS = ("cf-access-aud", "cf-access-domain", "cf-access-error", "www-authenticate")


def login(answer: Answer, request: Request, told: Told) -> Reading | None:
    """A redirect to the login page."""
    if not marks.is_login(answer):
        return None
    sent = _sent(request, told)
    status = marks.login_claims(answer).get("service_token_status")
    reading = Reading(
        "access",
        "login-redirect",
        "Access sends the caller to its login page: it does not know who is calling.",
        evidence=marks.quoted(answer, "location"),
    )
    if status is True:
        return replace(
            reading,
            why="Access recognised the service token, so the token is good, and no Service Auth "
            "policy of this application names it. The organisation is in legacy mode: strict would "
            "answer 403.",
        )
    if sent in ("pair", "single"):
        return _redirected_with_token(reading, told)
    if sent == "half":
        return replace(reading, code="half-a-pair", why="Only one of the two headers went out.")
    if sent == "none":
        return replace(
            reading,
            why="Nothing was sent that says who is calling, and the application has an Allow "
            "policy, so Access offers a login.",
        )
    return replace(reading, asks=("sent",))


def _redirected_with_token(reading: Reading, told: Told) -> Reading:
    start = (
        "Service-token headers were sent and Access redirects all the same: the organisation is in "
        "legacy mode, in which a token that does not help counts as none. "
    )
    ends = {
        "names": "As a Service Auth policy names this token, the token itself does not "
        "authenticate: look at its secret, its expiry and whether it is enabled.",
        "other": "No Service Auth policy names this token: add it.",
        "allow_only": "The application has no Service Auth policy: a token under an Allow policy "
        "always leads to the login.",
        "unknown": "Either the token does not authenticate, or no Service Auth policy names it.",
    }
    asks = ("policy",) if told.policy == "unknown" else ()
    return replace(reading, why=start + ends[told.policy], asks=asks)


def oauth(answer: Answer) -> Reading | None:
    challenge = answer.header("www-authenticate")
    if not challenge.startswith("Bearer") or "resource_metadata" not in challenge:
        return None
    why = "The application has Managed OAuth on and asks for a bearer token."
    return Reading(
        "access", "access-401-oauth", why, evidence=marks.quoted(answer, "www-authenticate")
    )


def sentence(answer: Answer) -> Reading | None:
    """The sentences that Access shows to people."""
    for text, code in _SENTENCES.items():
        if text in answer.body:
            why = f"Access says: “{text}”."
            return Reading("access", code, why, evidence=marks.around(answer, text))
    return None


def denial(answer: Answer, request: Request, told: Told) -> Reading | None:
    """A refusal with the marks of Access."""
    if not marks.is_denial(answer):
        return None
    status = answer.status or _status_of_body(answer)
    evidence = marks.quoted(answer, *_HEADERS) or marks.around(answer, "ray_id")
    evidence = evidence or marks.first_line(answer)
    if 300 <= status < 400:
        why = "Access refused and led the caller to a page that the application names for that."
        return Reading(
            "access", "access-custom-deny", why,
            evidence=(*evidence, *marks.quoted(answer, "location")),
        )  # fmt: skip
    if status == 400:
        why = "The way back from the login came without what it needs."
        return Reading("access", "access-callback-400", why, "likely", evidence)
    if status not in (401, 403):
        why = f"Access answered {status}." if status else "Access answered; the status is missing."
        return Reading("access", "access-403", why, "guess", evidence)
    return replace(refused(replace(answer, status=status), request, told), evidence=evidence)


def refused(answer: Answer, request: Request, told: Told) -> Reading:
    """Return what a 401 or 403 of Access means, by what was sent and by the mode."""
    sent, is_401 = _sent(request, told), answer.status == 401
    if request.is_preflight and not is_401:
        why = "A CORS preflight carries no token and no cookie, and this application refuses it."
        return Reading("access", "access-403-preflight", why)
    if request.is_upgrade and not is_401:
        why = "A WebSocket was refused, as a policy on a Worker does with each."
        return Reading("access", "access-403-upgrade", why, "likely")
    if request.has_upper_case_keys:
        why = "The one header holds its JSON keys in upper case, and Access reads lower case."
        return Reading("access", "access-403-single-header", why)
    if sent == "half":
        why = "Only one of the two headers went out, and half a pair is no credential."
        return Reading("access", "half-a-pair", why)
    if sent == "none":
        return _without(request, is_401=is_401)
    if sent == "unknown":
        name = "access-401" if is_401 else "access-403"
        why = (
            "Access refused at the edge. The reason depends on what was sent, which this answer "
            "does not show."
        )
        return Reading("access", name, why, asks=("sent",))
    return _with_token(told.mode, is_401=is_401)


def _without(request: Request, *, is_401: bool) -> Reading:
    if is_401 and request.is_script:
        why = "A script cannot log in, so Access answers 401 where it would redirect a browser."
        return Reading("access", "access-401-script", why)
    if is_401:
        why = (
            "Nothing was sent that says who is calling, and the application answers that with 401."
        )
        return Reading("access", "access-401-no-credentials", why)
    why = (
        "Nothing was sent that says who is calling, and the application has only Service Auth "
        "policies, so there is no login to offer."
    )
    return Reading("access", "access-403-no-credentials", why)


def _with_token(mode: Mode, *, is_401: bool) -> Reading:
    if mode == "legacy":
        name = "access-401-setting" if is_401 else "access-403-legacy"
        why = "In legacy mode a bad token and one that no policy names get the same answer."
        return Reading("access", name, why)
    why = (
        "The service token does not authenticate."
        if is_401
        else "The service token is good, and no policy of this application names it."
    )
    name = "access-401-token" if is_401 else "access-403-token"
    if mode == "strict":
        return Reading("access", name, why)
    hedge = f"{why} That is what it means in strict mode; legacy does not tell the two apart."
    return Reading("access", name, hedge, "likely", asks=("mode",))


def _sent(request: Request, told: Told) -> Sent:
    return told.sent if request.sent == "unknown" else request.sent


def _status_of_body(answer: Answer) -> int:
    status = answer.members.get("status_code")
    if isinstance(status, int):
        return status
    return next((each for each in (401, 403) if f"{each}" in answer.body[:4_000]), 0)
