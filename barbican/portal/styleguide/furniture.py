"""
The frame of every page, and the small things that stand in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from barbican.portal.styleguide.invented import AUDIENCE, RAY
from barbican.portal.styleguide.specimens import Component, Specimen, include, joined, partial


def _header() -> Iterable[Specimen]:
    nav = [
        {"label": "Demos", "href": "/", "current": True},
        {"label": "Troubleshoot", "href": "/", "current": False},
    ]
    yield include("here", "On the index", "page_header", nav=nav)
    nav = [{**item, "current": False} for item in nav]
    yield include("elsewhere", "On another page", "page_header", nav=nav)


def _footer() -> Iterable[Specimen]:
    links = ({"label": "OpenAPI", "href": "/openapi.json"},)
    footer = {"version": "1.2.3", "mode": "Cloudflare Access", "links": links}
    yield include(
        "keys", "With keys", "page_footer", footer=footer, footer_keys="keys fetched 2 min ago"
    )
    yield include("none", "Before the first fetch", "page_footer", footer=footer)


def _breadcrumb() -> Iterable[Specimen]:
    yield include("demo", "On a demo’s page", "breadcrumb", here="Service Token")


def _badges() -> Iterable[Specimen]:
    kinds = [partial("badge", text=text) for text in ("Token", "Local", "OIDC", "SAML", "mTLS")]
    yield joined("kind", "A demo’s kind", kinds)
    yield include("plain", "A remark", "badge", text="masked", kind="plain")


def _statuses() -> Iterable[Specimen]:
    for tone, word in (
        ("pass", "Verified"), ("fail", "Not verified"), ("caution", "Caution"),
        ("not_run", "Not run"), ("none", "Nothing presented"), ("off", "Off"),
    ):  # fmt: skip
        yield include(tone, word, "status", tone=tone, word=word)


def _buttons() -> Iterable[Specimen]:
    yield include("first", "First", "button", label="How to call it", href="/", first=True)
    yield include("other", "Another", "button", label="Check again", href="/")
    yield include("copy", "Copy", "copy_button", value=AUDIENCE, what="AUD tag")
    yield Specimen("tools", "Tools of a panel", '<a class="tool" href="/">Check again</a>')


def _headings() -> Iterable[Specimen]:
    parts = [
        partial("permalink", level=level, id=f"level-{level}", text=f"A heading of level {level}")
        for level in (2, 3, 4)
    ]
    yield joined("levels", "With an address", parts, "The # shows on hover and on focus.")
    yield include(
        "count", "With a remark", "permalink", level=3, id="c", text="Checks", count="12 passed"
    )


def _errors() -> Iterable[Specimen]:
    off = "This demo is switched off by an administrator of this site."
    for slug, title, status, what, todo in (
        ("not-found", "Page not found", 404, "There is no page at this address.",
         "Check the address, or find the demo in the list."),
        ("switched-off", "Page not found", 404, off, "Find another demo in the list."),
        ("not-allowed", "Not allowed", 403, "You are known, and this page is not for you.",
         "Sign in with an account that may."),
    ):  # fmt: skip
        values = {"status": status, "title": title, "what": what, "todo": todo, "home": "/"}
        yield include(slug, title, "error", request_id=RAY, **values)


COMPONENTS = (
    Component("page-header", "Page header", ("page_header", "symbols"), _header),
    Component("page-footer", "Page footer", ("page_footer",), _footer),
    Component("breadcrumb", "Breadcrumb", ("breadcrumb",), _breadcrumb),
    Component("badge", "Badge", ("badge",), _badges),
    Component("status", "Status", ("status",), _statuses),
    Component("button", "Buttons", ("button", "copy_button"), _buttons),
    Component("permalink", "Headings", ("permalink",), _headings),
    Component("error", "Error page", ("error",), _errors),
)
