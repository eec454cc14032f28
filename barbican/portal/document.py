"""
The evidence as JSON: the contract's section 5, described by `openapi`.

Rows that say the same on most requests are encoded once per value; the members are joined as text.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from barbican.access.evidence import Check
from barbican.access.examination import Examination
from barbican.portal import claims, masking, places, verdicts
from barbican.portal.times import iso

# Control and bidirectional characters of the sender are escaped, as all that is not ASCII is.
_encode = json.JSONEncoder(check_circular=False).encode


def evidence(request: HttpRequest, slug: str, examination: Examination) -> str:
    """Return what the page shows, as one JSON object. A refusal has a problem's members too."""
    base = places.origin(request)
    checks = ", ".join([_check(check, base, slug) for check in examination.checks])
    members = [
        _member("verdict", examination.verdict),
        _member("verified", examination.is_verified),
        _member("principal", _principal(examination)),
        _member("demo", {"slug": slug, "route": request.door}),  # type: ignore[attr-defined]
        f'"checks": [{checks}]',
        _member("token", _token(examination)),
        _member("request", _request(request)),
        _member("keys", _keys(examination)),
        _links(base, slug, examination.verdict),
    ]
    if not examination.is_verified:
        problem = _problem(request, examination, base)
        members += [_member(name, value) for name, value in problem.items()]
    return "{" + ", ".join(members) + "}\n"


def _member(name: str, value: Any) -> str:
    return f'"{name}": {_encode(value)}'


def _principal(examination: Examination) -> dict[str, str] | None:
    identity = examination.identity
    return {"kind": str(identity.kind), "id": verdicts.caller(examination)} if identity else None


@lru_cache(maxsize=4_096)
def _check(check: Check, base: str, slug: str) -> str:
    own = f"{places.demo_url(base, slug)}#check-{check.id}"
    return _encode(
        {
            "id": check.id,
            "result": check.result,
            "expected": check.expected,
            "actual": masking.mask_claim(check.actual),
            "reason": check.reason,
            "help": places.help_url(base, check.code) if check.code else own,
        }
    )


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


def _request(request: HttpRequest) -> dict[str, Any]:
    return {
        "id": request.id,  # type: ignore[attr-defined]
        "method": request.method,
        "path": request.path,
        "headers": {each.name: each.value for each in masking.headers(request.META)},
    }


def _keys(examination: Examination) -> dict[str, Any]:
    keys = examination.keys
    return {
        "source": keys.source if examination.team_domain else "",
        "fetched_at": iso(keys.fetched_at),
        "stale": keys.is_stale,
    }


@lru_cache(maxsize=256)
def _links(base: str, slug: str, verdict: str) -> str:
    links = {
        "self": places.demo_url(base, slug),
        "path": places.demo_url(base, slug),
        "subdomain": places.subdomain_url(base, slug),
        "troubleshooting": places.help_url(base, verdict),
    }
    return _member("links", links)


def _problem(request: HttpRequest, examination: Examination, base: str) -> dict[str, Any]:
    """Return the members of RFC 9457."""
    return {
        "type": places.help_url(base, examination.verdict),
        "title": verdicts.BY_CODE[examination.verdict].headline,
        "status": int(examination.status),
        "detail": verdicts.proof(examination),
        "instance": f"urn:request:{request.id}",  # type: ignore[attr-defined]
    }
