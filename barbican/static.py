"""
Static files under hashed names, compressed, and each sheet and script whole: one request for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from posixpath import dirname, join, normpath
from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEETS = (
    "css/site.css",
    "css/index.css",
    "css/troubleshooting.css",
    "css/demo.css",
    "css/styleguide.css",
    "css/error.css",
    "css/admin.css",
)
SCRIPTS = ("js/site.js",)
_IMPORT = re.compile(r'@import url\("(?P<path>[^"]+)"\) layer\((?P<layer>[a-z-]+)\);')
_SCRIPT = re.compile(r'^import "\./(?P<path>[^"]+)";$', re.MULTILINE)
_MODULE = re.compile(r"^(import|export)\b", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINE_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_BLANKS = re.compile(r"\s*([{};,])\s*|(?<=:)\s+")
_ZERO = re.compile(r"(?<![\w.])0(?=\.\d)")
_COMBINATOR = re.compile(r" ([>+~]) (?=[.:*a-z])(?!var\()")

Paths = dict[str, tuple[StaticFilesStorage, str]]
Maker = Callable[[str, Callable[[str], str]], str]


class StyleSheetError(ValueError):
    """A stylesheet holds what cannot be moved into another."""


class ScriptError(ValueError):
    """A script holds what cannot be moved into another."""


class JoinedManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """
    At `collectstatic`, put what each of `SHEETS` and `SCRIPTS` imports into it.

    What is joined goes under the plain name too: the 500 page asks for its sheet by that name.
    In development the imports stay, and the browser follows them.
    """

    def post_process(
        self, paths: Paths, dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, Any]]:
        if not dry_run:
            makers = {**dict.fromkeys(SHEETS, joined), **dict.fromkeys(SCRIPTS, joined_script)}
            whole = {
                name: self._joined(name, paths, make)
                for name, make in makers.items()
                if name in paths
            }
            paths = {**paths, **whole}
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def stored_name(self, name: str) -> str:
        """Return the hashed name, or the plain one of a file that was not collected."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name

    def _joined(self, name: str, paths: Paths, make: Maker) -> tuple[StaticFilesStorage, str]:
        def read(path: str) -> str:
            storage, source = paths[path]
            with storage.open(source) as sheet:
                return bytes(sheet.read()).decode("utf-8")

        content = ContentFile(make(name, read).encode("utf-8"))
        self.delete(name)
        self.save(name, content)
        return self, name


def joined(name: str, read: Callable[[str], str]) -> str:
    """
    Return a stylesheet with its imports in place, without comments and line ends.

    Raises `StyleSheetError` when an imported sheet imports or points to another file.
    """

    def inline(found: re.Match[str]) -> str:
        path = normpath(join(dirname(name), found["path"]))
        content = _bare(read(path))
        if "@import" in content or "url(" in content:
            raise StyleSheetError(f"{path} names another file: only {name} may do that.")
        return f"@layer {found['layer']} {{{content}}}"

    return _merged(_IMPORT.sub(inline, _bare(read(name))))


def _merged(css: str) -> str:
    """Put neighbours of one layer into one block."""
    first, *others = re.split(r"(@layer [a-z-]+ \{)", css)
    whole, last = first, ""
    for opening, content in zip(others[::2], others[1::2], strict=True):
        whole = f"{whole[:-1]}{content}" if opening == last else f"{whole}{opening}{content}"
        last = opening
    return whole


def joined_script(name: str, read: Callable[[str], str]) -> str:
    """
    Return a script with its imports in place, each in a block of its own, without comments.

    It is no module any more: a demo's subdomain loads it from the portal, where a module would
    need a preflight as soon as the browser is told to send a header of its own.

    Raises `ScriptError` when an imported script imports or exports: what they share is the page.
    """

    def inline(found: re.Match[str]) -> str:
        path = join(dirname(name), found["path"])
        content = _LINE_COMMENT.sub("", read(path)).strip()
        if _MODULE.search(content):
            raise ScriptError(f"{path} imports or exports: only {name} may do that.")
        return f"{{\n{content}\n}}"

    whole = _SCRIPT.sub(inline, _LINE_COMMENT.sub("", read(name)))
    return f'"use strict";\n{whole}'


def _bare(css: str) -> str:
    css = _BLANKS.sub(lambda found: found[1] or "", _COMMENT.sub("", css))
    css = _COMBINATOR.sub(r"\1", _ZERO.sub("", css))
    return css.replace(";}", "}").strip()
