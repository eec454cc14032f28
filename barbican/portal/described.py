"""
What the OpenAPI document says of every address but the index and the demos.
"""

from __future__ import annotations

from typing import Any, get_args

from barbican.portal.errors import FAULTS
from barbican.portal.explaining.explain import MAX_PASTE
from barbican.portal.explaining.explanation import QUESTIONS, Certainty, Speaker
from barbican.portal.negotiation import FORMS
from barbican.portal.pages import PROBLEM
from barbican.portal.schemas import FORMAT, STRING, URL, list_of, object_of, plain, response
from barbican.portal.troubleshooting import matrix
from barbican.portal.troubleshooting.row import MARKS

_STRINGS = {"type": "array", "items": STRING}
_STATUS = {"type": ["integer", "null"], "minimum": 100, "maximum": 599}
_CODE = {"type": ["string", "null"], "description": "a row of the matrix"}
_URL_OR_NULL = {"type": ["string", "null"], "format": "uri"}
_LIMITED = {"type": "string", "maxLength": MAX_PASTE}


def paths() -> dict[str, Any]:
    """Return the operations, path by path."""
    return {
        "/troubleshooting/": {"get": _matrix()},
        "/troubleshooting/{code}/": {"get": _row()},
        "/troubleshooting/explain/": {"get": _invitation(), "post": _explain()},
        "/healthz": {"get": plain("health", "The process is up.")},
        "/readyz": {"get": _readiness()},
        "/openapi.json": {"get": _json("openapi", "This document.", {"type": "object"})},
        "/llms.txt": {"get": plain("llms", "What this is and where, for programs.")},
        "/robots.txt": {"get": plain("robots", "What crawlers may read.")},
        "/.well-known/security.txt": {"get": plain("security", "Whom to tell of a weakness.")},
        "/sitemap.xml": {"get": _xml("sitemap", "Every page.")},
    }


def schemas() -> dict[str, Any]:
    return {
        "Fault": object_of(
            type=URL,
            title=STRING,
            status={"type": "integer", "enum": list(FAULTS)},
            detail=STRING,
            instance=STRING,
        ),
        "Matrix": object_of(
            query=STRING,
            rows=list_of("Row"),
            links=object_of(self=URL, explain=URL, openapi=URL),
        ),
        "Row": object_of(**_brief()),
        "WholeRow": object_of(
            **_brief(),
            signs=_STRINGS,
            do=_STRINGS,
            strict=STRING,
            legacy=STRING,
            reproduce={"oneOf": [_reproduction(), {"type": "null"}]},
            sources={"type": "array", "items": _source()},
            see={"type": "array", "items": URL},
            links=object_of(self=URL, troubleshooting=URL),
        ),
        "Explained": object_of(
            about=STRING,
            explanation={"oneOf": [_explanation(), {"type": "null"}]},
            links=object_of(self=URL, troubleshooting=URL),
        ),
    }


def _matrix() -> dict[str, Any]:
    query = {
        "name": "q",
        "in": "query",
        "description": "Words that a row should hold, all of them.",
        "schema": {"type": "string", "maxLength": matrix.MAX_QUERY},
    }
    return {
        "operationId": "troubleshooting",
        "summary": "Every answer that a request can get: who says it and what it means",
        "parameters": [FORMAT, query],
        "responses": _found("Matrix"),
    }


def _row() -> dict[str, Any]:
    code = {
        "name": "code",
        "in": "path",
        "required": True,
        "description": "A verdict, an error of this portal, or an answer of the edge.",
        "schema": {"type": "string", "enum": list(matrix.rows())},
    }
    return {
        "operationId": "troubleshooting_row",
        "summary": "One answer, with what to do about it",
        "parameters": [FORMAT, code],
        "responses": {
            **_found("WholeRow"),
            "404": response("There is no such row.", PROBLEM, "Fault"),
        },
    }


def _invitation() -> dict[str, Any]:
    return {
        "operationId": "explain_how",
        "summary": "How to have an answer explained",
        "parameters": [FORMAT],
        "responses": _found("Explained"),
    }


