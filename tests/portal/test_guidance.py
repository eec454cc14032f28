from __future__ import annotations

import itertools
import re

import pytest
from justhtml import JustHTML

from barbican.portal import callouts, samples
from barbican.portal.headings import addressed
from barbican.portal.highlighting import highlight
from barbican.portal.markdown import render
from barbican.portal.models import Section
from barbican.portal.shipped import CalloutCopy
from tests.issuer import AUD_TAG, SUBDOMAIN_AUD_TAG

pytestmark = pytest.mark.django_db


def callout(sentence, key="k", body="A correction."):
    return CalloutCopy(key, "today", f"title {key}", sentence, body, render(body), "Docs", "", "")


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def show(client, body):
    """Return a page that has these words alone."""
    section = Section.objects.get(anchor="routing")
    Section.objects.exclude(pk=section.pk).delete()
    section.body = body
    section.save()
    return client.get("/service-token/").content.decode()


class TestCallout:
    @pytest.mark.parametrize(
        ("text", "sentence", "before", "after"),
        [
            ("One. Two.\n\nThree.", "One.", "Two.", "Three."),
            ("One. Two.\n\nThree.", "Three.", "Three.", None),
            ("1. one\n2. two\n\nThree.", "one", "one", "two"),
            ("A **bold one** and `code`.\n\nB.", "A **bold one** and `code`.", "code", "B."),
            ("One.\n\nTwo.", "nowhere to be found", "Two.", None),
            ("One.\n\nTwo.", "", "Two.", None),
            ("a < b & c\n\nB.", "a < b & c", "c", "B."),
        ],
    )
    def test_stands_behind_the_block_of_its_sentence(self, text, sentence, before, after):
        html = callouts.placed(render(text), [callout(sentence)])
        JustHTML(f"<!doctype html><title>t</title>{html}", strict=True)
        words = plain(html)
        assert words.index(before) < words.index("Cloudflare today")
        if after:
            assert words.index("Cloudflare today") < words.index(after)

    def test_of_a_list_item_stays_in_the_item(self):
        html = callouts.placed(render("1. one\n2. two"), [callout("one")])
        assert re.search(
            r"<li>one\s*<div class=\"callout.*</div>\s*</li>\s*<li>two", html, re.DOTALL
        )

    def test_two_beside_one_paragraph_keep_their_order(self):
        found = callouts.placed(render("One. Two."), [callout("One.", "a"), callout("Two.", "b")])
        assert found.index("title a") < found.index("title b")

    def test_in_markdown_is_a_quotation_behind_its_paragraph(self):
        found = callouts.written("One.\n\nTwo.", [callout("One."), callout("gone", "b")])
        assert found.index("One.") < found.index("> **Cloudflare today: title k.**")
        assert found.index("title k") < found.index("Two.") < found.index("title b")
        assert "> Source: Docs" in found

    def test_that_could_run_is_neutralised(self, client, seeded):
        section = Section.objects.get(anchor="routing")
        section.callouts.create(
            key="hostile",
            title="<script>alert(1)</script>",
            body="<script>alert(2)</script> [x](javascript:alert(3))",
            source_label="<img src=x>",
        )
        page = client.get("/service-token/").content.decode()
        assert "<script>alert" not in page
        assert 'href="javascript' not in page
        assert "<img src=x>" not in page


class TestHighlighting:
    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ("a.py", 'x = "</code><script>"  # <b>\n'),
            ("a.sh", 'echo "$A" <<E # \'\nE\n'),
            ("a.go", "package main // <i>\n"),
            ("a.yml", "a: [1, '<']\n"),
            ("a.ps1", "$a = '<'\n"),
            ("a.tf", 'a = "${b}"\n'),
            ("a.mjs", "const a = `<${b}`;\n"),
        ],
    )
    def test_changes_no_character_and_escapes_all(self, file, text):
        html = highlight(text, file)
        assert "<script>" not in html
        tree = JustHTML(f"<!doctype html><title>t</title><pre>{html}</pre>", strict=True)
        assert tree.query("pre")[0].to_text(separator="", strip=False).strip() == text.strip()

    def test_marks_with_the_tags_that_have_a_colour_only(self):
        found = {
            tag
            for group in samples.groups().values()
            for each in group.samples
            if not each.is_prose
            for tag in re.findall(r"<([a-z][^>]*)>", each.html)
        }
        assert found == {"b", "i", "u"}


class TestBlock:
    def test_of_values_has_this_installations(self, client, seeded, team):
        page = show(client, "{{ values }}")
        for value in (AUD_TAG, SUBDOMAIN_AUD_TAG, team.team_domain, "barbican-demo-token"):
            assert f"<code>{value}</code>" in page
            assert f'data-copy="{value}"' in page

    def test_of_values_says_what_is_not_set_up(self, client, seeded):
        page = show(client, "{{ values }}")
        assert page.count("not set up here yet") == 2

    def test_of_samples_shows_every_file_with_this_address(self, client, seeded, settings):
        settings.BASE_DOMAIN = "portal.example"
        settings.ALLOWED_HOSTS = settings.PORTAL_HOSTS = ["portal.example"]
        section = Section.objects.get(anchor="routing")
        section.body = "{{ samples call }}\n\n{{ samples application }}"
        section.save()
        page = client.get("/service-token/", HTTP_HOST="portal.example:8443").content.decode()
        for each in samples.groups()["call"].samples:
            assert f'id="{each.id}"' in page
            assert f"samples/{each.file}" in page
        assert "http://portal.example:8443/service-token/" in page
        assert "portal.example/service-token service-token.portal.example" in page  # no port
        assert "barbicancloud" not in page

    def test_that_is_unknown_or_comes_twice_stays_as_written(self, client, seeded):
        page = show(client, "{{ samples nothing }}\n\n{{ samples call }}\n\n{{ samples call }}")
        assert "<p>{{ samples nothing }}</p>" in page
        assert page.count("{{ samples call }}") == 1
        anchors = re.findall(r'\sid="([^"]+)"', page)
        assert len(anchors) == len(set(anchors))

    def test_of_hops_numbers_each_heading(self, client, seeded):
        page = client.get("/service-token/").content.decode()
        hops = page.partition('id="the-way-of-a-request"')[2].partition("</ol>")[0]
        assert hops.count('class="steps__title"') == 6
        assert "http://localhost/service-token/" in hops


