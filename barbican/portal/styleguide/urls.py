from __future__ import annotations

from django.urls import path

from barbican.portal.styleguide import views

urlpatterns = [
    path("", views.index, name="styleguide"),
    path("<slug:slug>/", views.component, name="styleguide-component"),
]
