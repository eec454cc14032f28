"""Real Chromium on what a demo's page says beside its evidence, and on the samples' own page."""

from __future__ import annotations

import pytest

from tests.e2e.chromium import MARKS, violations
from tests.e2e.test_demo import Demo

pytestmark = MARKS


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


@pytest.fixture
def guidance(demo, visit):
    def guidance(**options):
        url = f"http://localhost:{demo.port}/service-token/"
        return visit(url, headers=demo.pair(), **options)

    return guidance


class TestTabs:
    def test_are_kept_in_step_across_the_page_and_kept(self, guidance):
        page = guidance()
        page.locator("#token-dashboard-tab").click()
        page.locator("#token-terraform-tab").click()
        for group in ("token", "application", "policy"):
            assert page.locator(f"#{group}-terraform").is_visible()
            assert page.locator(f"#{group}-dashboard").is_hidden()
        assert page.locator("#call-curl").is_visible()  # another group stays as it was
        page.reload()
        assert page.locator("#policy-terraform").is_visible()

    def test_are_moved_by_the_arrow_keys(self, guidance):
        page = guidance()
        page.locator("#call-curl-tab").focus()
        page.keyboard.press("ArrowRight")
        assert page.locator("#call-python").is_visible()
        page.keyboard.press("End")
        assert page.locator("#call-go").is_visible()


class TestCopyButton:
    def test_of_a_sample_copies_the_very_file(self, demo, guidance):
        page = guidance(permissions=["clipboard-read", "clipboard-write"])
        page.locator("#call-node-tab").click()
        page.locator("#call-node").get_by_role("button", name="Copy node sample").click()
        page.get_by_text("copied.").wait_for(state="attached")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("// Call the demo with a service token.")
        assert f'"http://localhost:{demo.port}/service-token/"' in copied

    def test_of_a_value_copies_it(self, guidance):
        page = guidance(permissions=["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy name of the service token").click()
        page.get_by_text("copied.").wait_for(state="attached")
        assert page.evaluate("navigator.clipboard.readText()") == "barbican-demo-token"


class TestContents:
    def test_mark_what_is_being_read(self, guidance):
        page = guidance()
        marked = page.locator(".contents a[aria-current]")
        for anchor in ("how-this-works", "in-your-language", "keys"):
            page.evaluate(f"document.getElementById('{anchor}').scrollIntoView()")
            page.locator(f".contents a[href='#{anchor}'][aria-current]").wait_for()
            assert marked.count() == 1

    @pytest.mark.parametrize("fragment", ["request-host", "policy-terraform", "check-audience"])
    def test_what_a_link_names_is_opened_and_seen(self, demo, visit, fragment):
        url = f"http://localhost:{demo.port}/service-token/#{fragment}"
        page = visit(url, headers=demo.pair())
        page.locator(f"[id='{fragment}']").wait_for()
        assert 0 <= page.locator(f"[id='{fragment}']").bounding_box()["y"] < 900

    def test_a_link_to_a_heading_opens_what_is_folded_below_it(self, demo, visit):
        page = visit(f"http://localhost:{demo.port}/service-token/", headers=demo.pair())
        hops = page.get_by_text("computed here, for this request")
        assert hops.is_hidden()
        page.locator(".contents a[href='#journey']").click()
        hops.wait_for()

    @pytest.mark.parametrize("fragment", ["%", "%zz", "no-such-thing", "'\"", "main"])
    def test_a_strange_link_stops_no_script(self, demo, visit, fragment):
        url = f"http://localhost:{demo.port}/service-token/#{fragment}"
        page = visit(url, headers=demo.pair())
        assert page.get_by_role("tablist").count() > 3
        assert page.get_by_role("button", name="Copy").count() > 3


class TestWithoutJavaScript:
    def test_every_sample_is_there_under_its_heading(self, guidance):
        page = guidance(javascript=False)
        for anchor in ("call-curl", "call-go", "policy-terraform", "token-cli-python"):
            assert page.locator(f"[id='{anchor}']").is_visible()
        assert page.get_by_role("button", name="Copy").count() == 0


class TestSamplesPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 768, 1280])
    def test_is_open_to_everybody_accessible_and_fits(self, demo, visit, scheme, width):
        page = visit(f"http://localhost:{demo.port}/samples/", scheme=scheme, width=width)
        assert page.inner_text("h1") == "Samples"
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_opens_the_tab_that_a_demo_links_to(self, guidance):
        page = guidance()
        page.get_by_role("link", name="cloudflared sample", exact=True).click()
        page.wait_for_url("**/samples/#verify-cloudflared")
        assert page.locator("#verify-cloudflared").is_visible()
        assert page.locator("#verify-python").is_hidden()
