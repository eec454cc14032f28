"""
Where a message ends, and its head as bytes.

Source: RFC 9112 section 6 on message bodies, section 11.2 on request smuggling; RFC 9110 section
15.5. The parser refuses what is malformed; here is refused what is well-formed and ambiguous, so
that the origin never frames a request otherwise than the edge did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from barbican.edge.wire.limits import LARGEST_HEAD

Pairs = Iterable[tuple[str, str]]
Version = tuple[int, int]

BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a request's head is refused, although it could be parsed."""

    status: HTTPStatus
    reason: str


class Framing(Enum):
    """How the caller learns where an answer's body ends."""

    NO_BODY = "no body"
    LENGTH = "Content-Length"
    CHUNKED = "chunked"
    CLOSE = "the connection's end"


def fault_in(version: Version, headers: Sequence[tuple[bytes, bytes]]) -> Fault | None:
    """Return why this request is refused, or None."""
    if version < (1, 0):
        return Fault(HTTPStatus.BAD_REQUEST, "The request has no HTTP version.")
    if version > (1, 1):
        return Fault(
            HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "The local edge speaks version 1.1 of HTTP."
        )
    if sum(len(name) + len(value) + 4 for name, value in headers) > LARGEST_HEAD:
        return Fault(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long together."
        )
    codings = [value for name, value in headers if name.lower() == b"transfer-encoding"]
    if codings and (len(codings) > 1 or not codings[0].strip()):
        return Fault(HTTPStatus.BAD_REQUEST, "The request's end cannot be told.")
    if codings and codings[0].lower() != b"chunked":
        return Fault(HTTPStatus.NOT_IMPLEMENTED, "The only transfer coding here is chunked.")
    return None


def framing(method: str, status: int, headers: Pairs, version: Version) -> Framing:
    """Return how an answer with these headers ends, for a caller of this version."""
    if method == "HEAD" or status in BODILESS:
        return Framing.NO_BODY
    if any(name.lower() == "content-length" for name, _value in headers):
        return Framing.LENGTH
    return Framing.CHUNKED if version >= (1, 1) else Framing.CLOSE


def request_head(method: str, target: str, headers: Pairs) -> bytes:
    """Return the head of a request to the origin; a value goes out as the bytes that came."""
    return _head(f"{method} {target} HTTP/1.1", headers).encode("utf-8", "surrogateescape")


def answer_head(status: int, reason: str, headers: Pairs, version: Version = (1, 1)) -> bytes:
    """Return the head of an answer to the caller. Names and values are bytes read as Latin-1."""
    line = f"HTTP/{version[0]}.{version[1]} {status} {reason}"
    return _head(line, headers).encode("latin-1")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _head(line: str, headers: Pairs) -> str:
    lines = [line, *(f"{name}: {value}" for name, value in headers), "", ""]
    head = "\r\n".join(lines)
    # Neither parser lets such bytes in. This is the last door before they would be a new line.
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("A line break inside a header.")
    return head
