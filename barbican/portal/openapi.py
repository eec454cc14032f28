"""
The OpenAPI document, made from the constants that the answers are made from.
"""

from __future__ import annotations

from typing import Any

from barbican import __version__
from barbican.access.evidence import CHECKS, Result
from barbican.access.identity import Kind
from barbican.portal import copy, verdicts
from barbican.portal.negotiation import FORMS
from barbican.portal.pages import PROBLEM

_STRING = {"type": "string"}
_CALLERS = {"type": "string", "enum": ["people", "machines"]}
_URL = {"type": "string", "format": "uri"}
_FORMAT = {
    "name": "format",
    "in": "query",
    "description": "The form of the answer. Without it, Accept decides.",
    "schema": {"type": "string", "enum": list(FORMS)},
}
_TIME = {"type": ["string", "null"], "format": "date-time"}


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
            "/healthz": {"get": _plain("health", "The process is up.")},
        },
        "components": {"schemas": _schemas()},
    }


def _index() -> dict[str, Any]:
    return {
        "operationId": "index",
        "summary": "The demos, their state here, and the methods compared",
        "parameters": [_FORMAT],
        "responses": {"200": _response("Whatever the request carries.", FORMS["json"], "Index")},
    }


def _operation(slug: str, title: str) -> dict[str, Any]:
    return {
        "operationId": slug.replace("-", "_"),
        "summary": f"{title}: this request's evidence",
        "parameters": [
            _FORMAT,
            {
                "name": "Cf-Access-Jwt-Assertion",
                "in": "header",
                "description": "The application token. The edge sets it; callers never do.",
                "schema": {"type": "string", "maxLength": 8192},
            },
        ],
        "responses": {
            "200": _response("Verified.", FORMS["json"], "Evidence"),
            "401": _response(
                "Nothing presented, or it cannot authenticate.", PROBLEM, "Problem",
                "WWW-Authenticate",
            ),
            "403": _response("Known, but not here.", PROBLEM, "Problem"),
            "503": _response("No keys, or not configured.", PROBLEM, "Problem", "Retry-After"),
            "404": {"description": "The demo is switched off."},
        },
    }  # fmt: skip


def _response(description: str, kind: str, schema: str, header: str = "") -> dict[str, Any]:
    texts = {FORMS[form]: {"schema": _STRING} for form in ("html", "txt", "md")}
    found: dict[str, Any] = {
        "description": description,
        "content": {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}, **texts},
    }
    if header:
        found["headers"] = {header: {"schema": _STRING}}
    return found


def _plain(operation: str, description: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "responses": {
            "200": {"description": description, "content": {"text/plain": {"schema": _STRING}}}
        },
    }


def _schemas() -> dict[str, Any]:
    return {
        "Index": _object(
            demos=_list("Demo"),
            methods=_list("Method"),
            verdict={"type": ["string", "null"], "enum": [*verdicts.BY_CODE, None]},
            verdict_on={"type": ["string", "null"], "description": "a demo's slug"},
            links=_object(self=_URL, openapi=_URL),
        ),
        "Demo": _object(
            slug=_STRING,
            title=_STRING,
            summary=_STRING,
            callers=_CALLERS,
            configured={"type": "boolean"},
            state={
                "type": "string",
                "enum": ["configured", "needs_configuration", "keys_unreachable"],
            },
            url=_URL,
        ),
        "Method": _object(
            slug=_STRING,
            title=_STRING,
            callers=_CALLERS,
            who=_STRING,
            login_page=_STRING,
            secret=_STRING,
            strength=_STRING,
            rotation=_STRING,
            url={"type": ["string", "null"], "format": "uri", "description": "null: no demo yet"},
        ),
        "Evidence": _evidence({}),
        "Problem": _evidence(
            {
                "type": _URL,
                "title": _STRING,
                "status": {"type": "integer", "enum": [401, 403, 503]},
                "detail": _STRING,
                "instance": _STRING,
            }
        ),
        "Check": _object(
            id={"type": "string", "enum": list(CHECKS)},
            result={"type": "string", "enum": [str(result) for result in Result]},
            expected=_STRING,
            actual=_STRING,
            reason=_STRING,
            help=_URL,
        ),
        "Principal": _object(
            id=_STRING, kind={"type": "string", "enum": [str(kind) for kind in Kind]}
        ),
        "Token": _object(
            source={"type": "string", "enum": ["header", "cookie"]},
            header={"type": "object"},
            claims={"type": "object"},
            trusted={"type": "boolean"},
            expires_at=_TIME,
            expires_in={"type": ["integer", "null"], "description": "seconds"},
        ),
    }


def _evidence(more: dict[str, Any]) -> dict[str, Any]:
    return _object(
        verdict={"type": "string", "enum": list(verdicts.BY_CODE)},
        verified={"type": "boolean"},
        principal=_or_null("Principal"),
        demo=_object(slug=_STRING, route={"type": "string", "enum": ["path", "subdomain"]}),
        checks={
            "type": "array",
            "items": {"$ref": "#/components/schemas/Check"},
            "minItems": len(CHECKS),
            "maxItems": len(CHECKS),
        },
        token=_or_null("Token"),
        request=_object(
            id=_STRING,
            method=_STRING,
            path=_STRING,
            headers={"type": "object", "additionalProperties": _STRING},
        ),
        keys=_object(source=_STRING, fetched_at=_TIME, stale={"type": "boolean"}),
        links=_object(self=_URL, path=_URL, subdomain=_URL, troubleshooting=_URL),
        **more,
    )


def _list(schema: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}


def _or_null(schema: str) -> dict[str, Any]:
    return {"oneOf": [{"$ref": f"#/components/schemas/{schema}"}, {"type": "null"}]}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
