"""
What a management request is, and the envelope of every answer.

Source: Cloudflare API, responses: `success`, `errors`, `messages`, `result`, `result_info`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from barbican.edge.api.errors import ApiError, invalid

Envelope = dict[str, Any]
Result = dict[str, Any]

PER_PAGE = 20
LARGEST_PAGE = 1_000
NOT_MODELLED = 19001  # this project's own code of a message; Cloudflare has no such thing


@dataclass(frozen=True, slots=True)
class ApiRequest:
    method: str
    path: str
    query: str = ""
    authorization: tuple[str, ...] = field(default=(), repr=False)  # every header of that name
    body: bytes = field(default=b"", repr=False)

    def asked(self) -> dict[str, str]:
        """Return the query's parameters, of each the last."""
        try:
            found = parse_qs(self.query, max_num_fields=50)
        except ValueError:
            raise invalid("the query has too many parameters") from None
        return {name: values[-1] for name, values in found.items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler found or did."""

    result: Any
    status: HTTPStatus = HTTPStatus.OK
    messages: tuple[dict[str, Any], ...] = ()
    result_info: Mapping[str, int] | None = None

    def envelope(self) -> Envelope:
        envelope: Envelope = {
            "success": True,
            "errors": [],
            "messages": list(self.messages),
            "result": self.result,
        }
        return (
            envelope if self.result_info is None else {**envelope, "result_info": self.result_info}
        )


def failure(error: ApiError) -> Envelope:
    """Return the envelope of an answer that is no success."""
    return {"success": False, "errors": list(error.errors), "messages": [], "result": None}


def page(request: ApiRequest, found: Sequence[Result]) -> Reply:
    """Return the page that was asked for. One past the end is empty, as the SDK's loop expects."""
    asked = request.asked()
    number = _whole(asked, "page", 1)
    size = min(_whole(asked, "per_page", PER_PAGE), LARGEST_PAGE)
    shown = found[(number - 1) * size : number * size]
    info = {
        "page": number,
        "per_page": size,
        "count": len(shown),
        "total_count": len(found),
        "total_pages": -(-len(found) // size),
    }
    return Reply(shown, result_info=info)


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) < 10**6 and len(text) < 9):
        raise invalid(f"{name} should be a whole number from 1")
    return int(text)
