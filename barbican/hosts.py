"""
Two doors to one view: `service-token.<BASE_DOMAIN>/` becomes `/service-token/`.

One URLconf serves both, so `reverse()` gives the same path from each. A demo's host has that demo
and nothing else: what lies behind it is prefixed, so its `/admin/` and `/static/` are 404.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from barbican.portal import errors, views
from barbican.portal.registry import demo_slugs

HEALTH_PATH = "/healthz"
_PORT = re.compile(r":([0-9]{1,5})$")


class HostRoutingMiddleware:
    """
    Set ``request.door`` and ``request.portal``; route a demo's subdomain to its path.

    Goes before everything that looks at the path. Hosts are compared whole: lower case, no port,
    one trailing dot removed. A host that is neither the portal nor a demo is a 404, never a
    default demo. Health is asked by machines that know only an address, so it has no host.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.door, request.portal = "path", ""  # type: ignore[attr-defined]
        if request.path_info == HEALTH_PATH:
            return views.healthz(request)
        slug = slug_of(host := request.get_host())
        if slug is None:
            return self.get_response(request)
        request.portal = portal_origin(request.scheme or "http", host)  # type: ignore[attr-defined]
        if slug not in demo_slugs():
            return errors.not_found(request, Http404("There is no demo at this host."))
        request.door = "subdomain"  # type: ignore[attr-defined]
        request.path_info = f"/{slug}{request.path_info}"
        request.path = f"/{slug}{request.path}"
        return self.get_response(request)


def slug_of(host: str) -> str | None:
    """Return what stands before the portal's domain, or None where this is the portal itself."""
    bare = _PORT.sub("", host.lower()).removesuffix(".")
    if bare in settings.PORTAL_HOSTS:
        return None
    return bare.removesuffix(f".{settings.BASE_DOMAIN}")


def portal_origin(scheme: str, host: str) -> str:
    """Return the portal's origin as this visitor can reach it, port included."""
    port = _PORT.search(host)
    return f"{scheme}://{settings.BASE_DOMAIN}{port[0] if port else ''}"
