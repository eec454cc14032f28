"""
Where this portal is, as the visitor of this request can reach it.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest

_PORT = re.compile(r":[0-9]{1,5}$")


def origin(request: HttpRequest) -> str:
    """
    Return the portal's origin, such as "https://barbicancloud.co.uk".

    The name is the setting's, never the caller's; scheme and port are this request's, so that a
    laptop's links lead through the same door.
    """
    port = _PORT.search(request.META.get("HTTP_HOST", ""))
    return f"{request.scheme}://{settings.BASE_DOMAIN}{port[0] if port else ''}"


def demo_url(base: str, slug: str) -> str:
    return f"{base}/{slug}/"


def subdomain_url(base: str, slug: str) -> str:
    return f"{base.replace('://', f'://{slug}.', 1)}/"


def troubleshooting_url(base: str) -> str:
    return f"{base}/troubleshooting/"


def help_url(base: str, code: str) -> str:
    """Return the permanent address of what to do about a verdict, or another row of the matrix."""
    return f"{base}/troubleshooting/{code}/"


def explain_url(base: str) -> str:
    """Return the address that reads a pasted answer."""
    return f"{base}/troubleshooting/explain/"
