"""
Every page of the portal and of the edge in real Chromium, by each way of reading it.

The matrix of axe is in the tests of each page: here is what axe does not see.
"""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing

import pytest

from tests.e2e import proof
from tests.e2e.chromium import MARKS, violations
from tests.e2e.test_demo import Demo

pytestmark = MARKS
ERRORS = {  # the status, where, and what is posted there
    "bad request": (400, "http://not_a_name.localhost:{origin}/", None),
    "nothing pasted": (400, "http://localhost:{edge}/troubleshooting/explain/", "paste="),
    "not allowed": (403, "http://localhost:{edge}/admin/login/", "username=grace"),
    "not found": (404, "http://localhost:{edge}/nothing-here/", None),
    "no such demo": (404, "http://nobody.localhost:{origin}/", None),
    "method not allowed": (405, "http://localhost:{edge}/troubleshooting/", "q=403"),
    "too much sent": (413, "http://localhost:{edge}/troubleshooting/explain/", "x" * 70_000),
}
PAGES = {
    "index": "http://localhost:{edge}/",
    "demo by path": "http://localhost:{edge}/service-token/",
    "demo by subdomain": "http://service-token.localhost:{edge}/",
    "demo round the edge": "http://localhost:{origin}/service-token/",
    "troubleshooting": "http://localhost:{edge}/troubleshooting/",
    "row": "http://localhost:{edge}/troubleshooting/access-403-token/",
    "form": "http://localhost:{edge}/troubleshooting/explain/",
    "explanation": "http://localhost:{edge}/troubleshooting/explain/?example=followed",
    "samples": "http://localhost:{edge}/samples/",
    "page not found": "http://localhost:{edge}/nothing-here/",
    "host not known": "http://not_a_name.localhost:{origin}/",
    "refusal of the edge": "http://127.0.0.1:{edge}/service-token/",
    "mailbox of the edge": "http://127.0.0.1:{api}/mailbox",
    "signed out": "http://localhost:{edge}/cdn-cgi/access/logout",
    "session not valid": "http://localhost:{edge}/cdn-cgi/access/authorized?nonce=x",
}
WITHOUT_A_PAIR = {"demo round the edge", "refusal of the edge"}
THE_SAME = {"demo by subdomain", "demo round the edge"}  # as the demo by path, when zoomed
SESSION = "a" * 32
FAULTS = {  # what is done to the sessions, and undone
    500: (
        f"INSERT INTO django_session VALUES ('{SESSION}', '', x'ff')",
        f"DELETE FROM django_session WHERE session_key = '{SESSION}'",
    ),
    503: (
        "ALTER TABLE django_session RENAME TO elsewhere",
        "ALTER TABLE elsewhere RENAME TO django_session",
    ),
}
BUDGETS = {  # how many requests, and bytes as they come through Cloudflare
    "index": (6, 25_000),
    "demo by path": (5, 45_000),
}
SCRIPTS = 8_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


def address(demo, pattern):
    return pattern.format(edge=demo.port, origin=demo.origin_port, api=demo.port + 1)


@pytest.fixture
def open_(demo, visit):
    def open_(name, **more):
        headers = {} if name in WITHOUT_A_PAIR else demo.pair()
        return visit(address(demo, PAGES[name]), headers=headers, **more)

    return open_


BAD = {
    "keyboard": {
        "not reached": "<a href=/>a</a><p style='height:9px' tabindex=0>b<script>addEventListener("
        "'keydown', (e) => document.activeElement.tabIndex === 0 && e.preventDefault())</script>",
        "out of order": "<a href=/ tabindex=2>a</a><a href=/ tabindex=1>b</a><a href=/>c</a>",
        "focus not seen": "<a href=/ style='outline:0'>a</a>",
        "covered": "<a href=/>a</a><p style='position:fixed;inset:0;background:red'>",
        "reads before": "<a href=/ style='position:absolute;top:99px'>a</a><a href=/>b</a>",
    },
    "overflow": {"px wider": "<p style='width:200vw'>a"},
    "clipped": {"clipped": "<p style='width:9px;overflow:hidden'>incomprehensible"},
    "spaced": {"spaced": "<p style='width:3.2em;overflow:clip;font:20px monospace'>seven"},
    "small": {"small": "<button style='height:20px'>a long name</button>"},
    "moving": {"moves": "<p style='transition:color 1s'>a"},
    "bare": {"no edge": "<button style='border:0'>a</button>"},
    "dead": {"dead": "<button>a</button>", "hidden": "<main><h2 hidden>a</h2></main>"},
}
CASES = [(name, complaint) for name, cases in BAD.items() for complaint in cases]


class TestProof:
    @pytest.mark.parametrize(("name", "complaint"), CASES)
    def test_complains_of_a_page_that_does_not_hold(self, visit, name, complaint):
        page = visit("about:blank")
        page.set_content(f"<!doctype html>{BAD[name][complaint]}")
        how = {"in_one_column": True} if name == "keyboard" else {}
        assert complaint in " ".join(getattr(proof, name)(page, **how))


