"""
Error answers in the caller's form: what happened, what to do, and the request's ID.

Each is a page here, a problem (RFC 9457) whose type is an address of the troubleshooting matrix,
or text. None of them needs the database; that of a fault needs nothing at all.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import escape

from barbican.portal import context, places
from barbican.portal.negotiation import FORMS, preferred_form
from barbican.portal.pages import PROBLEM, keep_private
from barbican.portal.text import printable

RETRY_AFTER = 30  # seconds, where a part of the portal is away
_LAST_RESORT = (
    "<!doctype html><title>Something went wrong here</title><p>Something went wrong here."
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is said of a status where nobody knows more."""

    title: str
    what: str
    todo: str


FAULTS = {
    400: Fault(
        "Bad request",
        "The request is not one that this portal can read, or names a host that it does not serve.",
        "Check the address and the headers. A header's name must not have an underscore.",
    ),
    403: Fault(
        "Not allowed",
        "You are known, or may be, and this page is not for you.",
        "Sign in with an account that may, or go back to the demos.",
    ),
    404: Fault(
        "Page not found",
        "There is no page at this address.",
        "Check the address, or find the demo in the list.",
    ),
    405: Fault(
        "Method not allowed",
        "This page can be read and not written to.",
        "Use GET or HEAD.",
    ),
    411: Fault(
        "Length required",
        "The request does not say beforehand how long its body is.",
        "Send it with Content-Length, not in chunks: curl does so for --data-binary.",
    ),
    413: Fault(
        "Too much was sent",
        "The request is longer than this address takes.",
        "Send less of it: what matters is at its start.",
    ),
    429: Fault(
        "Too many attempts",
        "This was tried too often in a short time.",
        "Wait, and try again later.",
    ),
    500: Fault(
        "Something went wrong here",
        "The fault is on our side, and has been noted.",
        "Try again. If it happens again, tell the site's operator the request ID.",
    ),
    503: Fault(
        "Not ready",
        "A part of this portal cannot be reached at the moment.",
        "Try again in half a minute. The demos do not need it.",
    ),
}


def respond(request: HttpRequest, status: int, what: str = "", todo: str = "") -> HttpResponse:
    """Return an error page as HTML, a problem, or text."""
    usual = FAULTS[status]
    fault = Fault(usual.title, what or usual.what, todo or usual.todo)
    match form := preferred_form(request):
        case "json":
            body, kind = _problem(request, status, fault), PROBLEM
        case "txt" | "md":
            body, kind = _text(request, status, fault), f"{FORMS[form]}; charset=utf-8"
        case _:
            body, kind = _html(request, status, fault), "text/html; charset=utf-8"
    return keep_private(HttpResponse(body, status=status, content_type=kind))


def _problem(request: HttpRequest, status: int, fault: Fault) -> str:
    problem = {
        "type": _help(request, status),
        "title": fault.title,
        "status": status,
        "detail": f"{fault.what} {fault.todo}",
        "instance": f"urn:request:{_id(request)}",
    }
    return json.dumps(problem) + "\n"


def _text(request: HttpRequest, status: int, fault: Fault) -> str:
    return (
        f"{status}  {fault.title}\n{printable(fault.what)}\n{fault.todo}\n"
        f"help     {_help(request, status)}\nrequest  {_id(request)}\n"
    )


def _html(request: HttpRequest, status: int, fault: Fault) -> str:
    if status == 500:
        return _bare(request)
    values: dict[str, Any] = {**context.of_a_request(request, ""), "canonical": ""}
    values |= {"status": status, "title": fault.title, "what": fault.what, "todo": fault.todo}
    values |= {"help": _help(request, status)}
    return render_to_string("errors/error.html", values)


def _bare(request: HttpRequest) -> str:
    """Return the page of a fault. What broke may be anything, templates and manifest included."""
    page = _page_of_a_fault().replace("{{ portal }}", escape(getattr(request, "portal", "")))
    return page.replace("{{ request_id }}", escape(_id(request)))


@cache
def _page_of_a_fault() -> str:
    try:
        return (Path(settings.BASE_DIR) / "templates" / "500.html").read_text(encoding="utf-8")
    except OSError:
        return _LAST_RESORT


def _id(request: HttpRequest) -> str:
    return getattr(request, "id", "")


def _help(request: HttpRequest, status: int) -> str:
    return places.help_url(places.origin(request), f"http-{status}")


# Django's handlers --------------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A host that is not ours has no pages either, so the links of its page lead to ours."""
    if isinstance(exception, RequestDataTooBig):
        return respond(request, 413)
    if isinstance(exception, DisallowedHost):
        request.portal = places.origin(request)  # type: ignore[attr-defined]
    return respond(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, 403, str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own 404s carry a dictionary of URL patterns; ours carry a sentence."""
    reason = exception.args[0] if exception.args else ""
    return respond(request, 404, reason if isinstance(reason, str) and " " in reason else "")


def method_not_allowed(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    response = respond(
        request, 405, todo=f"Use {' or '.join((', '.join(allowed[:-1]), allowed[-1]))}."
    )
    response["Allow"] = ", ".join(allowed)
    return response


def too_many(request: HttpRequest, what: str, seconds: float) -> HttpResponse:
    """Return a 429 that says when to come back."""
    wait = max(1, round(seconds))
    response = respond(request, 429, what, f"Try again in {wait} s.")
    response["Retry-After"] = str(wait)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """A database that is away is no fault of the code: 503, and when to come back."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = respond(request, 503)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    return respond(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return respond(
        request, 403, "The form was sent without its token: reload the page and send it again."
    )
