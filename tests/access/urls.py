"""A project of two views, as a reader of the documentation would write it."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path


def whoami(request: HttpRequest) -> HttpResponse:
    user = request.user
    return JsonResponse(
        {
            "verdict": request.access.verdict,
            "user": str(user),
            "class": type(user._wrapped if hasattr(user, "_wrapped") else user).__name__,
            "is_authenticated": user.is_authenticated,
            "is_staff": user.is_staff,
            "has_perm": user.has_perm("auth.add_user"),
        },
        status=request.access.status,
    )


def indifferent(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("machine/", include(([path("", whoami)], "service_token"))),
    path("other/", include(([path("", whoami)], "other"))),
    path("free/", indifferent),
    path("admin/", admin.site.urls),
]
