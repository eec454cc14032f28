"""
The words as they ship: `demos/<name>/copy/page.toml` and `sections/*`, one loader for all.

A section's file is `<order>-<anchor>.md`; its first line is the heading: `# …` of a section, `## …`
of a part of the section above. What stands beside it is in `<order>-<anchor>.toml`: `kind`, and one
`[[callouts]]` for each remark.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barbican.portal.markdown import render
from barbican.portal.registry import DemoConfig

_NAME = re.compile(r"(?P<order>\d+)-(?P<anchor>[a-z0-9-]+)")
_HEADING = re.compile(r"(?P<marks>##?) (?P<text>.+)")
_CALLOUT = {"key", "kind", "title", "sentence", "body", "source", "checked"}


@dataclass(frozen=True, slots=True)
class CalloutCopy:
    """A remark beside a sentence. Without one, or without a trace of it, it ends the section."""

    key: str
    kind: str  # today, note or warning
    title: str
    sentence: str  # Markdown, as it stands in the section
    body: str  # Markdown
    html: str  # rendered and sanitised
    source: str
    source_url: str
    checked: str  # "November 2026"


@dataclass(frozen=True, slots=True)
class SectionCopy:
    anchor: str
    heading: str
    body: str  # Markdown
    html: str  # rendered and sanitised
    level: int = 2
    kind: str = "text"
    callouts: tuple[CalloutCopy, ...] = ()


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
    first, _, body = path.read_text(encoding="utf-8").partition("\n")
    heading = _HEADING.fullmatch(first.strip())
    if name is None or heading is None:
        raise ValueError(f"{path.name}: should be <order>-<anchor>.md and start with a heading")
    beside = _beside(path.with_suffix(".toml"))
    body = body.strip() + "\n"
    return SectionCopy(
        anchor=name["anchor"],
        heading=heading["text"].strip(),
        body=body,
        html=render(body),
        level=len(heading["marks"]) + 1,
        kind=beside.get("kind", "text"),
        callouts=tuple(_callout(each, path) for each in beside.get("callouts", ())),
    )


def _beside(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _callout(found: dict[str, Any], path: Path) -> CalloutCopy:
    if unknown := found.keys() - _CALLOUT:
        raise ValueError(f"{path.stem}.toml: a callout has no {', '.join(sorted(unknown))}")
    source = found.get("source", {})
    body = found["body"].strip()
    return CalloutCopy(
        key=found["key"],
        kind=found.get("kind", "today"),
        title=found["title"],
        sentence=found.get("sentence", "").strip(),
        body=body,
        html=render(body),
        source=source.get("label", ""),
        source_url=source.get("href", ""),
        checked=found.get("checked", ""),
    )
