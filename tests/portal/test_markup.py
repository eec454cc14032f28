"""The markup of every page, in every state: what a parser, a screen reader and a link need."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.test import RequestFactory
from justhtml import JustHTML

from barbican.portal import errors, markdown
from barbican.portal.registry import demo_slugs
from barbican.portal.styleguide.registry import COMPONENTS
from barbican.portal.troubleshooting import matrix
from tests.portal import test_states
from tests.portal.explaining.pastes import MARKS, http

pytestmark = pytest.mark.django_db
bring_about = test_states.bring_about
ROWS = [f"/troubleshooting/{code}/" for code in matrix.rows()]
OPEN = ["/", "/troubleshooting/", "/troubleshooting/explain/", "/samples/"]
ADMIN = [
    "/admin/", "/admin/portal/demo/", "/admin/portal/demo/1/change/",
    "/admin/portal/demo/1/history/", "/admin/portal/callout/1/change/", "/admin/password_change/",
]  # fmt: skip
STYLEGUIDE = ["/styleguide/", *(f"/styleguide/{component.slug}/" for component in COMPONENTS)]
OF_DJANGO = ("no caption", "no scope: Service Token")  # what the stock lists of the admin lack
OF_ERRORS = ["4 headings of the first level"]  # three whole error pages, shown within a page
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "list")


def parsed(page):
    # Sanitised, it would have none of what is looked for here.
    return JustHTML(page, strict=True, sanitize=False)


def faults(page):
    """Return what is wrong with a document. Strict parsing raises by itself."""
    document = parsed(page)
    ids = [element.attrs["id"] for element in document.query("[id]")]
    yield from {f"id twice: {name}" for name in ids if ids.count(name) > 1}
    for link in document.query('[href^="#"]'):
        if link.attrs["href"][1:] not in ids:
            yield f"leads nowhere: {link.attrs['href']}"
    for attribute in REFERENCES:
        for element in document.query(f"[{attribute}]"):
            missing = set(element.attrs[attribute].split()) - set(ids)
            yield from (f"{attribute} of nothing: {name}" for name in missing)
    yield from faults_of_outline(document)
    yield from faults_of_tables(document)


def faults_of_outline(document):
    levels = [int(each.name[1]) for each in document.query("h1, h2, h3, h4, h5, h6")]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} headings of the first level"
    for before, level in pairwise(levels):
        if level > before + 1:
            yield f"h{level} after h{before}"
    if not document.query("html")[0].attrs.get("lang"):
        yield "no language"
    if len(document.query("title")) != 1 or not title(document):
        yield "not one title"


def faults_of_tables(document):
    written = document.query(".prose table")  # by an editor: Markdown has no captions
    for table in document.query("table"):
        if not table.query("caption") and table not in written:
            yield f"no caption: {table.to_text()[:40]}"
        for cell in table.query("th"):
            if cell.attrs.get("scope") not in {"col", "row", "colgroup", "rowgroup"}:
                yield f"no scope: {cell.to_text()[:40]}"


def title(document):
    return " ".join(element.to_text().strip() for element in document.query("head title"))


class TestFaults:
    WHOLE = (
        "<!doctype html><html lang=en><head><title>a</title></head><body><h1 id=x>a</h1>"
        "<h2><a href='#x'>b</a></h2><table><caption>c</caption><tr><th scope=col>d</table>"
    )

    def test_are_none_in_what_is_whole(self):
        assert list(faults(self.WHOLE)) == []

    @pytest.mark.parametrize(
        ("before", "after", "fault"),
        [
            ("<h2>", "<h2 id=x>", "id twice: x"),
            ("'#x'", "'#y'", "leads nowhere: #y"),
            ("<h2>", "<h2 aria-labelledby='x y'>", "aria-labelledby of nothing: y"),
            ("<h2>", "<label for=z>z</label><h2>", "for of nothing: z"),
            ("<h2>", "<h3>c</h3><h2>", "h3 after h1"),
            ("<h1 id=x>", "<p id=x>", "0 headings of the first level"),
            (" lang=en", "", "no language"),
            ("<title>a</title>", "<title></title>", "not one title"),
            ("<caption>c</caption>", "", "no caption: d"),
            (" scope=col", "", "no scope: d"),
        ],
    )
    def test_are_told(self, before, after, fault):
        page = self.WHOLE.replace(before, after)
        closing = {"<h1 id=x>": ("</h1>", "</p>")}.get(before)
        assert fault in faults(page.replace(*closing) if closing else page)


class TestMarkdown:
    @pytest.mark.parametrize("rule", ["-|-", ":-|-:"])
    def test_of_a_table_names_its_columns(self, rule):
        html = markdown.render(f"a|b\n{rule}\nc|d")
        assert html.count('<th scope="col">') == 2


class TestPage:
    @pytest.mark.parametrize("path", [*OPEN, *(f"/{slug}/" for slug in demo_slugs())])
    def test_of_everybody_is_whole(self, client, seeded, team, path):
        assert list(faults(client.get(path).content.decode())) == []

    def test_of_every_row_is_whole(self, client, seeded, team):
        for path in ROWS:
            assert list(faults(client.get(path).content.decode())) == [], path

    def test_of_an_explanation_is_whole(self, client, seeded, team):
        url = "/troubleshooting/explain/"
        for body in (http(403, *MARKS), "nothing of the kind", ""):
            answer = client.post(url, {"paste": body})
            assert list(faults(answer.content.decode())) == [], body

    @pytest.mark.parametrize("status", errors.FAULTS)
    def test_of_an_error_is_whole(self, db, status):
        request = RequestFactory().get("/", HTTP_HOST="localhost")
        request.id, request.portal = "8f3b2a1c9d7e6f50-LHR", ""
        assert list(faults(errors.respond(request, status).content.decode())) == []

    @pytest.mark.parametrize("path", STYLEGUIDE)
    def test_of_the_style_guide_is_whole(self, editor, path):
        # A specimen is a part of another page, and points to the rest of that page.
        page = editor.get(path).content.decode()
        found = [fault for fault in faults(page) if not fault.startswith("leads nowhere")]
        assert found == (OF_ERRORS if path == "/styleguide/error/" else [])

    @pytest.mark.parametrize("path", ADMIN)
    def test_of_the_admin_is_whole(self, editor, seeded, path):
        answer = editor.get(path)
        assert answer.status_code == 200
        found = faults(answer.content.decode())
        assert [fault for fault in found if not fault.startswith(OF_DJANGO)] == []

    @pytest.mark.parametrize("path", ["/admin/login/"])
    def test_of_the_login_is_whole(self, client, seeded, path):
        assert list(faults(client.get(path).content.decode())) == []


@pytest.mark.parametrize("name", test_states.NAMES)
class TestState:
    def test_is_whole(self, bring_about, name):
        assert list(faults(bring_about(name)[1]("html").content.decode())) == []


class TestTitle:
    def test_is_each_pages_own(self, editor, seeded, team):
        paths = [*OPEN, *ROWS, *(f"/{slug}/" for slug in demo_slugs()), *STYLEGUIDE, *ADMIN]
        titles = {path: title(parsed(editor.get(path).content.decode())) for path in paths}
        assert len(set(titles.values())) == len(titles), sorted(titles.values())
