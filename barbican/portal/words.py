"""
Words as a row of the database holds them, and a digest by which they are known again.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeAlias

from barbican.portal.shipped import CalloutCopy, PageCopy, SectionCopy

Words: TypeAlias = dict[str, Any]  # a model's fields that editors write

_LENGTH = 32  # hex digits


def of_a_page(page: PageCopy) -> Words:
    return {"title": page.title, "badge": page.badge, "summary": page.summary}


def of_a_section(section: SectionCopy) -> Words:
    return {
        "heading": section.heading,
        "level": section.level,
        "kind": section.kind,
        "body": section.body,
    }


def of_a_callout(callout: CalloutCopy) -> Words:
    return {
        "kind": callout.kind,
        "title": callout.title,
        "sentence": callout.sentence,
        "body": callout.body,
        "source_label": callout.source,
        "source_url": callout.source_url,
        "checked": callout.checked,
    }


def in_the_row(row: Any, words: Words) -> Words:
    """Return what a row says in the fields of these words."""
    return {name: getattr(row, name) for name in words}


def digest(words: Words) -> str:
    """Return what stands for the words. Line ends, and blanks around a text, are no difference."""
    plain = {name: _plain(value) for name, value in words.items()}
    encoded = json.dumps(plain, sort_keys=True).encode("ascii")
    return hashlib.sha256(encoded).hexdigest()[:_LENGTH]


def _plain(value: Any) -> Any:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
