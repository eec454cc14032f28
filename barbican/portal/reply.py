"""
One answer in the form that the caller wants, for pages that show no request.

Such a page says the same to everybody, so it has an ETag and a cache may keep it, if it asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from barbican.portal.negotiation import FORMS, preferred_form

Makers = Mapping[str, Callable[[], str]]


def in_form(request: HttpRequest, makers: Makers, status: int = 200) -> HttpResponse:
    """Return what the maker of the preferred form makes."""
    form = preferred_form(request)
    charset = "" if form == "json" else "; charset=utf-8"
    return HttpResponse(makers[form](), status=status, content_type=f"{FORMS[form]}{charset}")


def public(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give it an ETag, and answer 304 to whoever has it."""
    tag = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    response["Cache-Control"] = "no-cache"
    response["Vary"] = "Accept, User-Agent"
    response["ETag"] = tag
    conditional = get_conditional_response(request, etag=tag, response=response)
    return conditional if isinstance(conditional, HttpResponse) else response
