"""
Every way in which an origin might read a request's path.

The edge decides by path, and the origin routes by path: if the two read it differently, a
request slips past its application. The edge therefore takes the path as a WSGI server passes it
on, percent-decoded once, and beside it every other reading that servers are known to have. Only
when all of them belong to the same application is the request decided; otherwise it is refused.

Readings: `%2F` kept, decoded again, backslash as slash, `;parameters` dropped, control characters
and blanks dropped, `//` merged, dot segments resolved, in every order and combination.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

MOST_READINGS = 128  # a path with more of them is refused: nobody needs one

_PLAIN = re.compile(r"(/[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*)*/?")
_PARAMETERS = re.compile(r";[^/]*")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0]")
_SLASHES = re.compile(r"/{2,}")
_ENCODED_SLASH = re.compile(r"%2f", re.IGNORECASE)


def readings(path: str) -> tuple[str, ...]:
    """
    Return every reading of a raw path, the one that counts first.

    Raises `ValueError` when there are more than `MOST_READINGS`.
    """
    if _PLAIN.fullmatch(path):
        return (path,)
    # A list with a set beside it: the order of discovery is the order of the answer.
    found = [_decoded(path)]
    if _ENCODED_SLASH.search(path):
        found.append(_decoded(_ENCODED_SLASH.sub("%252F", path)))
    seen = set(found)
    for reading in found:  # grows while it runs, up to the fixed point
        fresh = [new for other in OTHERS if (new := other(reading)) not in seen]
        seen.update(fresh)
        found.extend(dict.fromkeys(fresh))
        if len(found) > MOST_READINGS:
            raise ValueError("The path can be read in too many ways.")
    return tuple(found)


def _decoded(path: str) -> str:
    # Bytes that are no UTF-8 stay apart from every character, and match no destination.
    return unquote(path, errors="surrogateescape")


def _without_dots(path: str) -> str:
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    ends_in_dots = parts[-1:] in (["."], [".."])
    return "/" + "/".join(kept) + ("/" if ends_in_dots and kept else "")


OTHERS: tuple[Callable[[str], str], ...] = (
    _decoded,
    lambda path: path.replace("\\", "/"),
    lambda path: _PARAMETERS.sub("", path),
    lambda path: _INVISIBLE.sub("", path),
    lambda path: _SLASHES.sub("/", path),
    _without_dots,
)
