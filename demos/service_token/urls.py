from __future__ import annotations

from django.urls import path

from demos.service_token import views

app_name = "service_token"
urlpatterns = [path("", views.index, name="index")]
