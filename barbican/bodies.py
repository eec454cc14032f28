"""
What is too long is refused before anything reads it.

Django's check of a form's token reads the form, and a file in it goes to the disk, however large:
that is before it is known whether anybody has signed in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from barbican.portal import errors


class BodyMiddleware:
    """Let in what is as long as a form may be. Goes before CsrfViewMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Return a 413, without the traceback that Django logs of an exception."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return errors.respond(request, 413)
        return None