class TestHeadings:
    @pytest.mark.parametrize("path", ["/service-token/", "/samples/"])
    def test_never_skip_a_level_where_no_script_makes_tabs(self, client, seeded, path):
        page = client.get(path).content.decode()
        levels = [int(level) for level in re.findall(r"<h([1-6])\b", page)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


class TestAddresses:
    @pytest.mark.parametrize(
        ("html", "expected"),
        [
            ("<h3>1. Generate it</h3>", '<h3 id="a--1-generate-it">'),
            ("<h4>One &amp; two</h4>", '<h4 id="a--one-two">'),
            ("<h3><code>aud</code> tags</h3>", '<h3 id="a--aud-tags">'),
            ("<h3>…</h3>", '<h3 id="a--part">'),
        ],
    )
    def test_are_made_of_the_words(self, html, expected):
        found = addressed(html, "a")
        assert found.startswith(expected)
        assert f'<a class="permalink" href="#{re.search("id=.([^ >]+).>", found)[1]}">' in found

    def test_of_the_same_words_differ(self):
        found = addressed("<h3>Again</h3><h3>Again</h3>", "a")
        assert re.findall(r'id="([^"]+)"', found) == ["a--again", "a--again-2"]

    def test_hold_no_link_in_a_link(self):
        html = '<h3>See <a href="https://example.com/">this</a></h3>'
        assert addressed(html, "a") == html.replace("<h3>", '<h3 id="a--see-this">')

    def test_take_no_address_of_the_page(self, client, seeded):
        page = show(client, "### Checks\n\n### Main\n\n### Token")
        anchors = re.findall(r'\sid="([^"]+)"', page)
        assert len(anchors) == len(set(anchors))
        assert 'href="#routing--checks"' in page

    def test_every_heading_but_the_title_has_one(self, client, seeded):
        page = client.get("/service-token/").content.decode()
        headings = re.findall(r"<h[2-4]\b.*?</h[2-4]>", page, re.DOTALL)
        assert len(headings) > 30
        assert [each for each in headings if "permalink" not in each] == []


class TestMarkdownForm:
    def test_has_callouts_samples_and_values(self, client, seeded, team):
        text = client.get("/service-token/?format=md").content.decode()
        assert "> **Cloudflare today: 401, 403 or 302.**" in text
        assert "```python\n" in text
        assert f"- AUD tag 1: `{min(AUD_TAG, SUBDOMAIN_AUD_TAG)}`" in text
        assert "### The way of a request" in text
        assert "[Python](http://localhost/samples/#verify-python)" in text
        assert "{{" not in re.sub(r"\$\{\{.*?\}\}", "", text)
        assert "Xpath" not in text


class TestSamplesPage:
    def test_shows_every_group_to_everybody(self, client, db):
        answer = client.get("/samples/")
        page = answer.content.decode()
        assert answer.status_code == 200
        JustHTML(page, strict=True)
        anchors = set(re.findall(r'\sid="([^"]+)"', page))
        for group in samples.groups().values():
            assert {group.name, *(each.id for each in group.samples)} <= anchors
        assert re.findall(r"X\w+X", page) == []

    def test_is_markdown_for_a_terminal(self, client, db):
        answer = client.get("/samples/", HTTP_USER_AGENT="curl/8", HTTP_ACCEPT="*/*")
        assert answer["Content-Type"] == "text/markdown; charset=utf-8"
        assert "```go\n" in answer.content.decode()
        assert client.post("/samples/").status_code == 405

    @pytest.mark.parametrize("form", ["html", "md"])
    def test_need_not_be_fetched_again(self, client, db, form):
        first = client.get("/samples/", {"format": form})
        assert (first["Cache-Control"], first["Vary"]) == ("no-cache", "Accept, User-Agent")
        again = client.get("/samples/", {"format": form}, HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert (again["ETag"], again["Vary"]) == (first["ETag"], first["Vary"])
        assert client.head("/samples/", {"format": form})["ETag"] == first["ETag"]
        other = client.get("/samples/", {"format": form}, HTTP_IF_NONE_MATCH='"another"')
        assert (other.status_code, other.content) == (200, first.content)
        elsewhere = client.get(
            "/samples/",
            {"format": form},
            HTTP_HOST="localhost:81",
            HTTP_IF_NONE_MATCH=first["ETag"],
        )
        assert elsewhere.status_code == 200

    def test_has_what_a_demo_links_to(self, client, seeded):
        page = client.get("/service-token/").content.decode()
        linked = set(re.findall(r'href="http://localhost/samples/#([^"]+)"', page))
        anchors = set(re.findall(r'\sid="([^"]+)"', client.get("/samples/").content.decode()))
        assert linked
        assert linked <= anchors
