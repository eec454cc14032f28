"""Real Chromium in the admin, as an editor of the words sees it."""

from __future__ import annotations

from itertools import product

import pytest

from tests.e2e import proof
from tests.e2e.chromium import MARKS, SCHEMES, WIDTHS, sync_api, violations
from tests.e2e.staff import cookies, sign_in
from tests.e2e.test_demo import Demo

pytestmark = MARKS
expect = sync_api.expect


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def staff(demo, chromium):
    return cookies(chromium, demo)


@pytest.fixture
def open_(demo, staff, visit):
    """Open a page of the admin as an editor who has signed in, through the edge."""

    def open_(path, **options):
        page = visit(f"http://localhost:{demo.port}{path}", storage_state=staff, **options)
        assert page.url.endswith(f":{demo.port}{path}")
        return page

    return open_


def body_of(page, anchor):
    """Return the text box of a section."""
    return page.locator(f".inline-related:has(input[value='{anchor}']) textarea")


class TestEditor:
    def test_edits_a_section_through_the_edge(self, demo, visit, open_):
        page = open_("/admin/")
        page.click("text=Demos >> nth=0")
        page.click("th a >> text=Service Token")
        body_of(page, "routing").fill("Two doors, **edited**.")
        page.click("input[name=_save] >> nth=0")
        assert "was changed successfully" in page.inner_text(".messagelist")
        shown = visit(f"http://localhost:{demo.port}/service-token/", headers=demo.pair())
        assert "Two doors, edited." in shown.inner_text("main")

    def test_adopts_a_correction_from_the_page_of_the_demo(self, demo, visit, open_):
        page = open_("/admin/portal/demo/1/change/")
        page.click("text=rotation with a grace period")
        assert "beside its sentence" in page.inner_text("#content")
        page.click("input[name=_adopt]")
        assert "is the text now" in page.inner_text(".messagelist")
        shown = visit(f"http://localhost:{demo.port}/service-token/", headers=demo.pair())
        assert "Rotation must be handled manually" not in shown.inner_text("main")
        page.click("th a >> text=rotation with a grace period")
        page.click("input[name=_show]")
        shown = visit(f"http://localhost:{demo.port}/service-token/", headers=demo.pair())
        assert "Rotation must be handled manually" in shown.inner_text("main")

    @pytest.mark.parametrize("javascript", [True, False])
    def test_previews_what_is_typed_in_a_tab_of_its_own(self, demo, visit, open_, javascript):
        page = open_("/admin/portal/demo/1/change/", javascript=javascript)
        body_of(page, "routing").fill("Two doors, **previewed**.")
        with page.context.expect_page() as opened:
            page.click("input[name=_preview] >> nth=0")
        preview = opened.value
        assert "Two doors, previewed." in preview.inner_text("main")
        assert "Preview: not published" in preview.inner_text(".callout >> nth=0")
        if javascript:
            assert violations(preview) == []
        assert body_of(page, "routing").input_value() == "Two doors, **previewed**."
        shown = visit(f"http://localhost:{demo.port}/service-token/", headers=demo.pair())
        assert "previewed" not in shown.inner_text("main")

    def test_is_offered_what_was_typed_and_not_saved(self, demo, visit, staff):
        page = visit("about:blank")
        sign_in(page, demo)  # a session of its own: it ends here
        change = f"http://localhost:{demo.port}/admin/portal/demo/1/change/"
        page.goto(change)
        saved = body_of(page, "routing").input_value()
        kept = page.locator(".kept")

        def lose(words):
            body_of(page, "routing").fill(words)
            page.goto(change)

        lose("Typed and lost.")
        expect(kept).to_contain_text("kept them: Body of “Routing”")
        assert body_of(page, "routing").input_value() == saved
        assert violations(page) == []
        page.click("text=Restore them")
        expect(body_of(page, "routing")).to_have_value("Typed and lost.")
        body_of(page, "routing").fill(" ")
        page.click("input[name=_save] >> nth=0")
        expect(page.locator(".errornote")).to_be_visible()
        expect(kept).to_have_count(0)
        body_of(page, "routing").fill("Typed and saved.")
        page.click("input[name=_save] >> nth=0")
        expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
        page.goto(change)
        assert body_of(page, "routing").input_value() == "Typed and saved."
        expect(kept).to_have_count(0)
        lose("Typed and not wanted.")
        page.click("text=Discard them")
        expect(kept).to_have_count(0)
        page.goto(change)
        expect(kept).to_have_count(0)
        lose("Typed before leaving.")
        expect(kept).to_have_count(1)
        page.click("#logout-form button")
        page.wait_for_url("**/admin/logout/")
        assert page.evaluate("({ ...sessionStorage })") == {}

    def test_sees_the_whole_list_of_demos(self, open_):
        page = open_("/admin/portal/demo/", viewport={"width": 1280, "height": 900})
        wide = "document.querySelector('#result_list').parentElement"
        assert page.evaluate(f"{wide}.scrollWidth - {wide}.clientWidth") <= 0

    def test_finds_the_login_accessible(self, demo, visit):
        page = visit(f"http://localhost:{demo.port}/admin/")
        assert violations(page) == []

    @pytest.mark.parametrize(
        "path",
        [
            "/admin/",
            "/admin/portal/demo/",
            "/admin/portal/demo/1/change/",
            "/admin/portal/demo/1/upload/",
            "/admin/portal/demo/1/history/",
            "/admin/portal/demo/1/history/1/",
            "/admin/portal/demo/1/history/1/changes/",
            "/admin/portal/callout/",
            "/admin/portal/callout/1/change/",
            "/admin/portal/callout/1/history/",
        ],
    )
    def test_finds_every_page_accessible(self, open_, path):
        page = open_(path, reduced_motion="reduce")  # the admin's colours fade from theme to theme
        for scheme, width in product(SCHEMES, WIDTHS):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == [], (scheme, width)


class TestReader:
    """Somebody who has no mouse, no script, or another size of text."""

    PATHS = (
        "/admin/",
        "/admin/portal/demo/",
        "/admin/portal/demo/1/change/",
        "/admin/portal/demo/1/upload/",
        "/admin/portal/demo/1/history/",
        "/admin/portal/demo/1/history/1/changes/",
    )

    def holds(self, page):
        for each in (proof.small, proof.moving, proof.bare, proof.keyboard):
            assert each(page) == [], each.__name__

    @pytest.mark.parametrize("path", PATHS)
    def test_goes_through_every_page(self, open_, path):
        page = open_(path)
        self.holds(page)
        page.set_viewport_size({"width": 320, "height": 256})
        assert proof.overflow(page) == []

    @pytest.mark.parametrize("path", PATHS[1:])
    def test_meets_no_dead_control_without_javascript(self, open_, path):
        page = open_(path, javascript=False)
        assert proof.dead(page) == []

    def test_goes_through_the_login(self, demo, visit):
        url = f"http://localhost:{demo.port}/admin/login/"
        self.holds(visit(url))
        page = visit(url, **proof.ZOOMED)
        assert proof.overflow(page) + proof.keyboard(page, in_one_column=True) == []
        assert proof.dead(visit(url, javascript=False)) == []
