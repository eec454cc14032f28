"""Paths: the portal, every demo under its slug, the admin."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

handler400 = "barbican.portal.errors.bad_request"
handler403 = "barbican.portal.errors.permission_denied"
handler404 = "barbican.portal.errors.not_found"
handler500 = "barbican.portal.errors.server_error"

urlpatterns = [
    path("service-token/", include("demos.service_token.urls")),
    path("", include("barbican.portal.urls")),
    path("admin/", admin.site.urls),
]
