"""
The components that hold words and code, with values that were made up for them.
"""

from __future__ import annotations

from collections.abc import Iterable

from barbican.portal import index, verdicts
from barbican.portal.fragments import safe
from barbican.portal.highlighting import highlight
from barbican.portal.styleguide.invented import AUDIENCE
from barbican.portal.styleguide.specimens import Component, Specimen, include

_SHELL = """# Set both variables first.
curl --fail -H "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" \\
     -H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET" https://portal.example/service-token/
"""
_PYTHON = '''import jwt

def verify(token: str) -> dict:
    """Return the claims."""
    return jwt.decode(token, leeway=30)  # seconds
'''
_YAML = """# Let cloudflared check the token as well.
ingress:
  - hostname: "portal.example"
    service: http://127.0.0.1:8000
"""


def _facts() -> Iterable[Specimen]:
    facts = [
        {"name": "Domain", "value": "portal.example", "copy": "domain", "is_code": True},
        {"name": "AUD tag", "value": AUDIENCE, "copy": "AUD tag", "is_code": True},
        {"name": "Path", "value": "https://portal.example/service-token/", "href": "/",
         "badge": "you are here"},
        {"name": "Token’s name", "value": "barbican-demo-token"},
    ]  # fmt: skip
    yield include("values", "Values", "facts", facts=facts)


def _routes() -> Iterable[Specimen]:
    routes = {
        "path_url": "https://portal.example/service-token/",
        "subdomain_url": "https://service-token.portal.example/",
    }
    for door in ("path", "subdomain"):
        yield include(door, f"By {door}", "routes", routes=routes, door=door)
    here = {**routes, "here": "http://localhost:8000/service-token/"}
    yield include("round", "Round the local edge", "routes", routes=here, door="path")


def _steps() -> Iterable[Specimen]:
    words = ("Create a service token", "Protect the application", "Add a Service Auth policy")
    html = safe("<p>Keep the <code>Client Secret</code>: it is shown <strong>once</strong>.</p>")
    yield include(
        "plain", "To do", "steps", steps=[{"title": each, "html": html} for each in words]
    )
    yield include(
        "hops", "The way of a request", "steps", steps=index.hops("Cloudflare Access"), hops=True
    )


def _tabs() -> Iterable[Specimen]:
    about = "Both are in step: a choice in one is made in the other, and kept."
    for slug, title in (("first", "One group"), ("second", "The same group again")):
        tabs = [
            {"id": f"{slug}-{name.lower()}", "label": name, "html": safe(f"<p>By {how}.</p>")}
            for name, how in (
                ("Dashboard", "hand, in <a href='/'>Zero Trust</a>"),
                ("API", "<code>POST /access/service_tokens</code>"),
                ("Terraform", "provider version 5"),
                ("CLI", "<code>cloudflared access</code>"),
            )
        ]
        values = {"tabs": tabs, "group": "styleguide", "label": "Ways to do it", "level": 3}
        yield include(slug, title, "tabs", about, **values)


def _callouts() -> Iterable[Specimen]:
    source = {
        "label": "Cloudflare One, Service tokens",
        "href": "https://developers.cloudflare.com/",
    }
    html = safe("<p>The secret is shown <strong>once</strong>. Keep it in a secret store.</p>")
    yield include("note", "Note", "callout", kind="note", title="Rotate with an overlap", html=html)
    yield include("warning", "Warning", "callout", kind="warning", title="Shown once", html=html)
    yield include(
        "today", "Cloudflare today", "callout", kind="today", title="the menu has moved",
        html=safe("<p>Access controls &gt; Service credentials &gt; Service Tokens.</p>"),
        source=source, checked="November 2026",
    )  # fmt: skip
    yield include(
        "unlinked", "With a source that has no address", "callout", kind="today", title="",
        html=html, source={"label": "observed"}, checked="November 2026",
    )  # fmt: skip


def _code() -> Iterable[Specimen]:
    for slug, name, file, text in (
        ("curl", "A command", "call.sh", _SHELL),
        ("file", "A file", "verify.py", _PYTHON),
        ("keys", "With keys", "cloudflared.yml", _YAML),
    ):
        html = safe(highlight(text, file))
        yield include(slug, name, "code", html=html, filename=f"samples/{file}", label=file)
    yield include(
        "text",
        "Without colours",
        "code",
        text="make demo\nmake test <all>",
        language="shell",
        label="both commands",
    )


def _sample_links() -> Iterable[Specimen]:
    links = [("Python", "/samples/#verify-python"), ("Node", "/samples/#verify-node")]
    yield include("two", "Two samples", "sample_links", links=links)


def _prose() -> Iterable[Specimen]:
    html = safe(
        "<div class='prose'>"
        "<p>A paragraph with <code>code</code>, <strong>weight</strong> and <a href='/'>a link</a>."
        "</p><h3>A heading of the text</h3><ul><li>One</li><li>Two</li></ul><ol><li>First</li>"
        "<li>Second</li></ol><blockquote><p>A remark that stands apart.</p></blockquote>"
        "<table><thead><tr><th scope='col'>Name</th><th scope='col'>Value</th></tr></thead>"
        "<tbody><tr><td>a</td><td>b</td></tr></tbody></table>"
        "<pre><code>make demo\n</code></pre></div>"
    )
    sections = [{"anchor": "words", "heading": "An editor’s section", "html": html, "level": 2}]
    yield include("section", "A section", "prose", sections=sections)


def _troubleshooting() -> Iterable[Specimen]:
    rows = [verdicts.BY_CODE[code] for code in ("expired", "wrong_audience", "keys_unavailable")]
    yield include("rows", "Three rows", "troubleshooting", troubleshooting=rows)


COMPONENTS = (
    Component("facts", "Key-value list", ("facts",), _facts),
    Component("routes", "Two doors", ("routes",), _routes),
    Component("steps", "Steps", ("steps",), _steps),
    Component("tabs", "Tabs", ("tabs",), _tabs),
    Component("callout", "Callout", ("callout",), _callouts),
    Component("code", "Code block", ("code",), _code),
    Component("sample-links", "Links to samples", ("sample_links",), _sample_links),
    Component("prose", "An editor’s words", ("prose",), _prose),
    Component("troubleshooting", "What went wrong", ("troubleshooting",), _troubleshooting),
)
