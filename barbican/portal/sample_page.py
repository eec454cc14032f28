"""
All samples on one public page: what somebody needs before Access lets them in, or who comes from a
demo's page, which shows only those that it has room for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from barbican.portal import context, copy, places, samples
from barbican.portal.fragments import fill, safe

PATH = "/samples/"
INTRODUCTION = "Real files of the folder `samples/`, with this installation's addresses."


@dataclass(frozen=True, slots=True)
class SamplesShell:
    """The page, the same for all who come by one address."""

    base: str  # the portal's origin
    edge: str  # the same as callers reach it
    portal: str
    service: str  # this origin as a tunnel reaches it

    def context(self) -> dict[str, Any]:
        values = {**copy.values(samples.SLUG, self.edge, is_html=True), "service": self.service}
        groups = [
            {
                "anchor": each.name,
                "heading": each.label,
                "level": 2,
                "html": safe(samples.shown(each, values, level=3)),
            }
            for each in samples.groups().values()
        ]
        return {**context.of_every_page(self.portal, self.base, PATH), "groups": groups}


def as_html(request: HttpRequest) -> str:
    base = places.origin(request)
    shell = SamplesShell(
        base,
        places.edge(base),
        request.portal,  # type: ignore[attr-defined]
        places.service(request.META),
    )
    return fill("portal/samples.html", shell, {"footer_keys": context.keys_age()})


def as_markdown(request: HttpRequest) -> str:
    values = copy.values(samples.SLUG, places.edge(places.origin(request)))
    values["service"] = places.service(request.META)
    parts = ["# Samples", INTRODUCTION]
    for each in samples.groups().values():
        parts += [f"## {each.label}", samples.written(each, values)]
    return "\n\n".join(parts) + "\n"
