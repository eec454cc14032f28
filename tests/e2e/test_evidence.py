"""The evidence page's states in real Chromium, each by the headers of a real request."""

from __future__ import annotations

import json
import re
import time
from contextlib import ExitStack

import pytest

from barbican.access.shelf import Shelf
from tests import keyserver
from tests.e2e import proof
from tests.e2e.chromium import MARKS, sync_api, violations
from tests.e2e.stack import ROOT, Origin
from tests.issuer import ADMIN_AUD_TAG, AUD_TAG, CLIENT_ID, OTHER_AUD_TAG, OTHER_CLIENT_ID, Issuer
from tests.keyserver import KeyServer
from tests.portal.test_states import NAMES as STATES
from tests.portal.test_states import states

pytestmark = MARKS
expect = sync_api.expect

ASSERTION = "Cf-Access-Jwt-Assertion"
# Which kinds a demo welcomes is code, and no setting. The style guide shows that state.
NAMES = [name for name in STATES if name != "18 wrong kind"]
VERIFIED = "1 verified service token"
MARGIN = dict.fromkeys(("top", "right", "bottom", "left"), "12mm")


@pytest.fixture(scope="module")
def origins(signer, tmp_path_factory):
    """What stands behind each state: an origin, and who signs for its team."""
    with ExitStack() as stack:
        down = [stack.enter_context(KeyServer()) for _ in range(2)]
        stale, none = (Issuer(server.origin) for server in down)
        for server in down:
            server.behave(keyserver.status(503))
        shelf = Shelf(ROOT / ".keys", down[0].url)
        shelf.save(json.dumps(stale.jwks()).encode(), time.time() - 3 * 3_600)
        stack.callback(shelf.path.unlink)
        first = Origin(
            tmp_path_factory.mktemp("origin"),
            ACCESS_TEAM_DOMAIN=signer.team_domain,
            SERVICE_TOKEN_AUD=AUD_TAG,
            SERVICE_TOKEN_CLIENT_IDS=CLIENT_ID,
            ADMIN_AUD=ADMIN_AUD_TAG,
        )
        stack.callback(first.stop)
        found = {"": (first, signer)}
        for name, issuer, tag in (("12", stale, AUD_TAG), ("13", none, AUD_TAG), ("16", none, "")):
            origin = Origin(
                tmp_path_factory.mktemp("origin"),
                like=first,
                ACCESS_TEAM_DOMAIN=issuer.team_domain,
                SERVICE_TOKEN_AUD=tag,
            )
            stack.callback(origin.stop)
            found[name] = origin, issuer
        yield found
        assert "Traceback" not in "".join(origin.text() for origin, _ in found.values())


def headers(issuer, name):
    """Return what the state's request carries, by the names that a browser sends."""
    if name.startswith("19 "):
        return {ASSERTION: issuer.service_token(common_name=OTHER_CLIENT_ID)}
    return {
        key.removeprefix("HTTP_").replace("_", "-").title(): value
        for key, value in states(issuer)[name].headers.items()
    }


@pytest.fixture
def look(visit, origins):
    """Open the demo's page in a state."""

    def look(name, **how):
        origin, issuer = origins.get(name.split()[0], origins[""])
        url = f"http://localhost:{origin.port}/service-token/"
        page = visit(url, headers=headers(issuer, name), **how)
        assert page.inner_text(".verdict__headline") == states(issuer)[name].headline
        return page

    return look


def open_all(page):
    page.evaluate("document.querySelectorAll('.columns details').forEach(d => d.open = true)")


