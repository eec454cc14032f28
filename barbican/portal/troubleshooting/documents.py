"""
The matrix as JSON, described by `openapi`.
"""

from __future__ import annotations

import json
from typing import Any

from barbican.portal import places
from barbican.portal.troubleshooting.inline import plain
from barbican.portal.troubleshooting.row import Row


def index(base: str, query: str, found: tuple[Row, ...]) -> str:
    """Return the rows that were found, in short."""
    return _encoded(
        {
            "query": query,
            "rows": [_brief(base, row) for row in found],
            "links": {
                "self": places.troubleshooting_url(base),
                "explain": places.explain_url(base),
                "openapi": f"{base}/openapi.json",
            },
        }
    )


def whole(base: str, row: Row) -> str:
    """Return one row with all that it says."""
    return _encoded(
        {
            **_brief(base, row),
            "signs": [plain(sign) for sign in row.signs],
            "do": [plain(step) for step in row.steps],
            "strict": plain(row.strict),
            "legacy": plain(row.legacy),
            "reproduce": _reproduction(row),
            "sources": [
                {
                    "mark": each.mark,
                    "meaning": each.words,
                    "where": plain(each.where),
                    "url": each.href or None,
                }
                for each in row.sources
            ],
            "see": [places.help_url(base, code) for code in row.see],
            "links": {
                "self": places.help_url(base, row.code),
                "troubleshooting": places.troubleshooting_url(base),
            },
        }
    )


def _brief(base: str, row: Row) -> dict[str, Any]:
    return {
        "code": row.code,
        "status": row.status,
        "answered_by": row.group.id,
        "seen": plain(row.seen),
        "means": plain(row.means),
        "url": places.help_url(base, row.code),
    }


def _reproduction(row: Row) -> dict[str, Any] | None:
    if row.reproduction is None:
        return None
    return {
        "setup": plain(row.reproduction.setup),
        "start": row.reproduction.start,
        "commands": list(row.reproduction.commands),
        "status": row.reproduction.status,
    }


def _encoded(found: dict[str, Any]) -> str:
    return json.dumps(found) + "\n"
