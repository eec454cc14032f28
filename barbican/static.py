"""
Static files under hashed names, compressed, and each stylesheet whole: one request for the look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from posixpath import dirname, join, normpath
from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEETS = ("css/site.css", "css/error.css")
_IMPORT = re.compile(r'@import url\("(?P<path>[^"]+)"\) layer\((?P<layer>[a-z-]+)\);')
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLANKS = re.compile(r"\s*([{};,])\s*|(?<=:)\s+")

Paths = dict[str, tuple[StaticFilesStorage, str]]


class StyleSheetError(ValueError):
    """A stylesheet holds what cannot be moved into another."""


class JoinedManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """
    At `collectstatic`, put what each of `SHEETS` imports into it, in its cascade layer.

    The joined sheet goes under the plain name too: the 500 page asks for its sheet by that name.
    In development the imports stay, and the browser follows them.
    """

    def post_process(
        self, paths: Paths, dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, Any]]:
        if not dry_run:
            paths = {
                **paths,
                **{name: self._joined(name, paths) for name in SHEETS if name in paths},
            }
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def stored_name(self, name: str) -> str:
        """Return the hashed name, or the plain one of a file that was not collected."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name

    def _joined(self, name: str, paths: Paths) -> tuple[StaticFilesStorage, str]:
        def read(path: str) -> str:
            storage, source = paths[path]
            with storage.open(source) as sheet:
                return bytes(sheet.read()).decode("utf-8")

        content = ContentFile(joined(name, read).encode("utf-8"))
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

    return _IMPORT.sub(inline, _bare(read(name)))


def _bare(css: str) -> str:
    return (
        _BLANKS.sub(lambda found: found[1] or "", _COMMENT.sub("", css)).replace(";}", "}").strip()
    )
