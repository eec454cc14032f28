"""
What every answer carries: security headers and a request ID.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from barbican import csp

REQUEST_ID_HEADER = "X-Request-Id"
_RAY = re.compile(r"[0-9a-f]{16}(-[A-Z]{3})?")

CONSTANT = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), payment=(), usb=()"
    ),
}


class HeadersMiddleware:
    """
    Give the request an `id` and the answer its headers. Goes first.

    The ID is the edge's ray, which a visitor can quote and an operator can look up at both ends;
    without one, or with something else in its place, it is our own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = request_id(request.META.get("HTTP_CF_RAY", ""))  # type: ignore[attr-defined]
        response = self.get_response(request)
        headers = response.headers
        for name, value in CONSTANT.items():
            headers[name] = value
        headers["Content-Security-Policy"] = csp.header(getattr(request, "portal", ""))
        headers.setdefault(
            "Cross-Origin-Resource-Policy", "same-origin"
        )  # static files have theirs
        headers[REQUEST_ID_HEADER] = request.id  # type: ignore[attr-defined]
        return response


def request_id(ray: str) -> str:
    if ray and _RAY.fullmatch(ray):
        return ray
    return f"{random.getrandbits(64):016x}"


def add_static_headers(headers: Any, _path: str, _url: str) -> None:
    """Let a demo's subdomain load the portal's files: WhiteNoise calls this for each."""
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
