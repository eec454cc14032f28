from __future__ import annotations

from django.urls import include, path

from barbican import metrics
from barbican.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.index, name="index"),
    path("samples/", views.samples, name="samples"),
    path("styleguide/", include("barbican.portal.styleguide.urls")),
    path("troubleshooting/", include("barbican.portal.troubleshooting.urls")),
    path("llms.txt", views.llms_txt, name="llms"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.safe_only(metrics.view), name="metrics"),
    path("openapi.json", views.openapi_document, name="openapi"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path(".well-known/security.txt", views.security_txt, name="security"),
]