@pytest.mark.parametrize("name", PAGES)
class TestEveryPage:
    def test_holds_on_a_desk(self, open_, name):
        page = open_(name)
        for each in (proof.clipped, proof.spaced, proof.small, proof.moving, proof.bare):
            assert each(page) == [], each.__name__
        page.emulate_media(forced_colors="active")
        assert proof.keyboard(page) == []

    def test_holds_without_javascript(self, open_, name):
        page = open_(name, javascript=False)
        assert proof.dead(page) == []
        assert page.locator("main .tabs__panel:not(:visible)").count() == 0


class TestZoom:
    @pytest.mark.parametrize("name", [name for name in PAGES if name not in THE_SAME])
    def test_of_four_times_holds(self, open_, name):
        page = open_(name, **proof.ZOOMED)
        for each in (proof.overflow, proof.clipped, proof.spaced, proof.small):
            assert each(page) == [], each.__name__
        assert proof.keyboard(page, in_one_column=True) == []


class TestKeyboard:
    def test_skips_sets_the_theme_opens_and_copies(self, open_):
        page = open_("demo by path", permissions=["clipboard-read", "clipboard-write"])
        press = page.keyboard.press
        page.locator(".theme input:checked").focus()
        press("ArrowRight")
        press("ArrowRight")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.locator("#check-audience summary").focus()
        press("Enter")
        assert page.locator("#check-audience details[open]").count() == 1
        page.locator(".verdict .copy").first.focus()
        press("Space")
        page.get_by_text("copied.").wait_for(state="attached")
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        press("Tab")
        press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('main'))")


class TestForcedColours:
    def test_keep_verdicts_and_the_chosen_tab_apart(self, open_):
        seen = []
        for name in ("demo by path", "demo round the edge"):
            page = open_(name, forced_colors="active")
            panel = page.locator(".verdict")
            style = panel.evaluate("e => [getComputedStyle(e).borderTopStyle, e.ariaLabel]")
            icon = panel.locator("svg use").first.get_attribute("href")
            seen.append((icon, page.inner_text(".verdict__headline")))
            assert style[0] == "solid"
            chosen, other = (
                page.locator(f"[role=tab][aria-selected={value}]").first.evaluate(
                    "e => getComputedStyle(e).borderBottomColor"
                )
                for value in ("true", "false")
            )
            assert chosen != other
        (icon, words), (other_icon, other_words) = seen
        assert icon != other_icon
        assert words != other_words


class TestErrorPage:
    def holds(self, page, status, answered):
        assert answered == [status]
        for scheme, width in (("light", 320), ("dark", 1280)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == [], scheme
            assert proof.overflow(page) + proof.clipped(page) + proof.spaced(page) == []
        assert proof.keyboard(page) == []

    @pytest.mark.parametrize("name", ERRORS)
    def test_of_a_bad_request_holds(self, demo, visit, name):
        status, pattern, posted = ERRORS[name]
        page, answered = visit("about:blank"), []
        if posted is not None:
            page.route("**", lambda route: post(route, posted))
        page.on("response", lambda answer: note_status(answer, answered))
        page.goto(address(demo, pattern))
        self.holds(page, status, answered)

    @pytest.mark.parametrize("status", FAULTS)
    def test_of_a_fault_holds(self, demo, visit, status):
        page, answered = visit("about:blank", headers={"Cookie": f"sessionid={SESSION}"}), []
        page.on("response", lambda answer: note_status(answer, answered))
        harm, cure = FAULTS[status]
        run(demo, harm)
        try:
            page.goto(address(demo, "http://localhost:{edge}/admin/"))
        finally:
            run(demo, cure)
        self.holds(page, status, answered)


def post(route, body):
    if not route.request.is_navigation_request():
        return route.continue_()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    headers = {**route.request.headers, **kind}
    return route.continue_(method="POST", post_data=body, headers=headers)


def note_status(answer, answered):
    if answer.request.is_navigation_request():
        answered.append(answer.status)


def run(demo, statement):
    path = demo.folder / "state" / "demo.sqlite3"
    with closing(sqlite3.connect(path, timeout=10)) as database, database:
        database.execute(statement)


class TestCold:
    @pytest.mark.parametrize("name", BUDGETS)
    def test_asks_for_little_and_of_nobody_else(self, demo, open_, name):
        page, sizes, scripts = open_(name), {}, []
        page.context.clear_cookies()
        session = page.context.new_cdp_session(page)
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})

        def add(request):
            size = request.sizes()["responseBodySize"]
            if request.is_navigation_request():  # compressed on the way, by Cloudflare
                size = len(gzip.compress(request.response().body(), 6))
            if request.resource_type == "script":
                scripts.append(size)
            sizes[request.url] = size

        page.on("requestfinished", add)
        page.reload(wait_until="networkidle")
        requests, most = BUDGETS[name]
        assert len(sizes) <= requests
        assert all(each.startswith(f"http://localhost:{demo.port}/") for each in sizes)
        assert sum(sizes.values()) <= most
        assert len(scripts) == 2
        assert sum(scripts) <= SCRIPTS
