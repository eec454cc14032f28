"""
The components that show evidence, made of invented requests by the code that serves the real ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from barbican.access.examination import Examination
from barbican.portal import context, html, index
from barbican.portal.fragments import safe
from barbican.portal.styleguide import invented
from barbican.portal.styleguide.invented import Invented, sign, with_token
from barbican.portal.styleguide.specimens import Component, Specimen, include, partial
from barbican.portal.styleguide.states import states

_SWITCHED_OFF = Specimen(
    "switched-off",
    "17 Switched off",
    '<p>There is no evidence to show, but an <a href="../error/#switched-off">error page</a>.</p>',
)


def _panels() -> Iterable[Specimen]:
    for state in states():
        _, examination, parts = _made(state.invented)
        title = f"{state.number} {state.title}"
        about = f"{examination.verdict}, {int(examination.status)}"
        yield Specimen(state.slug, title, parts["verdict_html"], about)
        if state.number == 16:
            yield _SWITCHED_OFF


def _made(which: Invented) -> tuple[HttpRequest, Examination, dict[str, str]]:
    request, examination = which.request(), which.examination()
    return request, examination, html.parts(request, examination)


def _briefs() -> Iterable[Specimen]:
    demo = {"title": "Service Token", "href": "/service-token/"}
    for slug, title, which in (
        ("verified", "Verified", with_token(sign(invented.SERVICE))),
        ("expired", "Not verified", with_token(sign(invented.SERVICE, exp=invented.NOW - 240))),
        ("nothing", "Nothing presented", Invented()),
    ):
        verdict = index.verdict_of(which.examination())
        yield include(slug, title, "verdict_brief", verdict=verdict, demo=demo)


def _flows() -> Iterable[Specimen]:
    for slug, title, which in (
        ("whole", "To the page", with_token(sign(invented.SERVICE))),
        ("origin", "To the origin check", with_token(invented.changed())),
        ("unsure", "To a check that cannot be made",
         with_token(sign(invented.SERVICE), keys=invented.NONE_HELD)),
        ("round", "Round the edge", Invented(invented.EXPOSED)),
        ("caller", "Not past the caller", Invented()),
    ):  # fmt: skip
        verdict = context.of_a_verdict(which.examination())
        yield include(slug, title, "flow", verdict=verdict, mode="Cloudflare Access")


def _tables() -> Iterable[Specimen]:
    for slug, title, which in (
        ("passed", "All passed", with_token(sign(invented.SERVICE))),
        ("failed", "Some failed",
         with_token(sign(invented.SERVICE, exp=invented.NOW - 240, aud=[invented.OTHER_AUDIENCE]))),
        ("cautions", "With cautions", with_token(sign(invented.SERVICE, without="type"),
                                                 keys=invented.STALE)),
        ("forged", "Of a token that nobody signed", with_token(invented.changed())),
        ("not-run", "Not run", Invented()),
    ):  # fmt: skip
        parts = _made(which)[2]
        names = ("check_rows", "checks_note", "checks_summary")
        rows, note, summary = (safe(parts[name]) for name in names)
        values = {"rows": rows, "checks_note": note, "checks_summary": summary}
        yield include(slug, title, "checks", **values)


def _tokens() -> Iterable[Specimen]:
    unknown = sign({**invented.SERVICE, "<b>odd</b>": {"a": ["<i>", None]}})
    for slug, title, which in (
        ("machine", "A machine’s", with_token(sign(invented.SERVICE))),
        ("person", "A person’s", with_token(sign(invented.PERSON))),
        ("unknown", "With a claim that nobody documents", with_token(unknown)),
        ("refused", "Signed, and not accepted",
         with_token(sign(invented.SERVICE, exp=invented.NOW - 240))),
        ("unverified", "Unverified", with_token(invented.changed())),
        ("none", "None", Invented()),
    ):  # fmt: skip
        yield Specimen(slug, title, f"<h3>Evidence</h3>{_made(which)[2]['token_html']}")


def _headers() -> Iterable[Specimen]:
    for slug, title, which in (
        ("through", "Through Access", with_token(sign(invented.SERVICE))),
        ("round", "Round the edge", Invented(invented.EXPOSED)),
    ):
        parts = _made(which)[2]
        names = ("method", "path", "credentials_note", "headers_summary")
        values = {name: parts[name] for name in names}
        yield include(slug, title, "headers", rows=safe(parts["header_rows"]), **values)


def _journeys() -> Iterable[Specimen]:
    for slug, title, which in (
        ("through", "Through Access", with_token(sign(invented.SERVICE))),
        ("round", "Round the edge", Invented(invented.EXPOSED)),
        ("nothing", "Nothing presented", Invented()),
    ):
        yield Specimen(slug, title, f"<h3>Evidence</h3>{_made(which)[2]['journey_html']}")


def _keys() -> Iterable[Specimen]:
    for slug, title, which in (
        ("fresh", "Fresh", with_token(sign(invented.SERVICE))),
        ("stale", "Stale", with_token(sign(invented.SERVICE), keys=invented.STALE)),
        ("none", "None held", with_token(sign(invented.SERVICE), keys=invented.NONE_HELD)),
    ):
        yield Specimen(slug, title, _made(which)[2]["keys_html"])


def _contents() -> Iterable[Specimen]:
    sections = [{"anchor": "how-this-works", "heading": "How This Works"}]
    yield Specimen("contents", "Of a demo’s page", partial("contents", sections=sections))


COMPONENTS = (
    Component(
        "verdict", "Verdict panel", ("verdict", "record", "finding"), _panels, ("sides", "record")
    ),
    Component("brief", "Verdict in brief", ("verdict_brief",), _briefs),
    Component("flow", "Flow diagram", ("flow",), _flows, ("line",)),
    Component("checks", "Check table", ("checks", "check_row"), _tables, ("rows",)),
    Component("token", "Token anatomy", ("token", "token_none", "claim_row"), _tokens),
    Component("headers", "Header table", ("headers", "header_row"), _headers),
    Component("journey", "Request journey", ("journey",), _journeys),
    Component("keys", "Signing keys", ("keys",), _keys),
    Component("contents", "On this page", ("contents",), _contents),
)
