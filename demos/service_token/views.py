"""The service token: there is no person, no login and no session, only a signed token."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from barbican.portal.pages import evidence_page
from barbican.portal.views import safe_only


@safe_only
def index(request: HttpRequest) -> HttpResponse:
    """Show the caller who the edge says it is, and how the origin knows."""
    return evidence_page(request, "service-token", "service_token/index.html")