@pytest.mark.parametrize("name", NAMES)
class TestEveryState:
    def test_is_accessible_with_everything_open(self, look, name):
        page = look(name)
        open_all(page)
        for scheme, width in (("light", 320), ("dark", 1280)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == [], scheme
            found = proof.overflow(page) + proof.clipped(page) + proof.spaced(page)
            assert found + proof.small(page) == [], width

    def test_says_on_a_phones_first_screen_what_was_found_then_what_to_do(self, look, name):
        page = look(name, width=360)
        box = page.locator(".button--first").bounding_box()
        assert box["y"] + box["height"] <= 640
        order = (".verdict__headline", ".verdict__proof", ".button--first",
                 ".sides__later >> nth=0", ".verdict .findings", ".verdict__tools")  # fmt: skip
        boxes = [page.locator(each).bounding_box() for each in order if page.locator(each).count()]
        tops = [box["y"] for box in boxes]
        assert tops == sorted(tops)
        assert len(tops) >= 5

    def test_keeps_its_tools_in_one_row_and_prints_as_one_page(self, look, name):
        page = look(name)
        tools = [each.bounding_box()["y"] for each in page.locator(".tool").all()]
        assert len(tools) >= 2
        assert len(set(tools)) == 1
        for paper in ("A4", "Letter"):
            document = page.pdf(format=paper, margin=MARGIN)
            assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1, paper


@pytest.mark.parametrize("name", ["1 verified service token", "9 bad signature", "13 no keys"])
class TestEachTone:
    def test_is_whole_without_javascript(self, look, name):
        page = look(name, javascript=False)
        assert proof.dead(page) == []
        assert page.locator(".needs-js:visible").count() == 0
        for anchor in ("checks", "token", "headers", "keys", "how-this-works"):
            assert page.locator(f"#{anchor}").is_visible()

    def test_is_gone_through_by_the_keyboard_when_zoomed(self, look, name):
        page = look(name, **proof.ZOOMED)
        assert proof.overflow(page) + proof.clipped(page) == []
        assert proof.keyboard(page, in_one_column=True) == []


class TestHeaderFilter:
    @pytest.mark.parametrize("javascript", [True, False])
    def test_needs_no_script(self, look, javascript):
        page = look("1 verified service token", javascript=javascript)
        page.click("#headers > summary")
        rows = page.locator(".headers tbody tr:visible")
        everything = rows.count()
        page.check(".filter__access")
        assert rows.all_inner_texts()[0].startswith(ASSERTION)
        assert rows.count() == 1
        page.check(".filter__all")
        assert rows.count() == everything


class TestCountdown:
    def test_runs_in_words_and_as_a_bar(self, look):
        page = look("1 verified service token")
        before = page.locator("meter").evaluate("bar => bar.value")
        page.wait_for_function(
            "before => document.querySelector('meter').value < before", arg=before
        )
        assert page.locator("time[data-countdown]").inner_text().startswith("in ")
        assert page.locator("#announcements").inner_text() == ""

    @pytest.mark.parametrize("forced", ["none", "active"])
    def test_draws_its_bar_in_colours_of_our_own(self, look, forced):
        page = look(VERIFIED, forced_colors=forced)
        bar, pictures = page.locator(".proof meter"), set()
        for part in (1, 0.5, 0):
            # A copy: the countdown moves the real one.
            bar.evaluate(
                """(bar, part) => {
                  const still = bar.cloneNode();
                  still.value = bar.max * part;
                  bar.replaceWith(still);
                }""",
                part,
            )
            pictures.add(bar.screenshot())
        assert len(pictures) == 3


class TestSources:
    def test_are_large_enough_to_be_hit(self, look):
        page = look(VERIFIED)
        heights = page.locator(".source:visible").evaluate_all(
            "all => all.map(each => each.getClientRects()[0].height)"
        )
        assert min(heights) >= 24


class TestCopyButtons:
    def test_hold_the_whole_of_what_is_shortened(self, look):
        page = look("7b of nobody here")
        values = page.locator(".findings [data-copy]").evaluate_all(
            "all => all.map(each => each.dataset.copy)"
        )
        assert {AUD_TAG, OTHER_AUD_TAG} <= set(values)

    @pytest.mark.parametrize("name", ["Copy request ID", "Copy Client ID", "Copy as JSON"])
    def test_show_and_say_that_they_have_copied_and_move_nothing(self, look, name):
        page = look(VERIFIED, permissions=["clipboard-read", "clipboard-write"])
        button = page.locator(".copy, .button, .tool").filter(has_text=name).first
        before = button.bounding_box()
        button.click()
        said = name.removeprefix("Copy ").removeprefix("as ")
        expect(page.locator("#announcements")).to_have_text(f"{said[0].upper()}{said[1:]} copied.")
        shown = "each => getComputedStyle(each, '::after').content"
        assert button.evaluate(shown) == '"✓ Copied" / ""'
        assert button.bounding_box() == before

    @pytest.mark.parametrize(("touch", "least"), [(False, 28), (True, 44)])
    def test_are_large_enough_to_be_hit(self, look, touch, least):
        page = look(VERIFIED, width=360, has_touch=touch, is_mobile=touch)
        page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        buttons = page.locator(".copy--icon:visible")
        assert buttons.count() >= 4
        for box in (each.bounding_box() for each in buttons.all()):
            assert (box["width"], box["height"]) == (least, least)
        for name in page.get_by_role("button", name="Copy ").all_inner_texts():
            assert name

    def test_of_facts_form_a_column_at_the_end(self, look):
        page = look(VERIFIED)
        ends = page.locator(".facts .copy:visible").evaluate_all(
            "all => all.map(each => Math.round(each.getBoundingClientRect().right))"
        )
        assert len(ends) >= 2
        assert len(set(ends)) == 1


class TestFolds:
    @pytest.mark.parametrize("row", ["header-kid", "request-cf-ray"])
    def test_open_for_a_link_to_what_is_in_them(self, look, row):
        page = look(VERIFIED)
        assert not page.locator(f"#{row}").is_visible()
        page.evaluate("row => location.hash = row", row)
        expect(page.locator(f"#{row}")).to_be_in_viewport()


class TestPaper:
    def printed(self, page):
        """Return what is shown in print: text, and what the sheet puts in place of it."""
        page.emulate_media(media="print")
        return page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter(each => each.offsetParent)
              .flatMap(each => [each.title, ...[...each.childNodes]
                .filter(node => node.nodeType === 3 && getComputedStyle(each).fontSize !== "0px")
                .map(node => node.textContent)]).join(" ")"""
        )

    def test_has_every_identifier_whole_and_every_time_absolute(self, look, signer):
        page = look(VERIFIED)
        text = self.printed(page)
        for whole in (AUD_TAG, signer.key_id, signer.team_domain, CLIENT_ID):
            assert whole in text
        assert not re.search(r"\bin \d+ |\bago\b|just now", text)
        shown = "each => getComputedStyle(each, '::after').content"
        for which in ("time[data-countdown]", ".key code"):
            each = page.locator(which).first
            assert each.evaluate(shown) == f'"{each.get_attribute("title")}"'

    def test_has_what_was_expected_of_every_check(self, look):
        page = look(VERIFIED)
        page.emulate_media(media="print")
        assert page.locator(".checks td:nth-child(3):visible").count() == 12

    def test_has_the_reason_of_a_refusal(self, look):
        page = look("7b of nobody here")
        page.emulate_media(media="print")
        expect(page.locator("#check-audience td p").first).to_be_visible()
