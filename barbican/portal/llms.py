"""
`/llms.txt`: what this portal is and where, for programs that read Markdown.

Source: llmstxt.org: a title, a summary in a quotation, then lists of links.
"""

from __future__ import annotations

from barbican.portal import copy, places
from barbican.portal.troubleshooting import matrix

_FILE = """# Barbican Identity Demo

> Shows who Cloudflare Access says is calling, and verifies it at the origin: twelve checks of the
> application token, one by one, on each request.

Every page has four forms at one address: HTML, JSON, plain text and Markdown, by `Accept` or by
`?format=html|json|txt|md`. A demo answers 200 when the caller is verified, 401 or 403 when it is
not, and 503 when it cannot tell; the body explains itself whatever the status.

## Demos

{demos}

## API

- [OpenAPI document]({base}/openapi.json): every address, every state
- [Index as JSON]({base}/?format=json): the demos, and what this request is
- [Readiness]({base}/readyz): whether this origin can serve

## Troubleshooting

- [All answers]({matrix}?format=md): who answered, what it means, what to do
- [Explain this response]({explain}?format=md): POST the output of `curl -i`, learn who answered

## Optional

{rows}
"""


def document(base: str) -> str:
    """Return the file for the portal at this origin."""
    pages = [page for page in copy.edition().pages.values() if page.is_published]
    demos = (
        f"- [{page.title}]({places.demo_url(base, page.slug)}?format=md): {page.summary}"
        for page in sorted(pages, key=lambda page: (page.order, page.slug))
    )
    rows = (
        f"- [{row.code}]({places.help_url(base, row.code)}?format=md): {group.title}"
        for group, found in matrix.by_group()
        for row in found
    )
    return _FILE.format(
        base=base,
        demos="\n".join(demos),
        matrix=places.troubleshooting_url(base),
        explain=places.explain_url(base),
        rows="\n".join(rows),
    )
