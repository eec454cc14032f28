from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from barbican.portal import copy, samples, shipped
from barbican.portal.editing import adopting
from barbican.portal.markdown import render_inline
from barbican.portal.models import Callout, Demo, Section
from barbican.portal.registry import demos
from tests.portal.test_admin import callout_form

pytestmark = pytest.mark.django_db

OWNERS_PAGE = Path(__file__).with_name("source_page.txt").read_text(encoding="utf-8")
# Drawn by the page itself: the way back with the badge, and the heading of the evidence.
DRAWN = {"← Barbican Identity Demo Token", "Auth Status"}
NUMBER = re.compile(r"^\s*\d\. (?=Zero|Name|Copy|Domain|Add a policy)")


def sentences():
    """Return each line and paragraph of the page as its owner wrote it."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*\d\. )", OWNERS_PAGE)
    found = [" ".join(NUMBER.sub("", block).split()) for block in blocks]
    return [each for each in found if each and each not in DRAWN]


def visible(page):
    """Return what a reader sees of a page's words, on one line."""
    filled = (
        f"{each.heading} "
        + copy.fill_in(each.html, page.slug, "https://barbicancloud.co.uk", is_html=True)
        for each in page.sections
    )
    text = html.unescape(re.sub(r"<[^>]+>", "", " ".join(filled)))
    return " ".join(text.split())


class TestShips:
    @pytest.mark.parametrize("words", sentences())
    def test_the_owners_words_to_the_letter(self, words):
        page = shipped.load(demos()["service-token"])
        assert words in f"{page.title} {page.summary} {visible(page)}"

    def test_all_of_the_owners_words(self):
        assert len(sentences()) == 23
        assert sentences()[1].startswith("Cloudflare Access machine-to-machine authentication")

    def test_a_callout_beside_every_sentence_that_has_aged(self):
        page = shipped.load(demos()["service-token"])
        corrections = [
            (section, callout)
            for section in page.sections
            for callout in section.callouts
            if callout.kind == "today"
        ]
        assert len(corrections) == 13
        for section, callout in corrections:
            assert callout.sentence in section.body, callout.key
            assert render_inline(callout.sentence) in section.html, callout.key
            assert "\n\n" not in callout.body
            assert callout.source_url.startswith("https://developers.cloudflare.com/")
            assert callout.checked == "November 2026"

    def test_only_samples_and_values_that_are_there(self):
        page = shipped.load(demos()["service-token"])
        named = re.findall(r"\{\{ (?:samples|links) ([a-z-]+) \}\}", str(page))
        assert set(named) == set(samples.groups())

    def test_the_owners_headings_and_summary(self):
        page = shipped.load(demos()["service-token"])
        assert [each.heading for each in page.sections if each.heading in OWNERS_PAGE] == [
            "Service token authentication",
            "How This Works",
            "Cloudflare Configuration",
            "Making Authenticated Requests",
            "Routing",
        ]
        assert (page.title, page.badge) == ("Service Token", "Token")
        assert page.summary.startswith("Cloudflare Access machine-to-machine authentication via")

    def test_no_copy_that_an_editor_could_not_save(self, seeded):
        for words in (*Section.objects.all(), *Callout.objects.all()):
            words.full_clean()


class TestSeedCopy:
    def test_loads_every_section_once(self, seeded, capsys):
        page = shipped.load(demos()["service-token"])
        assert Section.objects.count() == len(page.sections)
        assert Callout.objects.count() == sum(len(each.callouts) for each in page.sections)
        call_command("seed_copy", "--json")
        nothing = {"added": [], "updated": [], "kept": []}
        assert json.loads(capsys.readouterr().out) == {"service-token": nothing}

    def test_adds_what_a_release_added_where_it_belongs(self, db, monkeypatch):
        whole = shipped.load(demos()["service-token"])
        owners = [replace(each, callouts=()) for each in whole.sections if each.level == 2]
        monkeypatch.setattr(shipped, "load", lambda demo: replace(whole, sections=tuple(owners)))
        call_command("seed_copy", verbosity=0)
        Section.objects.filter(anchor="how-this-works").update(heading="Renamed")
        monkeypatch.undo()
        call_command("seed_copy", verbosity=0)
        anchors = list(Section.objects.values_list("anchor", flat=True))
        assert anchors == [each.anchor for each in whole.sections]
        assert Section.objects.get(anchor="how-this-works").heading == "Renamed"
        assert Callout.objects.filter(section__anchor="how-this-works").count() == 4

    def test_never_undoes_what_was_done_to_a_callout(self, seeded):
        dropped, edited = Callout.objects.filter(key__in=("status", "bypass")).order_by("-key")
        adopting.drop(dropped)
        edited.body = "Changed."
        edited.save()
        Callout.objects.get(key="mtls").delete()
        call_command("seed_copy", verbosity=0)
        dropped.refresh_from_db()
        edited.refresh_from_db()
        assert (dropped.state, edited.body) == ("dropped", "Changed.")
        assert not Callout.objects.filter(key="mtls").exists()

    def test_never_undoes_an_editors_change_or_removal(self, seeded):
        section = Section.objects.get(anchor="routing")
        section.body = "Changed."
        section.save()
        Section.objects.get(anchor="how-this-works").delete()
        Demo.objects.update(title="Renamed")
        call_command("seed_copy", verbosity=0)
        assert Section.objects.get(anchor="routing").body == "Changed."
        assert not Section.objects.filter(anchor="how-this-works").exists()
        assert Demo.objects.get().title == "Renamed"

    def test_says_what_to_do_without_tables(self):
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE portal_callout")
            cursor.execute("DROP TABLE portal_section")
            cursor.execute("DROP TABLE portal_loaded")
            cursor.execute("DROP TABLE portal_demo")
        with pytest.raises(CommandError, match="migrate") as caught:
            call_command("seed_copy")
        assert caught.value.returncode == 2


