"""
One page as HTML, JSON, text or Markdown.
"""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse

from barbican.access.examination import Examination
from barbican.portal import copy, document, guidance, html, text, verdicts
from barbican.portal.negotiation import FORMS, preferred_form
from barbican.portal.shipped import PageCopy

PROBLEM = "application/problem+json"


def evidence_page(request: HttpRequest, slug: str, template: str) -> HttpResponse:
    """
    Return the evidence of this request in the form that the caller wants, with its status.

    The body is whole whatever the status: a refusal explains itself. Raises `Http404` when the demo
    is switched off.
    """
    edition = copy.edition()
    page = edition.pages.get(slug)
    if page is None or not page.is_published:
        raise Http404("This demo is switched off by an administrator of this site.")
    examination: Examination = request.access.examination  # type: ignore[attr-defined]
    form = preferred_form(request)
    match form:
        case "json":
            body = document.evidence(request, slug, examination)
        case "txt":
            body = text.render(request, slug, examination)
        case "md":
            body = _markdown(request, page, examination)
        case _:
            body = html.render(request, page, edition.number, examination, template)
    response = HttpResponse(body, status=examination.status, content_type=_type(form, examination))
    # The verdict has its line in the log. Of a 503 Django would make a fault of the server's too.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return refuse_politely(keep_private(response), examination)


def keep_private(response: HttpResponse) -> HttpResponse:
    """Mark an answer that shows a request: no cache keeps it."""
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept, User-Agent"
    return response


def refuse_politely(response: HttpResponse, examination: Examination) -> HttpResponse:
    """Add what a 401 (RFC 9110, 11.6.1) and a 503 owe the caller."""
    if examination.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = f'Cloudflare-Access error="{examination.verdict}"'
    if examination.retry_after is not None:
        response["Retry-After"] = str(examination.retry_after)
    return response


def _type(form: str, examination: Examination) -> str:
    if form == "json":
        return FORMS["json"] if examination.is_verified else PROBLEM
    return f"{FORMS[form]}; charset=utf-8"


def _markdown(request: HttpRequest, page: PageCopy, examination: Examination) -> str:
    place = html.of_this_place(request, page, examination)
    verdict = verdicts.BY_CODE[examination.verdict]
    identity = f" `{verdicts.caller(examination)}`" if examination.identity else ""
    parts = [
        f"# {page.title}",
        page.summary,
        f"**{verdict.word}: {verdict.headline}**{identity} (`{verdict.code}`)",
        f"- Edge: {verdicts.edge(examination).words}\n- Origin: {verdict.meaning}",
    ]
    parts += guidance.markdown(page, place)
    return text.printable_lines("\n\n".join(parts)) + "\n"
