"""
What the templates show. Plain values only, and hashable ones: the templates hold no logic, and a
piece of a page is rendered once per value (`fragments`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from barbican import __version__
from barbican.access import conf
from barbican.access.examination import Examination
from barbican.access.identity import Kind
from barbican.portal import guidance, places, verdicts
from barbican.portal.guidance import Place
from barbican.portal.shipped import PageCopy
from barbican.portal.text import printable
from barbican.portal.times import absolute, duration, iso, relative

# Help stands in the same place on every page (WCAG 3.2.6). A page that is not built is not linked.
_NAVIGATION = (("Demos", "portal:index"), ("Troubleshoot", "portal:troubleshooting"))
_FOOTER = (
    ("Samples", "/samples/"),
    ("OpenAPI", "/openapi.json"),
    ("llms.txt", "/llms.txt"),
    ("security.txt", "/.well-known/security.txt"),
)


def of_every_page(portal: str, base: str, path: str) -> dict[str, Any]:
    """Return what `base.html` takes, at this prefix of links, origin and path."""
    return {
        "portal": portal,
        "request_id": "",
        "nav": tuple(
            {"label": label, "href": f"{portal}{href}", "current": path == href}
            for label, href in navigation()
        ),
        "canonical": f"{base}{path}",
        "footer": {
            "version": __version__,
            "mode": mode(),
            "links": tuple({"label": label, "href": f"{portal}{href}"} for label, href in _FOOTER),
        },
        "footer_keys": "",
        "has_imports": settings.DEBUG,  # collectstatic has put them into the script
        "social_image": f"{base}{static('img/social.png')}",
    }


def of_a_request(request: HttpRequest, path: str) -> dict[str, Any]:
    """Return what `base.html` takes, on a page that is rendered for this request alone."""
    found = of_every_page(getattr(request, "portal", ""), places.origin(request), path)
    return {**found, "request_id": getattr(request, "id", ""), "footer_keys": keys_age()}


@cache
def navigation() -> tuple[tuple[str, str], ...]:
    """Return label and path of each page in the header that this portal has."""
    found = []
    for label, name in _NAVIGATION:
        with suppress(NoReverseMatch):
            found.append((label, reverse(name)))
    return tuple(found)


def keys_age() -> str:
    """Return how old the signing keys are, for the footer. Fetches nothing."""
    age = conf.key_store().state().age
    return "" if age is None else f"keys fetched {duration(age)} ago"


def mode() -> str:
    if not conf.team_domain():
        return "not configured"
    return "local edge" if conf.team_domain().startswith("http:") else "Cloudflare Access"


@dataclass(frozen=True, slots=True)
class DemoShell:
    """What a demo's page is around the evidence: the same for all who come by one door."""

    slug: str
    edition: int  # of the copy
    base: str  # the portal's origin
    portal: str
    door: str
    word: str  # for the title
    mode: str
    place: Place  # what the words say of this installation
    page: PageCopy = field(compare=False)  # which slug and edition stand for

    def context(self) -> dict[str, Any]:
        return {
            **of_every_page(self.portal, self.base, f"/{self.slug}/"),
            "demo": self.page,
            "door": self.door,
            "word": self.word,
            "sections": guidance.sections(self.page, self.place),
            "troubleshooting": list(verdicts.BY_CODE.values()),
            "routes": {
                "path_url": places.demo_url(self.place.edge, self.slug),
                "subdomain_url": places.subdomain_url(self.place.edge, self.slug),
                "here": self._round_the_edge(),
            },
        }

    def _round_the_edge(self) -> str:
        """Return where the page is read, if that is a laptop's origin itself. It has no TLS."""
        if self.base == self.place.edge or self.base.startswith("https:"):
            return ""
        url = places.subdomain_url if self.door == "subdomain" else places.demo_url
        return url(self.base, self.slug)


class Verdict(NamedTuple):
    """What the panel says, as plain text."""

    code: str
    tone: str
    word: str
    headline: str
    principal: str
    principal_is: str  # what to call it when it is copied
    edge: verdicts.Side
    proof: str
    note: str
    note_tone: str
    actions: tuple[tuple[str, str], ...]  # label, address
    stops_at: str
    bypassed: bool


