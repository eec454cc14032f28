"""
The page with which the edge answers a browser that it does not let through.

Access's own page says little, and holds its JSON in a hidden field. This one says the same, and
then what a reader of the demo wants to know. Its style is in the page, named by hash in the policy,
as the edge has no files to serve.
"""

from __future__ import annotations

import base64
import html
import json
from hashlib import sha256
from http import HTTPStatus
from typing import Any

STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;background:light-dark(#f5f4f0,#121416);color:light-dark(#1b1d1f,#eceef0);"
    "font:17px/1.55 system-ui,sans-serif}"
    "main{max-width:42rem;margin:0 auto;padding:3rem 1.25rem}"
    "hr{height:6px;border:1px solid light-dark(#1b1d1f,#f2b705);margin:0 0 2rem;width:35%;"
    "background:#f2b705}"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 .75rem;color:light-dark(#ae1f17,#ff8e84)}"
    "dl{display:grid;grid-template-columns:auto 1fr;gap:.35rem 1.25rem;margin:1.5rem 0}"
    "dd{margin:0;overflow-wrap:anywhere}dt{color:light-dark(#555b61,#a9b1b8)}"
    "code{font:15px/1.5 ui-monospace,monospace}a{color:light-dark(#0a5aa8,#86bdff)}"
    "a:focus-visible{outline:3px solid #f2b705;outline-offset:2px}"
)
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)

_FACTS = {"status_code": "Status code", "aud": "Application AUD", "ray_id": "Ray ID"}
_HELP = {
    HTTPStatus.UNAUTHORIZED: (
        "This address is for machines: it wants a Client ID and a Client Secret, and a browser "
        "sends neither. The terminal in which the demo runs has curl commands that do."
    ),
    HTTPStatus.FORBIDDEN: (
        "What was sent is not enough for this application: no policy of it lets this caller in."
    ),
}

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Error – Cloudflare Access (local edge)</title><link rel="icon" href="data:,">
<style>{style}</style></head>
<body><main><hr>
<h1>{heading}</h1>
<p>{message}</p>
{help}<dl>{rows}</dl>
<p>This answer is from the local edge of the Barbican Identity Demo, not from the origin.
<a href="{home}">Back to the demos</a></p>
<input type="hidden" id="json_data" value="{json}">
</main></body>
</html>
"""


def page(status: HTTPStatus, facts: dict[str, Any], home: str) -> str:
    """Return the page of a refusal; `home` is where the portal is."""
    rows = [
        f"<dt>{label}</dt><dd><code>{html.escape(str(facts[name]))}</code></dd>"
        for name, label in _FACTS.items()
        if name in facts
    ]
    # A dead origin or a bad request is no refusal of Access, and has no application.
    advice = _HELP.get(status, "") if "aud" in facts else ""
    return PAGE.format(
        style=STYLE,
        heading=html.escape(f"{status.value} {status.phrase}"),
        message=html.escape(facts["message"]),
        help=f"<p>{html.escape(advice)}</p>\n" if advice else "",
        rows="\n".join(rows),
        home=html.escape(home),
        json=html.escape(json.dumps(facts)),
    )
