"""
Callouts beside the sentences that they speak of, in HTML and in Markdown.

A callout stands below the paragraph, or inside the list item, that holds its sentence. Where the
sentence is no longer in the text, it stands at the end: a correction is never lost by an edit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.template.loader import render_to_string

from barbican.portal.fragments import safe
from barbican.portal.markdown import render_inline
from barbican.portal.shipped import CalloutCopy

# Where the block around a sentence ends. In a list item the callout belongs to the item.
_END = re.compile(r"</p>|(?=</li>)|</pre>|</table>|</h[34]>|</blockquote>")
_BLANK_LINE = re.compile(r"\n[ \t]*\n|\Z")
_TITLES = {"today": "Cloudflare today", "note": "Note", "warning": "Warning"}


def placed(html: str, callouts: Sequence[CalloutCopy]) -> str:
    """Return a section's HTML with each callout where it belongs."""
    found: dict[int, str] = {}
    for callout in callouts:
        place = _place(html, callout)
        found[place] = found.get(place, "") + _drawn(callout)
    for place in sorted(found, reverse=True):
        html = f"{html[:place]}{found[place]}{html[place:]}"
    return html


def written(text: str, callouts: Sequence[CalloutCopy]) -> str:
    """Return a section's Markdown with each callout as a quotation where it belongs."""
    found: dict[int, str] = {}
    for callout in callouts:
        at = text.find(callout.sentence) if callout.sentence else -1
        end = _BLANK_LINE.search(text, at) if at >= 0 else None
        place = end.start() if end else len(text)
        found[place] = f"{found.get(place, '')}\n\n{_quoted(callout)}"
    for place in sorted(found, reverse=True):
        before, after = text[:place].rstrip("\n"), text[place:]
        text = f"{before}{found[place]}{after}"
    return text


def _place(html: str, callout: CalloutCopy) -> int:
    sentence = render_inline(callout.sentence) if callout.sentence else ""
    at = html.find(sentence) if sentence else -1
    end = _END.search(html, at) if at >= 0 else None
    return end.end() if end else len(html)


def _drawn(callout: CalloutCopy) -> str:
    source = {"label": callout.source, "href": callout.source_url} if callout.source else None
    return render_to_string(
        "includes/callout.html",
        {
            "kind": callout.kind,
            "title": callout.title,
            "html": safe(callout.html),
            "source": source,
            "checked": callout.checked,
        },
    )


def _quoted(callout: CalloutCopy) -> str:
    lines = [f"**{_TITLES[callout.kind]}: {callout.title}.**", *callout.body.strip().split("\n")]
    if callout.source:
        source = (
            f"[{callout.source}]({callout.source_url})" if callout.source_url else callout.source
        )
        checked = f", checked {callout.checked}" if callout.checked else ""
        lines += ["", f"Source: {source}{checked}"]
    return "\n".join(f"> {line}".rstrip() for line in lines)
