"""
The OpenAPI document, made from the constants that the answers are made from.
"""

from __future__ import annotations

from typing import Any

from barbican import __version__
from barbican.access.evidence import CHECKS, Result
from barbican.access.identity import Kind
from barbican.portal import copy, described, verdicts
from barbican.portal.negotiation import FORMS
from barbican.portal.pages import PROBLEM
from barbican.portal.schemas import (
    FORMAT,
    STRING,
    TIME,
    URL,
    list_of,
    object_of,
    or_null,
    response,
)  # fmt: skip

_CALLERS = {"type": "string", "enum": ["people", "machines"]}


def document(origin: str) -> dict[str, Any]:
    """Return the description of every published demo's page, as OpenAPI 3.1."""
    pages = [page for page in copy.edition().pages.values() if page.is_published]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Barbican Identity Demo",
            "version": __version__,
            "description": "What Cloudflare Access says about a caller, verified at the origin.",
        },
        "servers": [{"url": origin}],
        "paths": {
            "/": {"get": _index()},
            **{f"/{page.slug}/": {"get": _operation(page.slug, page.title)} for page in pages},
            **described.paths(),
        },
        "components": {"schemas": {**_schemas(), **described.schemas()}},
    }


def _index() -> dict[str, Any]:
    return {
        "operationId": "index",
        "summary": "The demos, their state here, and the methods compared",
        "parameters": [FORMAT],
        "responses": {"200": response("Whatever the request carries.", FORMS["json"], "Index")},
    }


def _operation(slug: str, title: str) -> dict[str, Any]:
    return {
        "operationId": slug.replace("-", "_"),
        "summary": f"{title}: this request's evidence",
        "parameters": [
            FORMAT,
            {
                "name": "Cf-Access-Jwt-Assertion",
                "in": "header",
                "description": "The application token. The edge sets it; callers never do.",
                "schema": {"type": "string", "maxLength": 8192},
            },
        ],
        "responses": {
            "200": response("Verified.", FORMS["json"], "Evidence"),
            "401": response(
                "Nothing presented, or it cannot authenticate.", PROBLEM, "Problem",
                "WWW-Authenticate",
            ),
            "403": response("Known, but not here.", PROBLEM, "Problem"),
            "503": response("No keys, or not configured.", PROBLEM, "Problem", "Retry-After"),
            "404": response("The demo is switched off.", PROBLEM, "Fault"),
            "405": response("Only GET and HEAD.", PROBLEM, "Fault", "Allow"),
        },
    }  # fmt: skip


def _schemas() -> dict[str, Any]:
    return {
        "Index": object_of(
            demos=list_of("Demo"),
            methods=list_of("Method"),
            verdict={"type": ["string", "null"], "enum": [*verdicts.BY_CODE, None]},
            verdict_on={"type": ["string", "null"], "description": "a demo's slug"},
            links=object_of(self=URL, openapi=URL),
        ),
        "Demo": object_of(
            slug=STRING,
            title=STRING,
            summary=STRING,
            callers=_CALLERS,
            configured={"type": "boolean"},
            state={
                "type": "string",
                "enum": ["configured", "needs_configuration", "keys_unreachable"],
            },
            url=URL,
        ),
        "Method": object_of(
            slug=STRING,
            title=STRING,
            callers=_CALLERS,
            who=STRING,
            login_page=STRING,
            secret=STRING,
            strength=STRING,
            rotation=STRING,
            url={"type": ["string", "null"], "format": "uri", "description": "null: no demo yet"},
        ),
        "Evidence": _evidence({}),
        "Problem": _evidence(
            {
                "type": URL,
                "title": STRING,
                "status": {"type": "integer", "enum": [401, 403, 503]},
                "detail": STRING,
                "instance": STRING,
            }
        ),
        "Check": object_of(
            id={"type": "string", "enum": list(CHECKS)},
            result={"type": "string", "enum": [str(result) for result in Result]},
            expected=STRING,
            actual=STRING,
            reason=STRING,
            help=URL,
        ),
        "Principal": object_of(
            id=STRING, kind={"type": "string", "enum": [str(kind) for kind in Kind]}
        ),
        "Token": object_of(
            source={"type": "string", "enum": ["header", "cookie"]},
            header={"type": "object"},
            claims={"type": "object"},
            trusted={"type": "boolean"},
            expires_at=TIME,
            expires_in={"type": ["integer", "null"], "description": "seconds"},
        ),
    }


def _evidence(more: dict[str, Any]) -> dict[str, Any]:
    return object_of(
        verdict={"type": "string", "enum": list(verdicts.BY_CODE)},
        verified={"type": "boolean"},
        principal=or_null("Principal"),
        demo=object_of(slug=STRING, route={"type": "string", "enum": ["path", "subdomain"]}),
        checks={
            "type": "array",
            "items": {"$ref": "#/components/schemas/Check"},
            "minItems": len(CHECKS),
            "maxItems": len(CHECKS),
        },
        token=or_null("Token"),
        request=object_of(
            id=STRING,
            method=STRING,
            path=STRING,
            headers={"type": "object", "additionalProperties": STRING},
        ),
        keys=object_of(source=STRING, fetched_at=TIME, stale={"type": "boolean"}),
        links=object_of(self=URL, path=URL, subdomain=URL, troubleshooting=URL),
        **more,
    )
