"""Real Chromium, at the real edge and at the origin."""

from __future__ import annotations

import pytest

from tests.e2e.chromium import MARKS, WIDTHS, violations
from tests.e2e.test_demo import Demo

pytestmark = MARKS


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


class TestDemoPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", WIDTHS)
    def test_is_verified_accessible_and_fits(self, demo, visit, scheme, width):
        url = f"http://localhost:{demo.port}/service-token/"
        page = visit(url, headers=demo.pair(), scheme=scheme, width=width)
        assert page.title().startswith("Verified · Service Token")
        assert demo.pair()["CF-Access-Client-Id"] in page.inner_text("main")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_looks_the_same_by_subdomain(self, demo, visit):
        page = visit(f"http://service-token.localhost:{demo.port}/", headers=demo.pair())
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        size = page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize")
        other = visit(f"http://localhost:{demo.port}/service-token/", headers=demo.pair())
        assert background == other.evaluate("getComputedStyle(document.body).backgroundColor")
        assert size == other.evaluate("getComputedStyle(document.querySelector('h1')).fontSize")

    def test_says_all_of_it_without_javascript(self, demo, visit):
        page = visit(
            f"http://localhost:{demo.port}/service-token/", headers=demo.pair(), javascript=False
        )
        text = page.inner_text("main")
        for words in ("Auth Status", "How This Works", "Cloudflare Configuration", "Routing"):
            assert words in text

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_of_a_request_round_the_edge_says_so(self, demo, visit, scheme):
        page = visit(
            f"http://localhost:{demo.origin_port}/service-token/",
            headers=demo.pair(),
            scheme=scheme,
        )
        assert "Not verified" in page.inner_text("main")
        assert demo.pair()["CF-Access-Client-Secret"] not in page.content()
        assert violations(page) == []

    def test_of_nothing_presented_is_accessible(self, demo, visit):
        page = visit(f"http://localhost:{demo.origin_port}/service-token/")
        assert "Nothing presented" in page.inner_text("main")
        assert violations(page) == []


class TestPortal:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", WIDTHS)
    def test_index_is_accessible_and_leads_to_the_demo(self, demo, visit, scheme, width):
        page = visit(f"http://localhost:{demo.port}/", scheme=scheme, width=width)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator('a[href$="/service-token/"]').count() >= 1

    def test_index_draws_the_line_from_caller_to_page(self, demo, visit):
        page = visit(f"http://localhost:{demo.port}/")
        line = page.locator(".pieces .flow__line")
        assert page.locator(".pieces svg").is_visible()
        drawn = line.evaluate("line => getComputedStyle(line).stroke")
        assert drawn == "rgb(242, 183, 5)"

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_refusal_of_the_edge_is_accessible_and_leads_on(self, demo, visit, scheme):
        for url in (
            f"http://localhost:{demo.port}/service-token/",
            f"http://service-token.localhost:{demo.port}/",
        ):
            page = visit(url, scheme=scheme, width=320)
            assert "This address is for machines" in page.inner_text("main")
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            for label, heading in (
                ("What this 401 means", "without any credentials"),
                ("Read the page without a token", "Service Token"),
                ("Back to the start", "prove who is calling"),
            ):
                page.goto(url)
                page.click(f"text={label}")
                assert heading in page.inner_text("h1")

    def test_error_page_is_accessible_and_ends_at_the_foot(self, demo, visit):
        for width in (1280, 360):
            page = visit(f"http://localhost:{demo.port}/nothing-here/", width=width)
            assert violations(page) == []
            foot = page.locator(".page-footer").bounding_box()
            assert foot["y"] + foot["height"] == page.evaluate("innerHeight")
