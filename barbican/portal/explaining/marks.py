"""
The marks by which an answer is known: who writes them, and where they stand.

Source: Cloudflare One documentation (service tokens, application settings, one-time PIN); the
bodies and most headers are as others observed them; cloudflared's own answers are from its source.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from barbican.portal.explaining.paste import Answer
from barbican.portal.explaining.veil import veiled
from barbican.protocol import ACCESS_PATH

SHOWN = 160  # characters of evidence in one line
LOGIN_PATH = f"{ACCESS_PATH}login"
_VERDICT = re.compile(r'Cloudflare-Access error="([a-z_]{1,40})"')
_IN_TEXT = re.compile(r"(?:NOT )?VERIFIED  .{0,200}?(?:\(([a-z_]{1,40})\))?$")
_IN_MARKDOWN = re.compile(r"^\*\*.{1,300}\(`([a-z_]{1,40})`\)$", re.MULTILINE)
_ERROR_IN_TEXT = re.compile(r"(\d{3})  [A-Z][a-z]")
_ERROR_CODE = re.compile(r"error code:? ?(\d{4})|Error (1\d{3})", re.IGNORECASE)
# Headers that identify the request or the application, and what each is called.
FACTS = {
    "cf-access-aud": "Application AUD",
    "cf-access-domain": "Application",
    "cf-ray": "Ray ID",
    "cf-access-error": "Cf-Access-Error",
    "retry-after": "Retry-After",
}
_OF_ACCESS = ("cf-access-aud", "cf-access-domain")
_TEXT_OF_ACCESS = ("Error – Cloudflare Access", "&quot;status_code&quot;", 'id="json_data"')


def quoted(answer: Answer, *names: str) -> tuple[str, ...]:
    """Return these headers as lines of evidence."""
    wanted = [(name, value) for name, value in answer.headers if name in names]
    return tuple(_line(f"{name}: {value}") for name, value in wanted)


def around(answer: Answer, needle: str) -> tuple[str, ...]:
    """Return the line of the body that holds the needle."""
    for line in answer.body.split("\n"):
        if needle in line:
            shown = veiled(line)
            at = max(0, shown.find(needle) - 60)
            return (_cut(f"{'…' if at else ''}{shown[at:].strip()}"),)
    return ()


def first_line(answer: Answer) -> tuple[str, ...]:
    line = answer.body.strip().split("\n", 1)[0]
    return (_line(line),) if line else ()


def verdict_of(answer: Answer) -> str:
    """Return this portal's verdict, where the answer has one."""
    found = _VERDICT.search(answer.header("www-authenticate"))
    if found:
        return found[1]
    member = answer.members.get("verdict")
    if isinstance(member, str) and "checks" in answer.members:
        return member
    if markdown := _IN_MARKDOWN.search(answer.body[:2_000]):
        return markdown[1]
    line = answer.body.split("\n", 1)[0]
    text = _IN_TEXT.match(line)
    if not text:
        return ""
    kind = line.removeprefix("VERIFIED  ").partition("  ")[0].replace(" ", "_")
    return text[1] or f"verified_{kind}"


def is_of_this_portal(answer: Answer) -> bool:
    members = answer.members
    is_problem = str(members.get("instance", "")).startswith("urn:request:")
    is_page = "Barbican Identity Demo" in answer.body and "<html" in answer.body[:200].lower()
    is_text = bool(_ERROR_IN_TEXT.match(answer.body)) and "\nrequest  " in answer.body
    has_headers = answer.has("x-request-id") and answer.has("cross-origin-embedder-policy")
    return is_problem or (is_page and not is_local_page(answer)) or is_text or has_headers


def is_local_page(answer: Answer) -> bool:
    return "This answer is from the local edge" in answer.body


def is_local(answer: Answer) -> bool:
    """Say whether it came through the local edge: its ray ends in a place that is none."""
    return answer.header("cf-ray").endswith("-LOC") or is_local_page(answer)


def is_cloudflare(answer: Answer) -> bool:
    return "cloudflare" in answer.header("server").lower() or answer.has("cf-ray")


def is_denial(answer: Answer) -> bool:
    """Say whether Access wrote it, by its headers or its body."""
    members = answer.members
    return (
        any(answer.has(name) for name in _OF_ACCESS)
        or ("aud" in members and "ray_id" in members)
        or any(mark in answer.body for mark in _TEXT_OF_ACCESS)
    )


def is_login(answer: Answer) -> bool:
    is_redirect = answer.status is None or 300 <= answer.status < 400
    return is_redirect and LOGIN_PATH in answer.header("location")


def is_login_page(answer: Answer) -> bool:
    title = "Sign in" in answer.body and "Cloudflare Access" in answer.body
    return title and "<" in answer.body and not answer.has("cf-access-aud")


def login_claims(answer: Answer) -> dict[str, Any]:
    """Return what the login address says in `meta`: unverified, so it proves nothing."""
    query = _query(answer.header("location"))
    parts = query.get("meta", [""])[0].split(".")
    if len(parts) < 2:
        return {}
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        found = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def error_code(answer: Answer) -> str:
    """Return Cloudflare's own number, such as 1010."""
    found = _ERROR_CODE.search(answer.body[:4_000])
    return (found[1] or found[2]) if found else ""


def facts(answer: Answer) -> Iterator[tuple[str, str]]:
    """Return what identifies the request and the application, name by name."""
    members = answer.members
    query = _query(answer.header("location")) if is_login(answer) else {}
    tag = answer.header("cf-access-aud") or members.get("aud") or query.get("kid", [""])[0]
    if isinstance(tag, str) and tag:
        yield FACTS["cf-access-aud"], _cut(tag)
    if domain := answer.header("cf-access-domain"):
        yield FACTS["cf-access-domain"], _cut(domain)
    if ray := answer.header("cf-ray") or members.get("ray_id"):
        yield FACTS["cf-ray"], _cut(str(ray))
    if error := answer.header("cf-access-error"):
        yield FACTS["cf-access-error"], _cut(error)
    if wait := answer.header("retry-after"):
        yield FACTS["retry-after"], _cut(wait)


def _query(url: str) -> dict[str, list[str]]:
    try:
        return parse_qs(urlsplit(url).query, max_num_fields=50)
    except ValueError:
        return {}


def _line(text: str) -> str:
    """Mask before the cut: half a secret has no secret's form."""
    return _cut(veiled(text))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
