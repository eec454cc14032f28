"""
Which form of a page the caller wants.

``?format=``, then an explicit Accept, then text for a terminal, else HTML. Nothing acceptable is
HTML and not 406: a page that explains a refusal helps more than a refusal to explain.
"""

from __future__ import annotations

from django.http import HttpRequest

FORMS = {
    "html": "text/html",
    "json": "application/json",
    "txt": "text/plain",
    "md": "text/markdown",
}
_BY_TYPE = {
    **{kind: form for form, kind in FORMS.items()},
    "application/problem+json": "json",
    "application/xhtml+xml": "html",
}
_TYPES = list(_BY_TYPE)
_BY_QUERY = {f"format={form}": form for form in FORMS}  # nearly every query, without parsing
TERMINALS = ("curl/", "Wget/", "HTTPie/", "xh/")
MAX_ACCEPT = 1_000  # characters; a longer header is nobody's preference


def preferred_form(request: HttpRequest) -> str:
    """Return "html", "json", "txt" or "md". Never raises, whatever the caller sends."""
    query = request.META.get("QUERY_STRING", "")
    asked = _BY_QUERY.get(query) or (request.GET.get("format") if "format" in query else None)
    if asked in FORMS:
        return asked
    accept = request.META.get("HTTP_ACCEPT", "*/*").strip()
    if accept in ("*/*", ""):
        agent = request.META.get("HTTP_USER_AGENT", "")
        return "txt" if agent.startswith(TERMINALS) else "html"
    if accept.startswith("text/html,") or len(accept) > MAX_ACCEPT:
        return "html"  # what every browser sends, without parsing it
    if accept in _BY_TYPE:
        return _BY_TYPE[accept]
    try:
        best = request.get_preferred_type(_TYPES)
    except ValueError:
        return "html"
    return _BY_TYPE.get(best or "", "html")