class VerdictShell(NamedTuple):
    """What the panel is around its words: the same for all who get this verdict in this way."""

    code: str
    tone: str
    word: str
    edge_tone: str
    principal_is: str
    note_tone: str
    has_findings: bool
    has_bar: bool  # of the time left
    is_over: bool  # verified within the leeway only
    actions: tuple[tuple[str, str], ...]
    stops_at: str
    bypassed: bool
    mode: str

    def context(self) -> dict[str, Any]:
        return {"verdict": self, "mode": self.mode, "json_url": verdicts.AS_JSON}


class RecordShell(NamedTuple):
    has_audience: bool  # said here, and not among the findings

    def context(self) -> dict[str, Any]:
        return self._asdict()


class Key(NamedTuple):
    id: str
    short: str
    used: bool


class Keys(NamedTuple):
    source: str
    fetched: str
    fetched_iso: str | None
    fetched_text: str
    freshness: str
    ids: tuple[Key, ...]
    refresh: str
    last_error: str
    next_attempt: str


_PRINCIPALS = {
    Kind.SERVICE_TOKEN: "Client ID",
    Kind.PERSON: "e-mail address",
    Kind.CERTIFICATE: "common name",
}


def of_a_verdict(examination: Examination, *, in_facts: bool = False) -> Verdict:
    """Return the verdict; without its proof as a sentence where facts say it (`panel`)."""
    verdict = verdicts.BY_CODE[examination.verdict]
    identity, note = examination.identity, verdicts.note(examination)
    is_bypassed = verdict.bypassed and verdicts.is_bypassed(examination)
    return Verdict(
        code=verdict.code,
        tone=verdict.tone,
        word=verdict.word,
        headline=printable(verdicts.headline(examination)),
        principal=printable(verdicts.caller(examination)),
        principal_is=_PRINCIPALS[identity.kind] if identity else "",
        edge=verdicts.edge(examination),
        proof="" if in_facts else printable(verdicts.proof(examination)),
        note=note,
        note_tone=("caution" if note.startswith("Caution") else "none") if note else "",
        actions=_actions(examination),
        stops_at=verdict.stops_at,
        bypassed=is_bypassed,
    )


def _actions(examination: Examination) -> tuple[tuple[str, str], ...]:
    """Return the first things to do. A header that anyone can write calls for an explanation."""
    verdict = verdicts.BY_CODE[examination.verdict]
    if verdict.code == "unverified_headers" and not verdicts.is_bypassed(examination):
        return (("How it works", "#how-this-works"),)
    if verdict.code == "verified_person" and not verdicts.for_machines(examination):
        return (("Copy as JSON", verdicts.AS_JSON),)
    return verdict.actions


def shell_of(
    verdict: Verdict, mode: str, *, has_findings: bool, has_bar: bool, is_over: bool
) -> VerdictShell:
    return VerdictShell(
        code=verdict.code,
        tone=verdict.tone,
        word=verdict.word,
        edge_tone=verdict.edge.tone,
        principal_is=verdict.principal_is,
        note_tone=verdict.note_tone,
        has_findings=has_findings,
        has_bar=has_bar,
        is_over=is_over,
        actions=verdict.actions,
        stops_at=verdict.stops_at,
        bypassed=verdict.bypassed,
        mode=mode,
    )


def of_the_keys(examination: Examination) -> Keys:
    keys, reading = examination.keys, examination.reading
    used = reading.key.key_id if reading and reading.key else None
    is_due = keys.freshness == "fresh" and keys.refresh_in is not None
    return Keys(
        source=keys.source if examination.team_domain else "",
        fetched=relative(-keys.age) if keys.age is not None else "never",
        fetched_iso=iso(keys.fetched_at),
        fetched_text=absolute(keys.fetched_at) if keys.fetched_at is not None else "",
        freshness=keys.freshness,
        ids=tuple(Key(name, verdicts.short(name), name == used) for name in keys.key_ids),
        refresh=f"in {duration(keys.refresh_in or 0)}" if is_due else "",
        last_error=keys.last_error,
        next_attempt=f"in {duration(keys.next_attempt_in)}" if keys.next_attempt_in >= 1 else "",
    )


def about_credentials(examination: Examination) -> str:
    """Say whether raw credentials came, and what the edge did only where it was there."""
    came = [name for name in verdicts.CREDENTIALS if verdicts.has_header(examination, name)]
    if came:
        return f"{' and '.join(came)} reached the origin: this request went round the edge."
    if examination.is_signed:
        return (
            "CF-Access-Client-Id and CF-Access-Client-Secret are absent, as they should be: the "
            "edge keeps them."
        )
    return "No Client ID and no Client Secret came."
