"""
Addresses for the headings that editors write: `#cloudflare-configuration--1-generate-a-token`.

The section's own address stands first, so no words of an editor can take another part's address.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from django.utils.html import strip_tags
from django.utils.text import slugify

_HEADING = re.compile(r"<h(?P<level>[34])>(?P<words>.*?)</h(?P=level)>", re.DOTALL)


def addressed(html: str, anchor: str) -> str:
    """Return sanitised words with an address for each heading, below the section's."""
    taken: Counter[str] = Counter()

    def address(found: re.Match[str]) -> str:
        level, words = found["level"], found["words"]
        name = f"{anchor}--{slugify(unescape(strip_tags(words))) or 'part'}"
        taken[name] += 1
        name = f"{name}-{taken[name]}" if taken[name] > 1 else name
        # A link cannot stand in a link.
        linked = words if "<a " in words else f'<a class="permalink" href="#{name}">{words}</a>'
        return f'<h{level} id="{name}">{linked}</h{level}>'

    return _HEADING.sub(address, html)
