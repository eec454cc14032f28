"""
For views of any project: a page that only a verified caller sees.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from barbican.access.identity import Kind

View = Callable[..., HttpResponse]


def verified(*kinds: Kind) -> Callable[[View], View]:
    """
    Let a view be reached only with a verified token, of one of these kinds where any are named.

    A refusal answers with the verdict's own status (401, 403 or 503). A verified caller of another
    kind is a `PermissionDenied`, and so Django's own 403 page.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            access = request.access  # type: ignore[attr-defined]
            if access.identity is None:
                return _refuse(access)
            if kinds and access.identity.kind not in kinds:
                raise PermissionDenied("This page is for another kind of caller.")
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def _refuse(access: Any) -> HttpResponse:
    response = HttpResponse(
        f"{access.verdict}\n", status=access.status, content_type="text/plain; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    if access.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = f'Cloudflare-Access error="{access.verdict}"'
    if access.examination.retry_after is not None:
        response["Retry-After"] = str(access.examination.retry_after)
    return response
