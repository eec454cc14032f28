"""
A row's text as HTML, Markdown and plain text: `code`, **stress**, and [words](row) that lead to
another row. Nothing else.
"""

from __future__ import annotations

import re
from functools import cache

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

from barbican.portal import places
from barbican.portal.fragments import safe

_CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[([^]]+)\]\(([a-z0-9_-]+)\)")
_STRESS = re.compile(r"\*\*([^*`]+)\*\*")


@cache
def html(text: str) -> SafeString:
    """Return the text escaped, with its marks as elements. For the project's own words."""
    marked = _CODE.sub(r"<code>\1</code>", str(escape(text)))
    return safe(LINK.sub(_anchor, _STRESS.sub(r"<strong>\1</strong>", marked)))


def plain(text: str) -> str:
    return LINK.sub(r"“\1”", _STRESS.sub(r"\1", text)).replace("`", "")


def markdown(text: str, base: str) -> str:
    """Return the text with the whole address of each row that it leads to."""
    return LINK.sub(lambda found: f"[{found[1]}]({places.help_url(base, found[2])})", text)


def _anchor(found: re.Match[str]) -> str:
    return f'<a href="{reverse("portal:troubleshooting-row", args=[found[2]])}">{found[1]}</a>'
