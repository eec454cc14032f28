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
from barbican.protocol import LOGOUT_PATH

POLICY = shell.policy()

_FACTS = {"status_code": "Status code", "aud": "Application AUD", "ray_id": "Ray ID"}
_HELP = {
    HTTPStatus.UNAUTHORIZED: (
        "This address is for machines: it wants a Client ID and a Client Secret, and a browser "
        "sends neither. As headers curl sends them: make demo prints the commands."
    ),
    HTTPStatus.FORBIDDEN: (
        "What was sent is not enough for this application: no policy of it lets this caller in."
    ),
}

_CONTENT = """<h1>{heading}</h1>
<p>{message}</p>
{help}<dl>{rows}</dl>
<p>This answer is from the local edge, not from the origin.
<a href="{home}">Back to the start</a></p>
<input type="hidden" id="json_data" value="{json}">"""


def page(
    status: HTTPStatus, facts: dict[str, Any], home: str, *, is_logged_in: bool = False
) -> str:
    """Return the page of a refusal; `home` is where the portal is."""
    rows = [
        f"<dt>{label}</dt><dd><code>{html.escape(str(facts[name]))}</code></dd>"
        for name, label in _FACTS.items()
        if name in facts
    ]
    # A dead origin or a bad request is no refusal of Access, and has no application.
    advice = html.escape(_HELP.get(status, "")) if "aud" in facts else ""
    if is_logged_in:
        advice = f'To come as somebody else, <a href="{LOGOUT_PATH}">sign out</a> first.'
    content = _CONTENT.format(
        heading=html.escape(f"{status.value} {status.phrase}"),
        message=html.escape(facts["message"]),
        help=f"<p>{advice}</p>\n" if advice else "",
        rows="\n".join(rows),
        home=html.escape(home),
        json=html.escape(json.dumps(facts)),
    )
    return shell.document("Error – Cloudflare Access", content, kind="wide refused")
