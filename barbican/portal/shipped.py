"""
The words as they ship: `demos/<name>/copy/page.toml` and `sections/*.md`, one loader for all.

A section's file is `<order>-<anchor>.md`; its first line is the heading, `# …`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from barbican.portal.markdown import render
from barbican.portal.registry import DemoConfig

_NAME = re.compile(r"(?P<order>\d+)-(?P<anchor>[a-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class SectionCopy:
    anchor: str
    heading: str
    body: str  # Markdown
    html: str  # rendered and sanitised


@dataclass(frozen=True, slots=True)
class PageCopy:
    """The words of one demo's page, wherever they come from."""

    slug: str
    title: str
    badge: str
    summary: str
    is_published: bool
    order: int
    sections: tuple[SectionCopy, ...]


def load(demo: DemoConfig) -> PageCopy:
    """Return a demo's default words. Raises `ValueError` that names a file of the wrong form."""
    folder = demo.copy_folder
    page = tomllib.loads((folder / "page.toml").read_text(encoding="utf-8"))
    return PageCopy(
        slug=demo.slug,
        title=page["title"],
        badge=page["badge"],
        summary=page["summary"],
        is_published=True,
        order=page.get("order", 0),
        sections=tuple(_section(path) for path in sorted((folder / "sections").glob("*.md"))),
    )


def _section(path: Path) -> SectionCopy:
    name = _NAME.fullmatch(path.stem)
    heading, _, body = path.read_text(encoding="utf-8").partition("\n")
    if name is None or not heading.startswith("# "):
        raise ValueError(f"{path.name}: should be <order>-<anchor>.md and start with a heading")
    body = body.strip() + "\n"
    return SectionCopy(name["anchor"], heading.removeprefix("# ").strip(), body, render(body))
