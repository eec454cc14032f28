"""
What the templates show of one examination. Plain values only: the templates hold no logic.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static

from barbican import __version__
from barbican.access import conf
from barbican.access.evidence import TokenReading
from barbican.access.examination import Examination
from barbican.access.keys import KeyState
from barbican.portal import claims, masking, places, text, verdicts
from barbican.portal.shipped import PageCopy
from barbican.portal.times import absolute, duration, iso, relative

_WORDS = {"pass": "Pass", "fail": "Fail", "caution": "Caution", "not_run": "Not run"}
# Read from the request itself, not from what a token says.
_OF_THE_REQUEST = {"assertion", "form", "key", "signature", "consistency"}
_PASSED = "As expected."


def of_every_page(request: HttpRequest, path: str) -> dict[str, Any]:
    """Return what `base.html` takes."""
    portal, base = getattr(request, "portal", ""), places.origin(request)
    return {
        "portal": portal,
        "request_id": getattr(request, "id", ""),
        "nav": [{"label": "Demos", "href": f"{portal}/", "current": path == "/"}],
        "canonical": f"{base}{path}",
        "footer": {"version": __version__, "mode": mode(), "keys": ""},
        "social_image": f"{base}{static('img/social.png')}",
    }


def mode() -> str:
    if not conf.team_domain():
        return "not configured"
    return "local edge" if conf.team_domain().startswith("http:") else "Cloudflare Access"


def of_a_verdict(examination: Examination) -> dict[str, Any]:
    verdict = verdicts.BY_CODE[examination.verdict]
    identity, note = examination.identity, verdicts.note(examination)
    is_cautioned = verdict.tone == "pass" and note.startswith("Caution")
    return {
        "code": verdict.code,
        "tone": "caution" if is_cautioned else verdict.tone,
        "word": verdict.word,
        "headline": text.printable(verdicts.headline(examination)),
        "principal": text.printable(identity.id) if identity else "",
        "proof": verdicts.proof(examination),
        "note": note,
        "actions": [{"label": verdict.action[0], "href": verdict.action[1]}],
        "stops_at": verdict.stops_at,
        "bypassed": verdict.bypassed,
    }


def of_the_evidence(
    request: HttpRequest, page: PageCopy, examination: Examination
) -> dict[str, Any]:
    """Return what the evidence part of `service_token/index.html` takes."""
    base = places.origin(request)
    return {
        "demo": page,
        "door": request.door,  # type: ignore[attr-defined]
        "verdict": of_a_verdict(examination),
        "checks": [_check(check, examination) for check in examination.checks],
        "checks_summary": text.summary(examination.checks),
        "token": _token(examination.token, examination.now),
        "request_info": _request(request, examination),
        "keys": _keys(examination),
        "json_url": "?format=json",
        "routes": {
            "path_url": places.demo_url(base, page.slug),
            "subdomain_url": places.subdomain_url(base, page.slug),
        },
    }


def _check(check: Any, examination: Examination) -> dict[str, Any]:
    trusted = examination.is_verified or check.id in _OF_THE_REQUEST
    return {
        "id": check.id,
        "label": check.id.capitalize(),
        "result": check.result.value,
        "word": _WORDS[check.result],
        "expected": check.expected,
        "actual": text.printable(masking.mask_claim(check.actual)),
        "reason": check.reason or _PASSED,
        "help": f"#verdict-{check.code}" if check.code else "#troubleshooting",
        "trusted": trusted,
    }


def _token(token: TokenReading | None, now: float) -> dict[str, Any] | None:
    if token is None:
        return None
    header, _, rest = token.masked.partition(".")
    payload, _, signature = rest.partition(".")
    return {
        "trusted": token.trusted,
        "source": token.source,
        "size": token.size,
        "parts": {"header": header, "payload": payload, "signature": signature},
        "header_rows": claims.header_rows(token),
        "claim_rows": claims.claim_rows(token, now),
        "expires": None if token.expires_at is None else _moment(token.expires_at, now),
    }


def _moment(seconds: float, now: float) -> dict[str, str | None]:
    return {
        "iso": iso(seconds),
        "absolute": absolute(seconds),
        "relative": relative(seconds - now),
    }


def _request(request: HttpRequest, examination: Examination) -> dict[str, Any]:
    has_credentials = any(name.startswith("HTTP_CF_ACCESS_CLIENT_") for name in request.META)
    return {
        "method": request.method,
        "path": request.path,
        "id": request.id,  # type: ignore[attr-defined]
        "time_iso": iso(examination.now),
        "time_text": absolute(examination.now),
        "headers": masking.headers(request.META),
        "credentials_note": (
            "CF-Access-Client-Id or CF-Access-Client-Secret reached the origin: this request went "
            "round the edge."
            if has_credentials
            else "CF-Access-Client-Id and CF-Access-Client-Secret are absent, as they should be: "
            "the edge keeps them."
        ),
    }


def _keys(examination: Examination) -> dict[str, Any]:
    keys: KeyState = examination.keys
    used = examination.token.header.get("kid") if examination.token else None
    row = next(check for check in examination.checks if check.id == "signature")
    return {
        "source": keys.source if examination.team_domain else "",
        "fetched": f"{duration(keys.age)} ago" if keys.age is not None else "never",
        "fetched_iso": iso(keys.fetched_at),
        "freshness": keys.freshness,
        "ids": [
            {"id": key_id, "used": key_id == used and row.result == "pass"}
            for key_id in keys.key_ids
        ],
        "last_error": keys.last_error,
        "next_attempt": (
            f"in {duration(keys.next_attempt_in)}" if keys.next_attempt_in >= 1 else ""
        ),
    }
