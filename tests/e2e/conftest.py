from __future__ import annotations

import pytest

from tests.e2e.stack import Origin
from tests.issuer import AUD_TAG, SUBDOMAIN_AUD_TAG, Issuer
from tests.keyserver import KeyServer


@pytest.fixture(scope="module")
def keys():
    with KeyServer() as server:
        yield server


@pytest.fixture(scope="module")
def signer(keys):
    issuer = Issuer(keys.origin)
    keys.publish(issuer.jwks())
    return issuer


@pytest.fixture(scope="module")
def origin(signer, tmp_path_factory):
    """gunicorn with the shipped configuration, set up for a team of the tests."""
    origin = Origin(
        tmp_path_factory.mktemp("origin"),
        ACCESS_TEAM_DOMAIN=signer.team_domain,
        SERVICE_TOKEN_AUD=f"{AUD_TAG},{SUBDOMAIN_AUD_TAG}",
    )
    yield origin
    origin.stop()
    assert "Traceback" not in origin.text()


@pytest.fixture(scope="module")
def chromium():
    from tests.e2e import chromium as tools

    with tools.sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tools.CHROMIUM, args=tools.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open an address; the page fails the test where the console or the policy complains."""
    contexts, complaints = [], []

    def visit(url, *, headers=None, scheme="light", width=1280, javascript=True, **more):
        context = chromium.new_context(
            color_scheme=scheme,
            java_script_enabled=javascript,
            extra_http_headers=headers or {},
            **{"viewport": {"width": width, "height": 900}, **more},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: note(line) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        waits = unanswered(page)
        try:
            page.goto(url, wait_until="load")
        except Exception as error:
            error.add_note(f"Without an answer: {sorted(waits)}")
            raise
        return page

    def note(line):
        # Chromium reports the status of the page itself as a failed resource.
        is_status = "the server responded with a status of" in line.text
        if not is_status or "/static/" in line.location["url"]:
            complaints.append(line.text)

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def unanswered(page):
    """Return the addresses that the page has asked for, less those whose answer is there."""
    waits = set()
    page.on("request", lambda request: waits.add(request.url))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: waits.discard(request.url))
    return waits
