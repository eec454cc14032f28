"""
The evidence as a page: pieces that were rendered before, and what changes between them.
"""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString

from barbican.access import conf
from barbican.access.examination import Examination
from barbican.portal import claims, context, dictionary, journey, masking, panel, places
from barbican.portal import verdicts as words
from barbican.portal.check_rows import moments, of_a_check, with_expected
from barbican.portal.fragments import Shell, fill, fill_unkept, piece, pieces
from barbican.portal.guidance import Place
from barbican.portal.shipped import PageCopy
from barbican.portal.text import summary
from barbican.portal.times import absolute, iso, relative

_SETTERS = (("Access", "Access"), ("Cloudflare", "Cloudflare"), ("Tunnel", "the tunnel"),
            ("Client", "the caller"))  # fmt: skip


_SIGNED_NOTE = '<p class="unproven unproven--signed">Authentic, but not accepted here.</p>\n'


class TokenShell(NamedTuple):
    """What the anatomy is around its values."""

    trusted: bool
    signed: bool  # by the team, whether or not it is accepted here
    source: str
    has_expiry: bool
    is_over: bool
    absent: tuple[dictionary.Entry, ...]  # documented claims that are not in it

    def context(self) -> dict[str, Any]:
        return {"token": self}


def render(
    request: HttpRequest, page: PageCopy, edition: int, examination: Examination, template: str
) -> str:
    """Return the whole page."""
    word = words.BY_CODE[examination.verdict].word
    return fill(
        template, shell(request, page, edition, examination, word), _slots(request, examination)
    )


def render_unkept(
    request: HttpRequest, around: Shell, examination: Examination, template: str
) -> str:
    """Return the whole page of words that no other reader may get: no cache keeps any of it."""
    return fill_unkept(template, around, _slots(request, examination))


def shell(
    request: HttpRequest, page: PageCopy, edition: int, examination: Examination, word: str
) -> context.DemoShell:
    """Return what the page is around the evidence. Its title begins with `word`."""
    place = of_this_place(request, page, examination)
    return context.DemoShell(
        slug=page.slug,
        edition=edition,
        base=place.base,
        portal=request.portal,  # type: ignore[attr-defined]
        door=request.door,  # type: ignore[attr-defined]
        word=word,
        mode=context.mode(),
        place=place,
        page=page,
    )


def _slots(request: HttpRequest, examination: Examination) -> dict[str, str]:
    return {**parts(request, examination), "footer_keys": context.keys_age()}


def of_this_place(request: HttpRequest, page: PageCopy, examination: Examination) -> Place:
    """Return what the words say of this installation."""
    base, application = places.origin(request), examination.application
    # In the setting's order, which is the order of the steps: the path's, then the subdomain's.
    listed = conf.applications().get(application.name, {}).get("audience_tags", ())
    return Place(
        slug=page.slug,
        base=base,
        edge=places.edge(base),
        team_domain=examination.team_domain,
        audience_tags=tuple(tag for tag in listed if tag in application.audience_tags),
        service=places.service(request.META),
    )


def parts(request: HttpRequest, examination: Examination) -> dict[str, str]:
    """Return each part of the evidence, rendered or escaped, under the name of its slot."""
    headers, mode = masking.headers(request.META), context.mode()
    verdict, checked = _verdict(examination), summary(examination.checks)
    return {
        "verdict_html": panel.render(request, examination, verdict, mode),
        "check_rows": _check_rows(examination, getattr(request, "portal", "")),
        "checks_summary": checked,
        "checks_note": _SIGNED_NOTE if examination.is_signed and verdict.tone != "pass" else "",
        "token_html": _token(examination),
        "header_rows": pieces("includes/header_row.html", headers),
        "headers_summary": _headers_summary(headers),
        "method": escape(request.method or ""),
        "path": escape(request.path),
        "credentials_note": context.about_credentials(examination),
        "journey_html": journey.render(
            request, examination, headers, mode=mode, checked=checked, bypassed=verdict.bypassed
        ),
        "keys_html": piece("includes/keys.html", context.of_the_keys(examination)),
    }


def _verdict(examination: Examination) -> context.Verdict:
    return context.of_a_verdict(examination, in_facts=examination.is_verified)


def _check_rows(examination: Examination, portal: str) -> SafeString:
    trust = {"is_verified": examination.is_verified, "is_signed": examination.is_signed}
    times = moments(examination)
    rows = [
        of_a_check(check, portal, times.get(check.id), **trust)
        for check in with_expected(examination)
    ]
    return pieces("includes/check_row.html", rows)


def _token(examination: Examination) -> str:
    token, now, is_signed = examination.token, examination.now, examination.is_signed
    if token is None:
        return piece("includes/token_none.html", None)
    header, _, rest = token.masked.partition(".")
    payload, _, signature = rest.partition(".")
    rows = claims.header_rows(token, is_signed), claims.claim_rows(token, is_signed, now)
    header_rows, claim_rows = (pieces("includes/claim_row.html", each) for each in rows)
    ends = token.expires_at
    absent = dictionary.absent(frozenset(token.claims)) if token.claims else ()
    return fill(
        "includes/token.html",
        TokenShell(
            token.trusted,
            is_signed,
            token.source,
            ends is not None,
            ends is not None and ends <= now,
            absent,
        ),
        {
            "size": str(token.size),
            "header_line": escape(claims.header_line(token)),
            "header_part": escape(header),
            "payload_part": escape(payload),
            "signature_part": escape(signature),
            "expires_iso": iso(ends) or "",
            "expires": f"{absolute(ends)}, {relative(ends - now)}" if ends is not None else "",
            "header_rows": header_rows,
            "claim_rows": claim_rows,
        },
    )


def _headers_summary(headers: list[masking.Header]) -> str:
    """Return "26 headers: 1 by Access, 7 by Cloudflare, 18 by the caller"."""
    setters = [header.set_by for header in headers]
    counted = [(setters.count(setter), name) for setter, name in _SETTERS]
    each = ", ".join(f"{count} by {name}" for count, name in counted if count)
    return f"{len(headers)} header{'' if len(headers) == 1 else 's'}: {each}"
