"""
Which hosts and paths a destination of an Access application covers.

Source: Cloudflare One documentation, "Application paths": the most specific application wins
and inherits nothing, `/a/*` leaves `/a` open, a wildcard in a host is one level deep, ports are
not part of a destination. Rule 1 and 2 of the local edge.

Left open by the documentation, and decided here:

* `/alpha` covers `/alpha` and `/alpha/…`, and not `/alphabet`: a path ends at a slash. The other
  reading is `Choices.path_covers_longer_names`.
* `/alpha/` is read as `/alpha`; the wider reading is the safe one.
* Paths are compared in their own case, as Django's router does; hosts in lower case.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Destination:
    """A host and path such as `example.com/alpha/*`, as written in the application."""

    host: str  # lower case, no port
    path: str = ""  # starts with a slash, or is empty for the whole host

    @classmethod
    def parse(cls, uri: str) -> Destination:
        """Return what `host/path` names. Raises `ValueError` when Access would not take it."""
        host, slash, path = uri.partition("/")
        if not host or "://" in uri or "?" in uri or "#" in uri:
            raise ValueError(f"{uri!r} is not a destination: write host or host/path.")
        if any(part.count("*") > 1 for part in (*host.split("."), *path.split("/"))):
            raise ValueError(f"{uri!r} has two wildcards in one part: write one at most.")
        return cls(normal_host(host), (slash + path).rstrip("/"))

    def __str__(self) -> str:
        return self.host + self.path

    def covers(self, host: str, path: str, *, longer_names: bool = False) -> bool:
        """Say whether a request for this host and decoded path belongs here."""
        return bool(
            _host_pattern(self.host).fullmatch(host)
            and _path_pattern(self.path, longer_names).fullmatch(path)
        )

    def is_on(self, host: str) -> bool:
        """Say whether this host is the destination's, whatever the path."""
        return bool(_host_pattern(self.host).fullmatch(host))

    @property
    def cookie_path(self) -> str:
        """Return the path to which a cookie is scoped: the part before any wildcard, encoded."""
        literal, wildcard, _rest = self.path.partition("*")
        folder = literal.rpartition("/")[0] if wildcard else literal
        return quote(folder, safe="/~!$&'()+,=:@") or "/"

    @property
    def rank(self) -> tuple[bool, int, int, bool, int]:
        """The higher, the more specific: the host first, then the path."""
        literal = self.path.partition("*")[0]
        return (
            "*" not in self.host,
            len(self.host),
            len(literal),
            "*" not in self.path,
            len(self.path),
        )


def normal_host(value: str) -> str:
    """Return a Host header's name: lower case, without port and without one trailing dot."""
    if value.startswith("["):
        return value.partition("]")[0].lower() + "]"
    return value.partition(":")[0].lower().removesuffix(".")


@functools.cache
def _host_pattern(host: str) -> re.Pattern[str]:
    # A wildcard stands for one label or a part of it, and never for a dot.
    return re.compile("[^.]*".join(re.escape(part) for part in host.split("*")))


@functools.cache
def _path_pattern(path: str, longer_names: bool) -> re.Pattern[str]:
    # A wildcard may be empty and may span segments. `/*` alone covers the root as well.
    if path in {"", "/*"}:
        return re.compile(".*", re.DOTALL)
    first, *rest = map(re.escape, path.split("*"))
    # What a wildcard in the middle found first is kept: trying the others too finds nothing more,
    # and with some wildcards it takes minutes for a path that somebody made for it.
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    inner = f"{first}{middle}" + "".join(f".*{part}" for part in rest[-1:])
    return re.compile(f"{inner}.*" if longer_names else f"{inner}(/.*)?", re.DOTALL)