class TestPage:
    def test_shows_a_save_on_the_next_request(self, client, seeded, django_assert_num_queries):
        assert b"Changed words" not in client.get("/service-token/").content
        section = Section.objects.get(anchor="routing")
        section.body = "Changed words."
        section.save()
        assert b"Changed words" in client.get("/service-token/").content
        with django_assert_num_queries(0):
            client.get("/service-token/")

    def test_shows_the_shipped_words_without_tables(self, client, db):
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE portal_callout")
            cursor.execute("DROP TABLE portal_section")
            cursor.execute("DROP TABLE portal_loaded")
            cursor.execute("DROP TABLE portal_demo")
        answer = client.get("/service-token/")
        assert answer.status_code in (401, 503)
        assert b"How This Works" in answer.content

    def test_shows_the_shipped_words_before_anything_is_loaded(self, client):
        assert b"How This Works" in client.get("/service-token/").content

    def test_is_404_once_it_is_switched_off(self, client, seeded):
        Demo.objects.update(is_published=False)
        Demo.objects.get().save()
        answer = client.get("/service-token/")
        assert answer.status_code == 404
        assert b"switched off" in answer.content
        assert b"service-token" not in client.get("/sitemap.xml").content

    def test_fills_in_this_installations_values(self, client, seeded, settings):
        settings.BASE_DOMAIN = "portal.example"
        settings.ALLOWED_HOSTS = ["portal.example"]
        settings.PORTAL_HOSTS = ["portal.example"]
        page = client.get("/service-token/", HTTP_HOST="portal.example:8443").content.decode()
        assert "curl http://portal.example:8443/service-token/" in page
        assert "service-token.portal.example" in page


class TestMarkup:
    HOSTILE = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<a href='javascript:alert(1)'>x</a>",
        '[x](https://example.com "onmouseover=alert(1)")',
        "![x](https://evil.example/pixel.png)",
        "<iframe src=//evil.example></iframe>",
        "<svg/onload=alert(1)>",
        "`<script>alert(1)</script>`",
        "```\n</code></pre><script>alert(1)</script>\n```",
        "{% load static %}{{ request }}",
        '<form action="https://evil.example"><input name=password>',
    ]

    @pytest.mark.parametrize("body", HOSTILE)
    def test_that_could_run_is_neutralised(self, client, seeded, body):
        section = Section.objects.get(anchor="routing")
        section.body = body
        section.save()
        found = section.body_html
        for tag in re.findall(r"<[^>]*>", found):
            allowed = r'</?(p|a|pre|code)( href="https://example\.com")?( title="[^"]*")?>'
            assert re.fullmatch(allowed, tag), tag
        page = client.get("/service-token/").content.decode()
        assert "<script>alert" not in page
        assert "javascript:alert(1)" not in re.sub(r">[^<]*<", "><", page)

    def test_of_a_link_and_a_table_stays(self, seeded):
        section = Section.objects.get(anchor="routing")
        section.body = "[x](https://example.com)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        section.save()
        assert '<a href="https://example.com">x</a>' in section.body_html
        assert "<td>1</td>" in section.body_html


class TestRefuses:
    @pytest.mark.parametrize(
        "secret",
        [
            "cfast_" + "InventedSecretOfTheTests0123456789",
            "5ec2e7" * 10 + "abcd",
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIifQ.c2lnbmF0dXJl",
        ],
    )
    def test_what_looks_like_a_secret_without_quoting_it(self, seeded, secret):
        section = Section.objects.get(anchor="routing")
        section.body = f"Use {secret} here."
        with pytest.raises(ValidationError) as caught:
            section.full_clean()
        assert secret not in str(caught.value)

    @pytest.mark.parametrize("name", ["source_label", "source_url", "key"])
    def test_a_secret_in_the_form_of_a_callout(self, editor, seeded, name):
        callout = Callout.objects.get(key="status")
        secret = "cfast_" + "InventedSecretOfTheTests0123456789"
        words = secret if name == "key" else f"https://x.example/{secret}"
        data = callout_form(callout, **{name: words})
        answer = editor.post(f"/admin/portal/callout/{callout.pk}/change/", data)
        callout.refresh_from_db()
        assert secret not in getattr(callout, name)
        assert b"what looks like a Client Secret" in answer.content
