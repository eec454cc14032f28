"""
What a page may show of a request. Masked on the server, in every form, with no way to reveal.

Masked: Client Secrets of both formats, the signature part of every JWT, `Authorization`, cookie
values; each wherever it stands, in whatever header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from barbican.portal.signatures import DOTS, is_token, without_signatures
from barbican.protocol import (
    ACCESS_HEADER_PREFIX,
    ASSERTION_HEADER,
    CLIENT_CERTIFICATE_HEADER_PREFIX,
    CLIENT_ID_HEADER,
    CLIENT_SECRET_HEADER,
    TOKEN_HEADER,
)

MAX_SHOWN = 1_000  # characters of one value
_MAX_READ = 9_000  # characters of one value: masking makes a text shorter
_NEW_SECRET = re.compile(r"(cfast_)[A-Za-z0-9]*?([A-Za-z0-9]{0,4})(?![A-Za-z0-9])")
_OLD_SECRET = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{60}([0-9a-fA-F]{4})(?![0-9A-Za-z])")
_LONGEST = 64  # characters of a secret that is known by its length
_CLIENT_ID = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4}\.access)")

_WHOLLY_SECRET = {"Authorization", "Proxy-Authorization"}
_CLOUDFLARE = {
    "Cdn-Loop", "Cf-Connecting-Ip", "Cf-Ipcountry", "Cf-Ray", "Cf-Visitor", "X-Forwarded-For",
    "X-Forwarded-Proto",
}  # fmt: skip


# What the edge takes away, so that nobody but the caller can have set it here.
_CREDENTIALS = {
    CLIENT_ID_HEADER.title(), CLIENT_SECRET_HEADER.title(), TOKEN_HEADER.title()
}  # fmt: skip
_TUNNEL = "Cf-Warp-Tag-"

# What a header is worth here; headers.html says what each of these means.
SIGNED = "signed"
UNSIGNED = "unsigned"
FROM_THE_CALLER = "caller's word"
CREDENTIAL = "exposed credential"


@dataclass(frozen=True, slots=True)
class Header:
    name: str  # masked
    value: str  # masked, and cut to a length
    masked: bool
    set_by: str  # "Access", "Cloudflare", "Tunnel" or "Client": who does so behind the edge
    trust: str  # what it is worth here
    address: str  # its name in a link; empty where the name is masked


def mask(text: str) -> str:
    """Return the text with every secret in it masked."""
    text = _NEW_SECRET.sub(rf"\1{DOTS}\2", without_signatures(text))
    return _OLD_SECRET.sub(rf"{DOTS}\1", text)


def mask_claim(text: str) -> str:
    """
    Mask what a token says, where no tag or key ID is a secret.

    An AUD tag and a key ID have the form of an old Client Secret: 64 hex digits.
    """
    if "ey" not in text and "ew" not in text and "cfast_" not in text:
        return text  # as most claims do, without a call: every page asks this of each of them
    return _NEW_SECRET.sub(rf"\1{DOTS}\2", without_signatures(text))


def headers(meta: Mapping[str, Any]) -> list[Header]:
    """Return every header that was received, by name."""
    return [
        (_usual if key in _USUAL else _header)(key, str(meta[key]))
        for key in sorted(meta)
        if key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")
    ]


def _header(key: str, value: str) -> Header:
    name = key.removeprefix("HTTP_").replace("_", "-").title()
    shown = _shown(name, value)
    set_by = _set_by(name)
    is_masked, trust = shown != _cut(value), _trust(name, set_by)
    # A name has lost its case and its underscores, and with them every secret but the old one.
    named = _OLD_SECRET.sub(rf"{DOTS}\1", name) if len(name) >= _LONGEST else name
    return Header(named, shown, is_masked, set_by, trust, name.lower() if named == name else "")


# What every client sends in much the same words. A header that carries a credential is not among
# them, as a cache would keep it.
_USUAL = {
    f"HTTP_{name}"
    for name in (
        "ACCEPT", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "CDN_LOOP", "CF_CONNECTING_IP",
        "CF_IPCOUNTRY", "CF_VISITOR", "CONNECTION", "HOST", "PRIORITY", "SEC_CH_UA",
        "SEC_CH_UA_MOBILE", "SEC_CH_UA_PLATFORM", "SEC_FETCH_DEST", "SEC_FETCH_MODE",
        "SEC_FETCH_SITE", "SEC_FETCH_USER", "UPGRADE_INSECURE_REQUESTS", "X_FORWARDED_FOR",
        "X_FORWARDED_PROTO",
    )
}  # fmt: skip
_usual = lru_cache(maxsize=1_024)(_header)


def _shown(name: str, value: str) -> str:
    if name in _WHOLLY_SECRET:
        scheme, blank, _ = value.partition(" ")
        kept = f"{scheme} " if blank and scheme.isalpha() else ""
        return f"{kept}{DOTS} ({len(value)} characters)"
    if name == CLIENT_SECRET_HEADER.title():
        return _secret(value)
    if name in (ASSERTION_HEADER, TOKEN_HEADER):
        return _token(value)
    if name == "Cookie":
        return _cut(_read(value, _cookies))
    return _cut(_read(value, _text))


def _read(value: str, masked: Callable[[str], str]) -> str:
    """Mask no more than may be shown. What the cut divides has no secret's form: it goes too."""
    if len(value) <= _MAX_READ:
        return masked(value)
    return f"{masked(value[:_MAX_READ])[:-_LONGEST]}…"


def _text(value: str) -> str:
    return _CLIENT_ID.sub(rf"\1{DOTS}\2", mask(value))


def _cookies(value: str) -> str:
    return "; ".join(map(_cookie, value.split(";")))


def _secret(value: str) -> str:
    """Show that a secret came, of which format and length, and its last four characters."""
    start = "cfast_" if value.startswith("cfast_") else ""
    end = value[-4:] if len(value) >= 32 else ""
    return f"{start}{DOTS}{end} ({len(value)} characters)"


def _token(value: str) -> str:
    """Show the start of a token. What has no token's form may be a secret in the wrong place."""
    if not is_token(value):
        return f"{DOTS} ({len(value)} bytes)"
    return f"{value[:12]}….{DOTS} ({len(value)} bytes)"


def _cookie(pair: str) -> str:
    name, equals, value = pair.strip().partition("=")
    return f"{mask(name)}{equals}{DOTS if value else ''}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _set_by(name: str) -> str:
    if name in _CREDENTIALS:
        return "Client"
    if name.startswith((ACCESS_HEADER_PREFIX, CLIENT_CERTIFICATE_HEADER_PREFIX)):
        return "Access"
    if name.startswith(_TUNNEL):
        return "Tunnel"
    return "Cloudflare" if name in _CLOUDFLARE else "Client"


def _trust(name: str, set_by: str) -> str:
    if name == ASSERTION_HEADER:
        return SIGNED
    if name in _CREDENTIALS:
        return CREDENTIAL
    return FROM_THE_CALLER if set_by == "Client" else UNSIGNED
