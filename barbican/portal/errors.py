"""
Error answers in the caller's form: what happened, what to do, and the request's ID.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from barbican.portal import context
from barbican.portal.negotiation import FORMS, preferred_form
from barbican.portal.pages import PROBLEM, keep_private
from barbican.portal.text import printable

_ERRORS = {
    400: (
        "Bad request",
        "The request is not one that this portal can read, or names a host that it does not serve.",
        "Check the address and the headers. A header's name must not have an underscore.",
    ),
    403: (
        "Not allowed",
        "You are known, or may be, and this page is not for you.",
        "Sign in with an account that may, or go back to the demos.",
    ),
    404: (
        "Page not found",
        "There is no page at this address.",
        "Check the address, or find the demo in the list.",
    ),
    405: (
        "Method not allowed",
        "This page can be read and not written to.",
        "Use GET or HEAD.",
    ),
    500: (
        "Something went wrong here",
        "The fault is on our side, and has been noted.",
        "Try again. If it happens again, tell the site's operator the request ID.",
    ),
}


def respond(request: HttpRequest, status: int, what: str = "") -> HttpResponse:
    """Return an error page as HTML, a problem, or text."""
    title, usual, todo = _ERRORS[status]
    what = what or usual
    request_id = getattr(request, "id", "")
    form = preferred_form(request)
    if form == "json":
        problem = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": f"{what} {todo}",
            "instance": f"urn:request:{request_id}",
        }
        response = HttpResponse(json.dumps(problem) + "\n", status=status, content_type=PROBLEM)
    elif form in ("txt", "md"):
        body = f"{status}  {title}\n{printable(what)}\n{todo}\nrequest  {request_id}\n"
        kind = f"{FORMS[form]}; charset=utf-8"
        response = HttpResponse(body, status=status, content_type=kind)
    else:
        response = HttpResponse(_html(request, status, title, what, todo), status=status)
    return keep_private(response)


def _html(request: HttpRequest, status: int, title: str, what: str, todo: str) -> str:
    if status == 500:  # what broke may be anything, so this page needs nothing
        return render_to_string("500.html")
    values: dict[str, Any] = {**context.of_a_request(request, "/"), "canonical": ""}
    values |= {"status": status, "title": title, "what": what, "todo": todo}
    return render_to_string("errors/error.html", values)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return respond(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, 403, str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own 404s carry a dictionary of URL patterns; ours carry a sentence."""
    reason = exception.args[0] if exception.args else ""
    return respond(request, 404, reason if isinstance(reason, str) and " " in reason else "")


def method_not_allowed(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    response = respond(request, 405)
    response["Allow"] = ", ".join(allowed)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    return respond(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return respond(
        request, 403, "The form was sent without its token: reload the page and send it again."
    )
