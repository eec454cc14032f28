"""
The matrix, and each of its rows at an address of its own. Open to everybody, and the same for all.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from barbican.portal import context, places
from barbican.portal.explaining.explain import MAX_PASTE
from barbican.portal.fragments import piece, safe
from barbican.portal.reply import in_form, public
from barbican.portal.text import printable
from barbican.portal.troubleshooting import documents, local, matrix, plain
from barbican.portal.troubleshooting.inline import html
from barbican.portal.troubleshooting.inline import plain as plain_text
from barbican.portal.troubleshooting.row import Group, Row
from barbican.portal.views import safe_only

PATH = "/troubleshooting/"


class Line(NamedTuple):
    """One row of the table."""

    code: str
    seen: str
    means: str
    first: str


class Table(NamedTuple):
    portal: str
    group: Group
    lines: tuple[Line, ...]


@safe_only
def index(request: HttpRequest) -> HttpResponse:
    """Show every row, or those that hold the words of ``?q=``."""
    query = printable(request.GET.get("q", "")[: matrix.MAX_QUERY].strip())
    at = local.of(request)
    found = matrix.search(query, at) if query else tuple(matrix.rows(at).values())
    base = places.origin(request)
    response = in_form(
        request,
        {
            "html": lambda: _index_page(request, query, found),
            "json": lambda: documents.index(base, query, found),
            "txt": lambda: plain.index_text(base, query, found),
            "md": lambda: plain.index_markdown(base, query, found),
        },
    )
    return public(request, response)


@safe_only
def row(request: HttpRequest, code: str) -> HttpResponse:
    """Show one row whole."""
    found = matrix.rows(local.of(request)).get(code)
    if found is None:
        raise Http404("There is no answer of this name in the troubleshooting matrix.")
    base = places.origin(request)
    response = in_form(
        request,
        {
            "html": lambda: _row_page(request, found),
            "json": lambda: documents.whole(base, found),
            "txt": lambda: plain.row_text(base, found),
            "md": lambda: plain.row_markdown(base, found),
        },
    )
    return public(request, response)


def _index_page(request: HttpRequest, query: str, found: tuple[Row, ...]) -> str:
    portal = request.portal  # type: ignore[attr-defined]
    groups = matrix.grouped(found)
    tables = (piece("includes/matrix.html", table(portal, *each)) for each in groups)
    return render_to_string(
        "troubleshooting/index.html",
        {
            **_shell(request, PATH),
            "query": query,
            "count": len(found),
            "total": len(matrix.rows()),
            "groups": groups,
            "max_paste": MAX_PASTE,
            "tables": safe("\n".join(tables)),
        },
    )


def table(portal: str, group: Group, rows: tuple[Row, ...]) -> Table:
    """Return what `matrix.html` takes."""
    lines = (
        Line(each.code, html(each.seen), html(each.means), html(each.steps[0])) for each in rows
    )
    return Table(portal, group, tuple(lines))


def _row_page(request: HttpRequest, found: Row) -> str:
    return render_to_string(
        "troubleshooting/row.html",
        {
            **_shell(request, f"{PATH}{found.code}/"),
            "row": found,
            "title": plain_text(found.seen),
            **of_a_row(found),
        },
    )


def of_a_row(found: Row) -> dict[str, Any]:
    """Return a row's texts as HTML, for its page and for an explanation."""
    reproduction = found.reproduction
    return {
        "seen": html(found.seen),
        "means": html(found.means),
        "signs": [html(sign) for sign in found.signs],
        "steps": [html(step) for step in found.steps],
        "modes": [
            (name, html(text))
            for name, text in (("Strict", found.strict), ("Legacy", found.legacy))
            if text
        ],
        "start": reproduction.start if reproduction else "",
        "commands": "\n".join(reproduction.commands) if reproduction else "",
        "takes_values": bool(reproduction and reproduction.takes_values),
        "gives": reproduction.status if reproduction else None,
        "setup": html(reproduction.setup) if reproduction else "",
        "cannot": html(found.cannot),
        "sources": [(html(each.where), each.words, each.href) for each in found.sources],
        "see": [(code, html(matrix.rows()[code].seen)) for code in found.see],
    }


def _shell(request: HttpRequest, path: str) -> dict[str, Any]:
    """The page is the same for all, so the request's own ID is not on it."""
    return {**context.of_a_request(request, path), "request_id": ""}
