"""
Takes a compact JWS apart, strictly, before anything else looks at it.

Stricter than the libraries beneath: canonical base64url only, UTF-8 only, no duplicate members,
no NaN or infinity, no deep nesting, no lone surrogates. One token then has one spelling and one
reading, which deny-lists, caches and log searches rely on.

Source: RFC 7515 sections 2, 4, 4.1.9, 4.1.11 and 7.1; RFC 7519 sections 2 and 4; RFC 8259;
RFC 4648 section 3.5; RFC 8725 sections 3.7 and 3.11.
"""

from __future__ import annotations

import json
import math
import re
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_TOKEN_BYTES = 8 * 1024
MAX_DEPTH = 16  # nested objects and arrays; Access's own `custom` claim needs three
LATEST_TIME = 253_402_300_799  # 9999-12-31T23:59:59Z, the end of Python's calendar

# The third part may be empty: a removed signature is a matter for the signature check.
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
# Unused bits must be zero: what the last digit of an incomplete group may be.
_LAST_OF_TWO = frozenset("AQgw")
_LAST_OF_THREE = frozenset("AEIMQUYcgkosw048")

# Registered header members besides alg, kid and typ: their type, or None for what is refused.
_OTHER_MEMBERS: dict[str, type | None] = {
    "crit": None,
    "b64": None,
    "cty": str,
    "jku": str,
    "jwk": dict,
    "x5c": list,
    "x5t": str,
    "x5t#S256": str,
    "x5u": str,
    "zip": None,
}

_STRING_CLAIMS = ("iss", "sub", "email", "common_name", "type")
_TIME_CLAIMS = ("exp", "iat", "nbf")


class FormError(ValueError):
    """The token's form is wrong. The message is ours and quotes nothing of the token."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A token in its parts. `problem` says what is wrong with its form, or is empty."""

    header: Mapping[str, Any] | None  # None when it could not be read
    claims: Mapping[str, Any] | None  # None when they could not be read
    signing_input: bytes
    signature: bytes | None  # None when the third part could not be read
    problem: str


def parse(token: str) -> Parsed:
    """
    Return the token's parts, as many as can be read. Never raises on account of the token.

    The caller has bounded the length. `problem` names the first fault.
    """
    match = _COMPACT.fullmatch(token)
    if match is None:
        return Parsed(None, None, b"", None, _why_not_compact(token))
    problems: list[str] = []
    header = _json_part(match[1], "header", problems)
    claims = _json_part(match[2], "claims", problems)
    signature = _bytes_part(match[3], "signature", problems)
    problems += filter(None, (_header_problem(header or {}), _claims_problem(claims or {})))
    signing_input = token[: match.start(3) - 1].encode("ascii")
    return Parsed(header, claims, signing_input, signature, problems[0] if problems else "")


def decode_base64url(text: str) -> bytes:
    """
    Return the bytes of one canonical, unpadded base64url string.

    Raises `FormError` when one byte string could be spelled in this way and in another.
    """
    rest = len(text) % 4
    if rest == 1:
        raise FormError("has an impossible length")
    if (rest == 2 and text[-1] not in _LAST_OF_TWO) or (
        rest == 3 and text[-1] not in _LAST_OF_THREE
    ):
        raise FormError("is not canonical base64url")
    data = text.encode("ascii").translate(_TO_STANDARD)
    return a2b_base64(data + b"=" * (-len(data) % 4))


def decode_json_object(data: bytes) -> dict[str, Any]:
    """
    Return one JSON object, read so that no second reader can read it otherwise.

    Raises `FormError`.
    """
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise FormError("is not UTF-8") from None
    except RecursionError:
        raise FormError("is nested too deeply") from None
    except FormError:
        raise
    except ValueError:  # also an integer of thousands of digits
        raise FormError("is not JSON") from None
    if not isinstance(value, dict):
        raise FormError("is not a JSON object")
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise FormError("is nested too deeply")
    if "\\u" in text and _has_lone_surrogate(value):
        raise FormError("has half of a surrogate pair")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormError("names a member twice")
    return found


def _no_constant(name: str) -> Any:
    raise FormError(f"holds {name}, which is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise FormError("holds a number that is too large")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite
)


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(_is_deeper(inner, levels - 1) for inner in value)


def _has_lone_surrogate(value: dict[str, Any]) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _why_not_compact(token: str) -> str:
    if "," in token:
        return "two tokens, or a list, where one is allowed"
    if token[:7].lower() == "bearer ":
        return "starts with Bearer: the header holds the token alone"
    parts = token.count(".") + 1
    if parts != 3:
        return f"{parts} part{'s' if parts > 1 else ''} where three are needed"
    return "holds characters that base64url does not have, or an empty part"


def _bytes_part(text: str, name: str, problems: list[str]) -> bytes | None:
    try:
        return decode_base64url(text)
    except FormError as error:
        problems.append(f"the {name} {error}")
        return None


def _json_part(text: str, name: str, problems: list[str]) -> Mapping[str, Any] | None:
    try:
        return decode_json_object(decode_base64url(text))
    except FormError as error:
        problems.append(f"the {name} {error}")
        return None


def _header_problem(header: Mapping[str, Any]) -> str:
    """`jwk`, `jku`, `x5u`, `x5c` and `x5t` are legal, and never followed."""
    kind = header.get("typ", "JWT")
    if not (isinstance(kind, str) and kind.upper() == "JWT"):
        return "the header's typ is not JWT"
    for member in header.keys() & _OTHER_MEMBERS.keys():
        expected = _OTHER_MEMBERS[member]
        if expected is None:
            return f"the header has {member}, which application tokens never use"
        if not isinstance(header[member], expected):
            return f"the header's {member} has the wrong type"
    return ""


def _claims_problem(claims: Mapping[str, Any]) -> str:
    for name in _STRING_CLAIMS:
        if name in claims and not isinstance(claims[name], str):
            return f"{name} is not a string"
    for name in _TIME_CLAIMS:
        if name in claims and not is_time(claims[name]):
            return f"{name} is not a number of seconds within the calendar"
    if "aud" in claims and audiences(claims) is None:
        return "aud is neither a string nor a list of strings"
    return ""


def is_time(value: object) -> bool:
    """Say whether this is a NumericDate: a finite number from 1970 to the year 9999."""
    # `type()`, as a bool is an int to isinstance().
    return type(value) in (int, float) and 0 <= value <= LATEST_TIME  # type: ignore[operator]


def audiences(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the AUD tags in `aud`, given as a string or a list; None when it has another type."""
    aud = claims.get("aud")
    if isinstance(aud, str):
        return (aud,)
    if isinstance(aud, list) and all(isinstance(tag, str) for tag in aud):
        return tuple(aud)
    return None
