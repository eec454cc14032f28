"""
The portal's own addresses. Each view asks one question and renders.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.cache import get_conditional_response, set_response_etag

from barbican.portal import copy, errors, llms, openapi, places, readiness, sample_page
from barbican.portal import index as index_page
from barbican.portal.negotiation import FORMS, preferred_form
from barbican.portal.pages import keep_private
from barbican.portal.reply import public
from barbican.portal.staff import is_staff
from barbican.portal.times import iso
from barbican.portal.troubleshooting import matrix

View = Callable[..., HttpResponse]
SAFE = ("GET", "HEAD")
_HALF_A_YEAR = 182 * 86_400  # seconds


def safe_only(view: View) -> View:
    """Answer other methods 405, in the caller's form."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in SAFE:
            return errors.method_not_allowed(request, SAFE)
        return view(request, *args, **kwargs)

    # Nothing is written, so there is nothing to forge: a POST is told 405, not 403.
    wrapper.csrf_exempt = True  # type: ignore[attr-defined]
    return wrapper


def same_for_all(view: View) -> View:
    """Let whoever holds the document ask whether it changed. Only where it shows no request."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Django's own decorator leaves HEAD without the ETag that GET has.
        response = view(request, *args, **kwargs)
        set_response_etag(response)
        answer = get_conditional_response(request, etag=response["ETag"], response=response)
        return cast(HttpResponse, answer)

    return wrapper


@safe_only
def index(request: HttpRequest) -> HttpResponse:
    """Show the demos, and what this request would be on the one that it is meant for."""
    found, form = index_page.look(request), preferred_form(request)
    match form:
        case "json":
            body = index_page.document(request, found)
        case "txt":
            body = index_page.as_text(request, found)
        case "md":
            body = index_page.as_markdown(request, found)
        case _:
            values = index_page.html_context(request, found, is_staff=is_staff(request))
            body = render_to_string("portal/index.html", values)
    kind = FORMS[form] if form == "json" else f"{FORMS[form]}; charset=utf-8"
    return keep_private(HttpResponse(body, content_type=kind))


@safe_only
def samples(request: HttpRequest) -> HttpResponse:
    """Show every sample, also to those whom no application lets in yet."""
    is_html = preferred_form(request) in ("html", "json")
    body = sample_page.as_html(request) if is_html else sample_page.as_markdown(request)
    kind = FORMS["html" if is_html else "md"]
    return public(request, HttpResponse(body, content_type=f"{kind}; charset=utf-8"))


@safe_only
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process is up. No database, no keys."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@safe_only
def readyz(_request: HttpRequest) -> HttpResponse:
    """Say whether this origin can serve, part by part."""
    found, is_ready = readiness.report()
    response = JsonResponse(found, status=200 if is_ready else 503)
    response["Cache-Control"] = "no-store"
    return response


@safe_only
@same_for_all
def openapi_document(request: HttpRequest) -> HttpResponse:
    return JsonResponse(openapi.document(places.origin(request)))


@safe_only
@same_for_all
def llms_txt(request: HttpRequest) -> HttpResponse:
    body = llms.document(places.origin(request))
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


@safe_only
@same_for_all
def robots(request: HttpRequest) -> HttpResponse:
    lines = ("User-agent: *", "Disallow: /admin/", f"Sitemap: {places.origin(request)}/sitemap.xml")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@safe_only
def favicon(_request: HttpRequest) -> HttpResponse:
    """Send those who ask without reading the page, the admin and feed readers, to the icon."""
    response = HttpResponse(status=301)
    response["Location"] = static("img/favicon-32.png")
    return response


@safe_only
@same_for_all
def sitemap(request: HttpRequest) -> HttpResponse:
    base = places.origin(request)
    pages = (page for page in copy.edition().pages.values() if page.is_published)
    urls = [f"{base}/", f"{base}{sample_page.PATH}"]
    urls += [places.demo_url(base, page.slug) for page in pages]
    urls += [places.troubleshooting_url(base), places.explain_url(base)]
    urls += [places.help_url(base, code) for code in matrix.rows()]
    body = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return HttpResponse(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</urlset>\n',
        content_type="application/xml",
    )


@safe_only
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116. The date moves with the clock: a file that nobody renews would lapse."""
    base = places.origin(request)
    lines = (
        f"Contact: {base}/",
        f"Expires: {iso(time.time() + _HALF_A_YEAR)}",
        "Preferred-Languages: en",
        f"Canonical: {base}/.well-known/security.txt",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
