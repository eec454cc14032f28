from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from barbican.access.decorators import verified
from barbican.access.identity import Kind


@verified(Kind.PERSON)
def report(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Hello {request.access.identity.email}")


@csrf_exempt
@verified(Kind.SERVICE_TOKEN)
def ingest(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Thank you, {request.user.client_id}")


@verified()
def anyone(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.access.identity.kind)


urlpatterns = [
    path("reports/", include(([path("", report), path("any/", anyone)], "reports"))),
    path("ingest/", include(([path("", ingest)], "ingest"))),
]
