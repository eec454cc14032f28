"""
Masks every secret in a paste, wherever it stands, in time that grows with its length.

Masked: Client Secrets of both formats and whatever is named as one, cookie values, credentials of
`Authorization`, the signature of every JWT, one-time values in addresses. What names an application
stays: an AUD tag has the form of an old Client Secret, so it stays only where one belongs.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from barbican.portal.explaining.named import named
from barbican.portal.signatures import DOTS, without_signatures

_HEX_64 = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])")
_NEW_SECRET = re.compile(r"cfast_[A-Za-z0-9•]+")
_CLIENT_ID = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4}\.access)")
# Where an AUD tag belongs. It is no secret, and says which application answered.
_TAG = re.compile(
    r"((?:cf-access-aud\"?[:=]\s?\"?|\"aud\"\s?:\s?\[?\s?\"|&quot;aud&quot;: ?&quot;|[?&]kid=))$",
    re.IGNORECASE,
)
# A name, then what belongs to it: up to the end of a quoted or bare word.
_NAMED = re.compile(
    r"(?P<name>cf-access-client-secret|client_secret|access_token|cf_access_client_secret)"
    r"(?P<between>(?:&quot;|[\"'\\])?\s*[:=]\s*(?:&quot;|[\"'\\])*)"
    r"(?P<value>[^\s\"'\\&,;}{$<][^\s\"'\\&,;}{]*)",  # a placeholder is none
    re.IGNORECASE,
)
# A browser's record (HAR) has a header or a cookie as two members, each on a line of its own, and
# whoever sorts them puts the value last or first.
_MEMBER = (
    r"\"(?:cf-access-client-secret|cf-access-token|(?:proxy-)?authorization|(?:set-)?cookie"
    r"|cf_[a-z]{1,40}|sessionid|csrftoken)\""
)
_MEMBERS = re.compile(
    rf"(?P<name>{_MEMBER},?\s{{0,80}}\"value\"\s{{0,8}}:\s{{0,8}})\"(?:[^\"\\\n]|\\.)+",
    re.IGNORECASE,
)
_MEMBERS_TURNED = re.compile(
    r"(?P<value>\"value\"\s{0,8}:\s{0,8})\"(?:[^\"\\\n]|\\.)++"
    rf"(?P<name>\",?\s{{0,80}}\"name\"\s{{0,8}}:\s{{0,8}}{_MEMBER})",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"([?&](?:token|nonce|state|code|ticket)=)[^&\s\"'<>]+", re.IGNORECASE)
_CREDENTIALS = re.compile(
    r"(?P<name>\b(?:proxy-)?authorization[\"']?\s*:\s*)(?P<value>.*)", re.IGNORECASE
)
_COOKIES = re.compile(r"(?P<name>\b(?P<set>set-)?cookie[\"']?\s*:)(?P<value>.*)", re.IGNORECASE)
_CRUMB = re.compile(r"(CF_[A-Za-z]+|sessionid|csrftoken)=([^;\s\"']+)", re.IGNORECASE)
_QUERY = re.compile(r"\?\S+")
_WORD = re.compile(r"[\w.=•-]+")
_SCHEME = re.compile(r"([A-Za-z]{1,20}) ")
# An option of curl and its word in the shell's sense. `-u` takes its word without a blank too.
_OPTION = re.compile(
    r"(?<!\S)(-[uUb](?:=|\s+)|--(?:user|proxy-user|cookie|oauth2-bearer)(?:=|\s+)"
    r"|-[uU](?=[\"']|[^\s:]{1,200}:))(?:\"[^\"]*\"|'[^']*'|\S)+"
)
_USER_INFO = re.compile(r"(://)[^/\s?#@\"'<>]+@")
_KEY = re.compile(r"[\"'](cf-access-client-(?:id|secret))", re.IGNORECASE)
_ATTRIBUTES = {"path", "expires", "domain", "max-age", "samesite"}
_FLAGS = {"secure", "httponly", "partitioned", ""}


def veiled(text: str) -> str:
    """Return the text with every secret in it masked. Idempotent."""
    text = _MEMBERS.sub(rf'\g<name>"{DOTS}', text)
    text = _MEMBERS_TURNED.sub(rf'\g<value>"{DOTS}\g<name>', text)
    return "\n".join(_line(line) for line in text.split("\n"))


def holds_credentials(text: str, known: Collection[str] = ()) -> bool:
    """
    Say whether somebody could use what is masked here. Half a login is of no use to anybody.

    `known` are AUD tags of this portal.
    """
    bare = "\n".join(_QUERY.sub("", _COOKIES.sub("", line)) for line in text.split("\n"))
    bare = _WORD.sub(lambda found: "<>" if DOTS[0] in found[0] else found[0], bare)
    tags = {found[0] for found in _HEX_64.finditer(text) if _is_tag(found)}
    tags |= named(text) | set(known)
    # A word stays in its place: what is called a secret is one, also where it is called a tag too.
    bare = _HEX_64.sub(lambda found: "tag" if found[0] in tags else found[0], bare)
    bare = _CLIENT_ID.sub("", bare)  # it names a token, and opens nothing
    return "cf_authorization=" in text.lower() or veiled(bare) != bare


def _line(line: str) -> str:
    if len(line) < len("-ua:b"):  # a paste may be line ends alone
        return line
    line = _COOKIES.sub(_cookies, line)
    line = _CREDENTIALS.sub(_credentials, line)
    line = _NAMED.sub(_named, line)
    line = _OPTION.sub(rf"\1{DOTS}", line)
    line = _USER_INFO.sub(rf"\1{DOTS}@", line)
    line = _CRUMB.sub(rf"\1={DOTS}", line)
    line = _IN_ADDRESS.sub(rf"\1{DOTS}", line)
    line = _NEW_SECRET.sub(f"cfast_{DOTS}", without_signatures(line))
    line = _HEX_64.sub(_hexadecimal, line)
    return _CLIENT_ID.sub(rf"\1{DOTS}\2", line)


def _named(found: re.Match[str]) -> str:
    return f"{found['name']}{found['between']}{DOTS}"


def _credentials(found: re.Match[str]) -> str:
    """Keep the scheme. Of a pair in JSON keep the keys, as their case decides."""
    value = found["value"]
    if "{" in value:
        keys = ", ".join(f'"{key}": "{DOTS}"' for key in dict.fromkeys(_KEY.findall(value)))
        return f"{found['name']}{{{keys}}}" if keys else f"{found['name']}{DOTS}"
    scheme = _SCHEME.match(value)
    return f"{found['name']}{scheme[0] if scheme else ''}{DOTS}"


def _cookies(found: re.Match[str]) -> str:
    """Mask each value. What follows the first of a `Set-Cookie` are its attributes."""
    first, *others = found["value"].split(";")
    crumb = _attribute if found["set"] else _crumb
    return f"{found['name']}{';'.join([_crumb(first), *map(crumb, others)])}"


def _crumb(crumb: str) -> str:
    name, equals, value = crumb.partition("=")
    if equals:
        return f"{name}={DOTS}" if value else crumb
    return f"{crumb[: -len(crumb.lstrip())]}{DOTS}" if crumb.strip() else crumb


def _attribute(crumb: str) -> str:
    name, equals, _value = crumb.strip(" \t\"',]}").lower().partition("=")
    return crumb if name in (_ATTRIBUTES if equals else _FLAGS) else _crumb(crumb)


def _hexadecimal(found: re.Match[str]) -> str:
    return found[0] if _is_tag(found) else f"{DOTS}{found[0][-4:]}"


def _is_tag(found: re.Match[str]) -> bool:
    return bool(_TAG.search(found.string[max(0, found.start() - 40) : found.start()]))
