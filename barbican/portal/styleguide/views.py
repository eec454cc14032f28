"""
The styleguide: for staff, and for everybody else a page that does not exist.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from barbican.portal import context
from barbican.portal.pages import keep_private
from barbican.portal.staff import is_staff
from barbican.portal.styleguide.registry import BY_SLUG, COMPONENTS
from barbican.portal.views import safe_only


@safe_only
def index(request: HttpRequest) -> HttpResponse:
    """List the components."""
    return _page(request, "index", components=COMPONENTS)


@safe_only
def component(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one component in all of its states."""
    found = BY_SLUG.get(slug)
    if found is None:
        raise Http404("There is no component of this name.")
    return _page(request, "component", component=found)


def _page(request: HttpRequest, template: str, **values: Any) -> HttpResponse:
    if not is_staff(request):
        raise Http404("There is no page at this address.")
    shown = values.get("component")
    body = render_to_string(
        f"styleguide/{template}.html",
        {
            **context.of_a_request(request, request.path),
            "is_private": True,
            "canonical": "",
            **values,
            "specimens": tuple(shown.make()) if shown else (),
        },
    )
    return keep_private(HttpResponse(body))
