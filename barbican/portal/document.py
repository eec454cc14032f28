"""
The evidence as JSON: the contract's section 5, described by `openapi`.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest

from barbican.access.evidence import Check
from barbican.access.examination import Examination
from barbican.portal import claims, masking, places, verdicts
from barbican.portal.times import iso


def evidence(request: HttpRequest, slug: str, examination: Examination) -> dict[str, Any]:
    """Return what the page shows, as plain values. A refusal has a problem's members too."""
    base = places.origin(request)
    found = {
        "verdict": examination.verdict,
        "verified": examination.is_verified,
        "principal": _principal(examination),
        "demo": {"slug": slug, "route": request.door},  # type: ignore[attr-defined]
        "checks": [_check(check, base, slug) for check in examination.checks],
        "token": _token(examination),
        "request": {
            "id": request.id,  # type: ignore[attr-defined]
            "method": request.method,
            "path": request.path,
            "headers": {each.name: each.value for each in masking.headers(request.META)},
        },
        "keys": {
            "source": examination.keys.source if examination.team_domain else "",
            "fetched_at": iso(examination.keys.fetched_at),
            "stale": examination.keys.is_stale,
        },
        "links": {
            "self": places.demo_url(base, slug),
            "path": places.demo_url(base, slug),
            "subdomain": places.subdomain_url(base, slug),
            "troubleshooting": places.help_url(base, slug, examination.verdict),
        },
    }
    if not examination.is_verified:
        found |= _problem(request, examination, base, slug)
    return found


def encode(document: dict[str, Any]) -> bytes:
    """Return JSON in UTF-8. Control and bidirectional characters of the sender are escaped."""
    return (json.dumps(document) + "\n").encode()


def _principal(examination: Examination) -> dict[str, str] | None:
    identity = examination.identity
    return {"kind": str(identity.kind), "id": identity.id} if identity else None


def _check(check: Check, base: str, slug: str) -> dict[str, str]:
    return {
        "id": check.id,
        "result": str(check.result),
        "expected": check.expected,
        "actual": masking.mask_claim(check.actual),
        "reason": check.reason,
        "help": (
            places.help_url(base, slug, check.code)
            if check.code
            else f"{base}/{slug}/#check-{check.id}"
        ),
    }


def _token(examination: Examination) -> dict[str, Any] | None:
    token = examination.token
    if token is None:
        return None
    expires_in = None if token.expires_at is None else int(token.expires_at - examination.now)
    return {
        "source": token.source,
        "header": claims.shown(token.header),
        "claims": claims.shown(token.claims),
        "trusted": token.trusted,
        "expires_at": iso(token.expires_at),
        "expires_in": expires_in,
    }


def _problem(
    request: HttpRequest, examination: Examination, base: str, slug: str
) -> dict[str, Any]:
    """Return the members of RFC 9457."""
    return {
        "type": places.help_url(base, slug, examination.verdict),
        "title": verdicts.BY_CODE[examination.verdict].headline,
        "status": int(examination.status),
        "detail": verdicts.proof(examination),
        "instance": f"urn:request:{request.id}",  # type: ignore[attr-defined]
    }