def _explain() -> dict[str, Any]:
    form = {
        "type": "object",
        "required": ["paste"],
        "properties": {
            "paste": _LIMITED,
            **{name: _options(name) for name in QUESTIONS},
        },
    }
    return {
        "operationId": "explain",
        "summary": "Who answered, why, and what to change. Nothing is kept, secrets are masked",
        "parameters": [FORMAT],
        "requestBody": {
            "required": True,
            "description": "The output of curl -i, or a piece of it. At most 64 kB.",
            "content": {
                "text/plain": {"schema": _LIMITED},
                "application/x-www-form-urlencoded": {"schema": form},
            },
        },
        "responses": {
            "200": response("The explanation.", FORMS["json"], "Explained"),
            "400": response("Nothing was pasted.", PROBLEM, "Fault"),
            "403": response("Another site made a browser send it.", PROBLEM, "Fault"),
            "405": response("Only GET, HEAD and POST.", PROBLEM, "Fault", "Allow"),
            "413": response("It is too long.", PROBLEM, "Fault"),
        },
    }


def _found(schema: str) -> dict[str, Any]:
    return {
        "200": response("The same for everybody.", FORMS["json"], schema, "ETag"),
        "304": {"description": "As the ETag that was sent."},
        "405": response("Only GET and HEAD.", PROBLEM, "Fault", "Allow"),
    }


def _brief() -> dict[str, Any]:
    return {
        "code": {"type": "string", "enum": list(matrix.rows())},
        "status": _STATUS,
        "answered_by": {"type": "string", "enum": [group.id for group in matrix.GROUPS]},
        "seen": STRING,
        "means": STRING,
        "url": URL,
    }


def _reproduction() -> dict[str, Any]:
    start = {**STRING, "description": "Starts what the commands ask, unless it runs already."}
    return object_of(setup=STRING, start=start, commands=_STRINGS, status={"type": "integer"})


def _source() -> dict[str, Any]:
    mark = {"type": "string", "enum": list(MARKS)}
    return object_of(mark=mark, meaning=STRING, where=STRING, url=_URL_OR_NULL)


def _explanation() -> dict[str, Any]:
    speaker = {"type": "string", "enum": list(get_args(Speaker))}
    hop = object_of(status=_STATUS, code=_CODE, answered_by=speaker)
    return object_of(
        code=_CODE,
        answered_by=speaker,
        certainty={"type": "string", "enum": list(get_args(Certainty))},
        why=STRING,
        evidence=_STRINGS,
        means=STRING,
        do=_STRINGS,
        strict=STRING,
        legacy=STRING,
        facts={"type": "object", "additionalProperties": STRING},
        responses={"type": "array", "items": hop},
        warnings=_STRINGS,
        questions={"type": "array", "items": _question()},
        help=_URL_OR_NULL,
    )


def _question() -> dict[str, Any]:
    return object_of(
        name={"type": "string", "enum": list(QUESTIONS)},
        text=STRING,
        options={"type": "object", "additionalProperties": STRING},
    )


def _options(name: str) -> dict[str, Any]:
    values = [value for value, _label in QUESTIONS[name].options]
    return {"type": "string", "enum": values, "description": QUESTIONS[name].text}


def _readiness() -> dict[str, Any]:
    part = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    parts = ("configuration", "database", "migrations", "signing_keys")
    schema = object_of(ready={"type": "boolean"}, **dict.fromkeys(parts, part))
    ready = _json("readiness", "It can serve.", schema)
    not_ready = _json("", "A part is missing.", schema)["responses"]["200"]
    return {**ready, "responses": {**ready["responses"], "503": not_ready}}


def _json(operation: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    content = {FORMS["json"]: {"schema": schema}}
    return {
        "operationId": operation,
        "responses": {"200": {"description": description, "content": content}},
    }


def _xml(operation: str, description: str) -> dict[str, Any]:
    content = {"application/xml": {"schema": STRING}}
    return {
        "operationId": operation,
        "responses": {"200": {"description": description, "content": content}},
    }
