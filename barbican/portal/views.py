"""
The portal's own addresses. Each view asks one question and renders.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static

from barbican.access.examination import Examination
from barbican.portal import context, copy, errors, openapi, places, readiness, text, verdicts
from barbican.portal.negotiation import FORMS, preferred_form
from barbican.portal.pages import keep_private
from barbican.portal.registry import demos
from barbican.portal.shipped import PageCopy
from barbican.portal.times import iso

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


@safe_only
def index(request: HttpRequest) -> HttpResponse:
    """Show the demos, and what this request would be on the one that it is meant for."""
    pages = sorted(
        (page for page in copy.edition().pages.values() if page.is_published),
        key=lambda page: (page.order, page.slug),
    )
    page, examination = _best(request, pages)
    form = preferred_form(request)
    body: str
    if form == "html":
        body = render_to_string(
            "portal/index.html", _index_context(request, pages, page, examination)
        )
    elif form == "json":
        body = json.dumps(_index_document(request, pages, page, examination)) + "\n"
    else:
        body = _index_text(request, pages, page, examination)
    kind = FORMS[form] if form == "json" else f"{FORMS[form]}; charset=utf-8"
    return keep_private(HttpResponse(body, content_type=kind))


def _best(
    request: HttpRequest, pages: list[PageCopy]
) -> tuple[PageCopy | None, Examination | None]:
    """
    Return the demo whose application the token is for, else the first.

    Each demo judges by its own AUD tags; there is never a union of them.
    """
    best: tuple[PageCopy | None, Examination | None] = (None, None)
    for page in pages:
        name = demos()[page.slug].application
        examination = request.access.for_application(name)  # type: ignore[attr-defined]
        if best[0] is None or examination.is_verified:
            best = page, examination
        if examination.is_verified:
            break
    return best


def _index_context(
    request: HttpRequest,
    pages: list[PageCopy],
    page: PageCopy | None,
    examination: Examination | None,
) -> dict[str, Any]:
    return {
        **context.of_a_request(request, "/"),
        "cards": [_card(each) for each in pages],
        "verdict": context.of_a_verdict(examination) if examination else None,
        "verdict_demo": page and {"title": page.title, "href": f"/{page.slug}/"},
    }


def _card(page: PageCopy) -> dict[str, str]:
    is_set = _is_configured(page.slug)
    return {
        "title": page.title,
        "badge": page.badge,
        "summary": page.summary,
        "href": f"/{page.slug}/",
        "state": "Configured" if is_set else "Needs configuration",
        "tone": "pass" if is_set else "none",
    }


def _is_configured(slug: str) -> bool:
    from barbican.access import conf

    verifier = conf.verifier_for(demos()[slug].application)
    return bool(verifier.team_domain and verifier.application.audience_tags)


def _index_document(
    request: HttpRequest,
    pages: list[PageCopy],
    page: PageCopy | None,
    examination: Examination | None,
) -> dict[str, Any]:
    base = places.origin(request)
    return {
        "demos": [
            {
                "slug": each.slug,
                "title": each.title,
                "summary": each.summary,
                "configured": _is_configured(each.slug),
                "url": places.demo_url(base, each.slug),
            }
            for each in pages
        ],
        "verdict": examination.verdict if examination else None,
        "verdict_on": page.slug if page else None,
    }


def _index_text(
    request: HttpRequest,
    pages: list[PageCopy],
    page: PageCopy | None,
    examination: Examination | None,
) -> str:
    base = places.origin(request)
    lines = ["Barbican Identity Demo", ""]
    if page and examination:
        line = f"This request  {verdicts.headline(examination)} ({page.title})"
        lines += [text.printable(line), ""]
    for each in pages:
        lines += [f"{each.title:20}{places.demo_url(base, each.slug)}", f"{'':20}{each.summary}"]
    return "\n".join(lines) + "\n"


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
def openapi_document(request: HttpRequest) -> HttpResponse:
    return JsonResponse(openapi.document(places.origin(request)))


@safe_only
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
def sitemap(request: HttpRequest) -> HttpResponse:
    base = places.origin(request)
    pages = (page for page in copy.edition().pages.values() if page.is_published)
    urls = [f"{base}/", *(places.demo_url(base, page.slug) for page in pages)]
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
