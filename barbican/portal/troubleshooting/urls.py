from __future__ import annotations

from django.urls import path

from barbican.portal.explaining.views import explain
from barbican.portal.troubleshooting import views

urlpatterns = [
    path("", views.index, name="troubleshooting"),
    path("explain/", explain, name="explain"),
    path("<slug:code>/", views.row, name="troubleshooting-row"),
]
