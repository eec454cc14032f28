"""
Where the local edge is, as the commands of a row name it: this installation's, else `make demo`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from barbican.access import conf
from barbican.portal import places


class Local(NamedTuple):
    """Both ends of a laptop. As it stands, those of `make demo`."""

    edge: str = "http://localhost:8080"
    origin: str = "http://127.0.0.1:8000"
    issuer: str = "http://127.0.0.1:8080"  # of the local team

    @property
    def login(self) -> str:
        """Where the example for people in `edge.toml` is."""
        return places.subdomain_url(self.edge, "login").removesuffix("/")

    @property
    def spare(self) -> int:
        """A port for what runs beside both for a moment."""
        return (urlsplit(self.edge).port or 80) + 10

    def start(self, flags: tuple[str, ...]) -> str:
        """Return the command that starts both there."""
        edge, origin = urlsplit(self.edge), urlsplit(self.origin)
        ports = (origin.port or 80, edge.port or 80)
        is_elsewhere = ports != (8000, 8080)
        if edge.hostname == "localhost" and not flags:
            return "make demo" + (" PORT={} EDGE_PORT={}".format(*ports) if is_elsewhere else "")
        words = [".venv/bin/python -m barbican.demo"]
        words += ["--port {} --edge-port {}".format(*ports)] if is_elsewhere else []
        words += [f"--base-domain {edge.hostname}"] if edge.hostname != "localhost" else []
        return " ".join((*words, *flags))


MAKE_DEMO = Local()


def of(request: HttpRequest) -> Local:
    return at(request.META)


def at(meta: Mapping[str, Any]) -> Local:
    """Return where this installation's are. The origin knows its own port, whoever passed it on."""
    edge = places.local_edge()
    if not edge:
        return MAKE_DEMO
    host = "127.0.0.1" if settings.BASE_DOMAIN == "localhost" else settings.BASE_DOMAIN
    return Local(edge, f"http://{host}:{places.own_port(meta)}", conf.team_domain())
