"""
The index: a status board and a chooser, and what this request would be on a demo's page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from barbican.access.examination import Examination
from barbican.portal import board, context, copy, methods, places, verdicts
from barbican.portal.fragments import safe
from barbican.portal.registry import demos
from barbican.portal.shipped import PageCopy
from barbican.portal.text import paragraph, printable
from barbican.portal.troubleshooting import local

OPEN = "The index is open to everyone, so Access adds no token to it."
# Written here, so safe; the edge's and the tunnel's names depend on where this runs.
_HOPS = (
    ("{caller}", "Shows what it has: a login session, a certificate, or Client ID and Secret."),
    ("{edge}", "Checks it against the policy, takes secrets away, and signs a token."),
    ("{tunnel}", "Carries the request on, with the token in one header."),
    ("Origin check", "Verifies the signature with the team’s public keys, and every claim."),
    ("The page", "Shows the verdict, check by check, and how it knows."),
)


@dataclass(frozen=True, slots=True)
class Index:
    """What one visitor is shown."""

    pages: list[PageCopy]  # in order, those that are off too
    page: PageCopy | None  # the one that `examination` is about
    examination: Examination | None

    @property
    def published(self) -> list[PageCopy]:
        return [page for page in self.pages if page.is_published]


def look(request: HttpRequest) -> Index:
    pages = sorted(copy.edition().pages.values(), key=lambda page: (page.order, page.slug))
    page, examination = _best(request, [page for page in pages if page.is_published])
    return Index(pages, page, examination)


def _best(
    request: HttpRequest, pages: list[PageCopy]
) -> tuple[PageCopy | None, Examination | None]:
    """
    Return the demo whose application the token is for, else the first.

    Each demo judges by its own AUD tags; there is never a union of them.
    """
    best: tuple[PageCopy | None, Examination | None] = (None, None)
    for page in pages:
        name = demos()[page.slug].application
        examination = request.access.for_application(name)  # type: ignore[attr-defined]
        if best[0] is None or examination.is_verified:
            best = page, examination
        if examination.is_verified:
            break
    return best


def html_context(request: HttpRequest, found: Index, *, is_staff: bool) -> dict[str, Any]:
    page, slugs = found.page, {page.slug for page in found.published}
    return {
        **context.of_a_request(request, "/"),
        "groups": board.columns(found.pages, is_staff=is_staff),
        "methods": [
            {"method": each, "href": f"/{each.slug}/" if each.slug in slugs else ""}
            for each in sorted(methods.METHODS, key=lambda each: each.slug not in slugs)
        ],
        "hops": hops(context.mode()),
        "start": _start(request),
        "verdict": found.examination and verdict_of(found.examination),
        "verdict_demo": page and {"title": page.title, "href": f"/{page.slug}/"},
    }


def _start(request: HttpRequest) -> str:
    """Return both commands of the README, for the ports that are in use here."""
    return (
        f"{local.of(request).start(())}   # origin and local edge, with sample data\n"
        "make test   # the whole suite, offline"
    )


def verdict_of(examination: Examination) -> context.Verdict:
    shown = context.of_a_verdict(examination)
    if shown.code != "nothing_presented":
        return shown
    return shown._replace(proof=OPEN)


def hops(mode: str) -> list[dict[str, str]]:
    """Return the way of a request, hop by hop."""
    is_local = mode == "local edge"
    names = {
        "caller": "Caller",
        "edge": "Local edge" if is_local else "Access, at the edge",
        "tunnel": "Loopback" if is_local else "Tunnel",
    }
    return [
        {"title": title.format(**names), "html": safe(f"<p>{words}</p>")} for title, words in _HOPS
    ]


def document(request: HttpRequest, found: Index) -> str:
    base = places.origin(request)
    urls = {page.slug: places.demo_url(base, page.slug) for page in found.published}
    members = {
        "demos": [_demo(page, urls[page.slug]) for page in found.published],
        "methods": [
            {
                "slug": each.slug,
                "title": each.title,
                "callers": each.group,
                "who": each.who,
                "login_page": each.login,
                "secret": each.secret,
                "strength": each.strength,
                "rotation": each.rotation,
                "url": urls.get(each.slug),
            }
            for each in methods.METHODS
        ],
        "verdict": found.examination.verdict if found.examination else None,
        "verdict_on": found.page.slug if found.page else None,
        "links": {"self": f"{base}/", "openapi": f"{base}/openapi.json"},
    }
    return json.dumps(members, ensure_ascii=False) + "\n"


def _demo(page: PageCopy, url: str) -> dict[str, Any]:
    state = board.state(page)
    return {
        "slug": page.slug,
        "title": page.title,
        "summary": page.summary,
        "callers": board.callers(page.slug),
        "configured": state.code != "needs_configuration",
        "state": state.code,
        "url": url,
    }


def as_text(request: HttpRequest, found: Index) -> str:
    """Return the index for a terminal, 80 columns wide."""
    base = places.origin(request)
    lines = ["BARBICAN IDENTITY DEMO", "See Cloudflare Access prove who is calling.", ""]
    if found.page and found.examination:
        lines += paragraph("now", f"{verdicts.headline(found.examination)} ({found.page.title})")
    for page in found.published:
        lines += ["", f"{page.title}: {board.state(page).word.lower()}"]
        lines += [
            *paragraph("", page.summary),
            *paragraph("open", places.demo_url(base, page.slug)),
        ]
    coming = [each.title for each in methods.METHODS if each.slug not in demos()]
    lines += ["", *(paragraph("planned", ", ".join(coming)) if coming else [])]
    lines += paragraph("more", f"{base}/?format=json")
    return "\n".join(map(printable, lines)) + "\n"


def as_markdown(request: HttpRequest, found: Index) -> str:
    base = places.origin(request)
    parts = ["# Barbican Identity Demo", "See Cloudflare Access prove who is calling."]
    if found.page and found.examination:
        headline = printable(verdicts.headline(found.examination))
        parts.append(f"**This request:** {headline} (`{found.examination.verdict}`)")
    parts.append("## Demos")
    parts += [
        f"- [{page.title}]({places.demo_url(base, page.slug)}): {page.summary} "
        f"*{board.state(page).word}.*"
        for page in found.published
    ]
    parts.append("## Which one should I use?")
    parts.append("\n".join(_table(found)))
    return "\n\n".join(parts) + "\n"


def _table(found: Index) -> list[str]:
    slugs = {page.slug for page in found.published}
    rows = [
        ("Method", "Who calls", "Login page", "Secret to keep", "Strength", "Rotate", "Live here"),
        ("---",) * 7,
        *(
            (each.title, each.who, each.login, each.secret, each.strength, each.rotation,
             "yes" if each.slug in slugs else "not yet")
            for each in methods.METHODS
        ),
    ]  # fmt: skip
    return [f"| {' | '.join(cells)} |" for cells in rows]
