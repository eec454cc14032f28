"""Every component in every state, in a real Chromium, as a member of staff sees it."""

from __future__ import annotations

import pytest

from barbican.portal.styleguide.registry import COMPONENTS
from tests.e2e import proof
from tests.e2e.chromium import MARKS, SCHEMES, WIDTHS, overflow, sync_api, violations
from tests.e2e.staff import cookies
from tests.e2e.test_demo import Demo

pytestmark = MARKS
expect = sync_api.expect
SLUGS = [component.slug for component in COMPONENTS]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def staff(demo, chromium):
    """The cookies of somebody who came in by the admin's login."""
    return cookies(chromium, demo)


@pytest.fixture
def open_(demo, staff, visit):
    def open_(path, **more):
        return visit(f"http://localhost:{demo.port}{path}", storage_state=staff, **more)

    return open_


class TestIndex:
    def test_leads_to_every_component(self, open_):
        page = open_("/styleguide/")
        links = page.eval_on_selector_all(".specimens a", "all => all.map(a => a.pathname)")
        assert links == [f"/styleguide/{slug}/" for slug in SLUGS]
        assert violations(page) == []

    def test_is_not_there_for_anybody_else(self, demo, visit):
        page = visit(f"http://localhost:{demo.port}/styleguide/")
        assert page.inner_text("h1") == "Page not found"


class TestComponent:
    @pytest.mark.parametrize("slug", SLUGS)
    def test_is_accessible_and_fits(self, open_, slug):
        page = open_(f"/styleguide/{slug}/")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert violations(page) == [], (scheme, width)
                assert overflow(page) <= 0, width
            assert proof.clipped(page) + proof.spaced(page) + proof.small(page) == [], scheme
        assert proof.moving(page) + proof.bare(page) == []

    @pytest.mark.parametrize("slug", ["tabs", "paste", "checks"])
    def test_goes_by_the_keyboard_when_zoomed(self, open_, slug):
        page = open_(f"/styleguide/{slug}/", **proof.ZOOMED)
        assert proof.overflow(page) + proof.clipped(page) + proof.spaced(page) == []
        assert proof.keyboard(page, in_one_column=True) == []

    def test_is_whole_without_javascript(self, demo, open_):
        page = open_("/styleguide/", javascript=False, width=320)
        for slug in SLUGS:
            page.goto(f"http://localhost:{demo.port}/styleguide/{slug}/")
            assert page.locator(".specimen__frame").count() >= 1
            assert page.locator(".needs-js:visible").count() == 0
            assert overflow(page) <= 0, slug

    @pytest.mark.parametrize("slug", ["verdict", "flow", "status", "page-header", "tabs", "steps"])
    def test_is_readable_in_forced_colours_and_with_more_contrast(self, open_, slug):
        page = open_(f"/styleguide/{slug}/")
        for features in ({"forced_colors": "active"}, {"contrast": "more"}):
            page.emulate_media(**{"forced_colors": "none", "contrast": "no-preference", **features})
            assert violations(page) == [], features

    def test_of_the_flow_keeps_its_line_in_forced_colours(self, open_):
        page = open_("/styleguide/flow/", forced_colors="active")
        line, casing = (
            page.locator(f"#whole ~ .specimen__frame .flow__wide .flow__{name}").evaluate(
                "path => getComputedStyle(path).stroke"
            )
            for name in ("line", "casing")
        )
        assert line != casing


class TestTabs:
    def tabs(self, page, box=0):
        return page.locator("[role=tablist]").nth(box).locator("[role=tab]")

    def chosen(self, page):
        return page.locator("[role=tab][aria-selected=true]").all_inner_texts()

    def test_go_by_the_keyboard_and_come_round(self, open_):
        page = open_("/styleguide/tabs/")
        self.tabs(page).first.focus()
        for key, label in (
            ("ArrowRight", "API"),
            ("End", "CLI"),
            ("ArrowRight", "Dashboard"),
            ("ArrowLeft", "CLI"),
            ("Home", "Dashboard"),
        ):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.textContent") == label
            assert self.chosen(page) == [label, label]
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.role") == "tabpanel"

    def test_are_one_stop_of_the_keyboard(self, open_):
        page = open_("/styleguide/tabs/")
        assert page.locator("[role=tab][tabindex='0']").count() == 2

    def test_show_one_panel_and_keep_the_choice(self, open_):
        page = open_("/styleguide/tabs/")
        self.tabs(page, 1).nth(2).click()
        assert page.locator("[role=tabpanel]:visible").count() == 2
        page.reload()
        assert self.chosen(page) == ["Terraform", "Terraform"]

    def test_open_for_a_link_to_what_is_in_them(self, open_):
        page = open_("/styleguide/tabs/#second--second-cli")
        assert self.chosen(page) == ["CLI", "CLI"]
        page.evaluate("location.hash = 'first--first-api'")
        expect(page.locator("[aria-selected=true]").first).to_have_text("API")

    def test_are_plain_headed_parts_without_javascript_and_on_paper(self, open_):
        page = open_("/styleguide/tabs/", javascript=False)
        assert page.locator(".tabs__title:visible").count() == 8
        page = open_("/styleguide/tabs/")
        page.emulate_media(media="print")
        assert page.locator(".tabs__title:visible").count() == 8
        assert page.locator("[role=tablist]:visible").count() == 0


class TestCode:
    def test_copies_and_says_so_once(self, open_):
        page = open_("/styleguide/code/", permissions=["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy both commands").click()
        said = "Both commands: Without colours copied."
        expect(page.locator("#announcements")).to_have_text(said)
        assert page.evaluate("navigator.clipboard.readText()") == "make demo\nmake test <all>"

    def test_scrolls_inside_by_the_keyboard(self, open_):
        page = open_("/styleguide/code/", width=320)
        box = page.locator("pre").first
        box.focus()
        page.keyboard.press("ArrowRight")
        expect(box).not_to_have_js_property("scrollLeft", 0)


class TestThemes:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_are_chosen_and_kept_without_a_flash(self, open_, theme):
        other = "dark" if theme == "light" else "light"
        page = open_("/styleguide/", scheme=other)
        before = page.evaluate("getComputedStyle(document.body.parentNode).backgroundColor")
        page.locator(f".page-header input[value={theme}]").check(force=True)
        after = page.evaluate("getComputedStyle(document.body.parentNode).backgroundColor")
        assert after != before
        page.reload(wait_until="commit")
        page.wait_for_selector("h1")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == after

    def test_return_to_the_system(self, open_):
        page = open_("/styleguide/", scheme="dark")
        before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        page.locator(".page-header input[value=light]").check(force=True)
        page.locator(".page-header input[value='']").check(force=True)
        now = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert now == before


class TestHeader:
    def test_menu_opens_without_javascript_on_a_phone(self, open_):
        page = open_("/styleguide/", width=320, javascript=False)
        link = page.locator(".page-header nav a").first
        assert not link.is_visible()
        page.click(".menu > summary")
        assert link.is_visible()
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 44

    def test_first_stop_skips_to_the_content(self, open_):
        page = open_("/styleguide/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
