"""
Markdown to HTML that can hold no script.

Raw HTML is shown as text, and what comes out is sanitised by a closed list all the same: the page
shows tokens, and an editor's account must not be enough to read them.
"""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "th": {"scope"}}
_SCHEMES = {"http", "https", "mailto"}

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def render(text: str) -> str:
    """Return sanitised HTML. Headings of the text start at the third level."""
    html = _MARKDOWN.render(text).replace("<th>", '<th scope="col">')
    html = html.replace("<th style=", '<th scope="col" style=')
    for level in (2, 1):
        html = html.replace(f"<h{level}>", "<h3>").replace(f"</h{level}>", "</h3>")
    return _clean(html)


def render_inline(text: str) -> str:
    """Return a sentence as it is rendered within a paragraph, to find it there."""
    return _clean(_MARKDOWN.renderInline(text.strip()))


def _clean(html: str) -> str:
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
