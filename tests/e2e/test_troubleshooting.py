"""The way from an answer to what to do about it, in a real Chromium."""

from __future__ import annotations

import pytest

from tests.e2e.chromium import MARKS, SCHEMES, WIDTHS, overflow, violations
from tests.e2e.test_demo import Demo
from tests.portal.explaining.pastes import MARKS as OF_ACCESS
from tests.portal.explaining.pastes import NEW_SECRET, http

pytestmark = MARKS
PASTE = f"> CF-Access-Client-Secret: {NEW_SECRET}\n" + http(403, *OF_ACCESS)
PAGES = {
    "matrix": "/troubleshooting/",
    "search": "/troubleshooting/?q=403",
    "nothing found": "/troubleshooting/?q=zyzzyva",
    "row": "/troubleshooting/access-403-token/",
    "row without commands": "/troubleshooting/firewall-1010/",
    "form": "/troubleshooting/explain/",
    "explanation": "/troubleshooting/explain/?example=login",
    "chain": "/troubleshooting/explain/?example=followed",
    "page not found": "/troubleshooting/nothing/",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


@pytest.fixture
def open_(demo, visit):
    def open_(path, **more):
        return visit(f"http://localhost:{demo.port}{path}", **more)

    return open_


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_is_accessible_and_fits(open_, path, width, scheme):
    page = open_(path, width=width, scheme=scheme)
    assert violations(page) == []
    assert overflow(page) == 0


class TestExplains:
    @pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
    def test_a_paste_and_asks_for_what_is_missing(self, open_, javascript):
        page = open_("/troubleshooting/explain/", javascript=javascript)
        page.fill("#paste", http(403, *OF_ACCESS))
        page.click('button:text-is("Explain")')
        assert "Cloudflare Access, at the edge" in page.inner_text(".verdict")
        page.check("input[name=sent][value=pair]")
        page.click("text=Show the cause")
        page.check("input[name=mode][value=strict]")
        page.click("text=Show the cause")
        assert "no policy of this application names it" in page.inner_text(".verdict")
        assert page.locator("fieldset input[name=mode]").count() == 0
        assert violations(page) == [] if javascript else True

    def test_a_paste_without_showing_its_secret(self, open_):
        page = open_("/troubleshooting/explain/")
        page.fill("#paste", PASTE)
        page.click("button[type=submit]")
        assert NEW_SECRET not in page.content()
        assert "rotate it" in page.inner_text("main")
        assert violations(page) == []

    def test_what_a_click_in_the_header_leads_to(self, open_):
        page = open_("/")
        page.click("nav >> text=Troubleshoot")
        page.fill("#q", "1010")
        page.press("#q", "Enter")
        page.click("text=error code: 1010")
        assert "Browser Integrity Check" in page.inner_text("main")


class TestOldAnchors:
    def test_of_a_demo_still_lead_on(self, open_, demo):
        page = open_("/service-token/#verdict-expired", headers=demo.pair())
        page.click("#verdict-expired a")
        assert page.url == f"http://localhost:{demo.port}/troubleshooting/expired/"


class TestErrorPage:
    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_of_another_host_is_styled_and_leads_home(self, demo, visit, scheme):
        page = visit(f"http://127.0.0.1:{demo.origin_port}/nowhere/", scheme=scheme)
        assert page.title().startswith("Page not found")
        assert violations(page) == []
        page.click("text=More about this error")
        assert "404 here" in page.inner_text("h1")


@pytest.mark.parametrize("path", [PAGES["matrix"], PAGES["row"]])
def test_says_on_paper_where_it_is_from(open_, path):
    page = open_(path)
    assert not page.locator(".paper").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".paper").inner_text() == f"Barbican Identity Demo · {page.url}"
    for ways in page.locator(".ways, .whos, .answer__next").all():
        assert not ways.is_visible()
