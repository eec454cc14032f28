"""
The page with which the edge answers a browser that it does not let through.

Access's own page says little, and holds its JSON in a hidden field. This one says the same, and
then what a reader of the demo wants to know.
"""

from __future__ import annotations

import html
import json
from http import HTTPStatus
from typing import Any

from barbican.edge.answers import shell
from barbican.edge.answers.ways import NOWHERE, Ways
from barbican.protocol import LOGOUT_PATH

POLICY = shell.policy()

_FACTS = {"aud": "Application AUD", "ray_id": "Ray ID"}
_PRINTED = "<p>There, <code>make demo</code> printed both values when it started.</p>"

_CONTENT = """<h1>{heading}</h1>
{said}
{advice}<ul class="ways">{links}</ul>
<dl>{rows}</dl>
<p class="small muted">This answer is from the local edge, not from the origin.</p>
<input type="hidden" id="json_data" value="{json}">"""


def page(status: HTTPStatus, facts: dict[str, Any], ways: Ways = NOWHERE) -> str:
    """Return the page of a refusal, and where its reader can go on."""
    rows = [
        f"<div><dt>{label}</dt><dd><code>{html.escape(str(facts[name]))}</code></dd></div>"
        for name, label in _FACTS.items()
        if name in facts
    ]
    content = _CONTENT.format(
        heading=html.escape(_heading(status, facts)),
        said=_said(facts),
        advice=_advice(ways),
        rows="\n".join(rows),
        links="\n".join(_links(status, ways)),
        json=html.escape(json.dumps(facts)),
    )
    return shell.document("Error – Cloudflare Access", content, kind="wide refused")


def _is_of_access(facts: dict[str, Any]) -> bool:
    """A dead origin or a bad request is no refusal of Access, and has no application."""
    return "aud" in facts


def _heading(status: HTTPStatus, facts: dict[str, Any]) -> str:
    # Access's own sentence says the status's phrase, and follows.
    if _is_of_access(facts):
        return f"{status.value}: refused at the edge"
    return f"{status.value} {status.phrase}"


def _said(facts: dict[str, Any]) -> str:
    message = f"<p>{html.escape(facts['message'])}</p>"
    return f"<blockquote>{message}</blockquote>" if _is_of_access(facts) else message


def _advice(ways: Ways) -> str:
    if ways.is_logged_in:
        return f'<p>To come as somebody else, <a href="{LOGOUT_PATH}">sign out</a> first.</p>\n'
    parts = [f"<p>{html.escape(ways.advice)}</p>"] if ways.advice else []
    if ways.command:
        parts.append(f"<pre><code>{html.escape(ways.command)}</code></pre>")
    parts += [_PRINTED] if ways.command and ways.help else []
    return "".join(f"{part}\n" for part in parts)


def _links(status: HTTPStatus, ways: Ways) -> list[str]:
    found = (
        (ways.help, f"What this {status.value} means"),
        (ways.page, "Read the page without a token"),
        (ways.home, "Back to the start"),
    )
    return [f'<li><a href="{html.escape(url)}">{label}</a></li>' for url, label in found if url]
