"""The base that everything is compared with: a view that answers two bytes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def ok(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok", content_type="text/plain")


urlpatterns = [path("bare/", ok)]
