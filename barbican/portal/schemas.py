"""
The pieces that the OpenAPI document is put together from.
"""

from __future__ import annotations

from typing import Any

from barbican.portal.negotiation import FORMS

STRING = {"type": "string"}
URL = {"type": "string", "format": "uri"}
FORMAT = {
    "name": "format",
    "in": "query",
    "description": "The form of the answer. Without it, Accept decides.",
    "schema": {"type": "string", "enum": list(FORMS)},
}
TIME = {"type": ["string", "null"], "format": "date-time"}


def response(description: str, kind: str, schema: str, header: str = "") -> dict[str, Any]:
    texts = {FORMS[form]: {"schema": STRING} for form in ("html", "txt", "md")}
    found: dict[str, Any] = {
        "description": description,
        "content": {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}, **texts},
    }
    if header:
        found["headers"] = {header: {"schema": STRING}}
    return found


def plain(operation: str, description: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "responses": {
            "200": {"description": description, "content": {"text/plain": {"schema": STRING}}}
        },
    }


def list_of(schema: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}


def or_null(schema: str) -> dict[str, Any]:
    return {"oneOf": [{"$ref": f"#/components/schemas/{schema}"}, {"type": "null"}]}


def object_of(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
