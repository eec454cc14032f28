"""
Where this portal is, as the visitor of this request can reach it, and as callers should.

On a laptop those are two: the page can be read at the origin's own port, and a caller who follows
its commands has to come in at the local edge's, or the secret goes round it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from barbican.access import conf

USUAL_PORT = "8000"  # of the shipped gunicorn.conf.py
_PORT = re.compile(r":[0-9]{1,5}$")


def origin(request: HttpRequest) -> str:
    """
    Return the portal's origin, such as "https://barbicancloud.co.uk".

    The name is the setting's, never the caller's; scheme and port are this request's, so that a
    laptop's links lead through the same door.
    """
    port = _PORT.search(request.META.get("HTTP_HOST", ""))
    return f"{request.scheme}://{settings.BASE_DOMAIN}{port[0] if port else ''}"


def edge(base: str) -> str:
    """Return the portal's origin as callers reach it, of the one at which this request came."""
    return local_edge() or base


def local_edge() -> str:
    """Return the portal's origin at the local edge, or nothing where there is none."""
    domain = conf.team_domain()
    if not (domain.startswith("http:") and conf.local_edge()):
        return ""
    return _at_the_edge(domain, settings.BASE_DOMAIN)


@lru_cache(maxsize=64)  # every page asks, more than once
def _at_the_edge(domain: str, base_domain: str) -> str:
    if not conf.is_safe_team_domain(domain):
        return ""
    # The local team's domain is its edge's address.
    port = _PORT.search(domain)
    return f"http://{base_domain}{port[0] if port else ''}"


def own_port(meta: Mapping[str, Any]) -> str:
    """Return the port at which this origin listens, whoever passed the request on."""
    return _own_port(
        str(meta.get("SERVER_PORT", "")), str(meta.get("SERVER_NAME", "")), local_edge()
    )


@lru_cache(maxsize=64)
def _own_port(port: str, name: str, edge: str) -> str:
    # Where the listener is a file, name and port are what the Host header says.
    is_its_own = not edge.endswith(f":{port}") if edge else _is_address(name)
    return port if port.isdecimal() and is_its_own else USUAL_PORT


def service(meta: Mapping[str, Any]) -> str:
    """Return this origin as a tunnel on the same machine reaches it."""
    return f"http://127.0.0.1:{own_port(meta)}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


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
