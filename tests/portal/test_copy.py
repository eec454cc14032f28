from __future__ import annotations

import html
import json
import re

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from barbican.portal import copy, shipped
from barbican.portal.models import Demo, Section
from barbican.portal.registry import demos

pytestmark = pytest.mark.django_db

# The owner's sentences, one per paragraph, list item and heading of the page as it was written.
OWNERS_WORDS = [
    "A Cloudflare Access Service Token is a client ID and secret pair generated in Zero Trust. "
    "Unlike user authentication, there is no redirect or login page — the client passes "
    "credentials as HTTP headers on every request.",
    "Cloudflare validates the headers at the edge before forwarding the request. If the headers "
    "are absent or invalid, Cloudflare returns a 401. The origin never receives unauthenticated "
    "requests.",
    "Service tokens have an expiry date set at creation time. Rotation must be handled manually "
    "or automated via the Cloudflare API.",
    "vs mTLS: Both are machine-to-machine methods. Service tokens are simpler to issue and rotate "
    "— just a header pair. mTLS is stronger (certificate-based, validated at TLS layer) but "
    "requires certificate management. Use service tokens for internal automation, mTLS where "
    "stronger guarantees or device identity is needed.",
    "1. Generate a Service Token",
    "Zero Trust → Access → Service Auth → Service Tokens → Create Service Token",
    "Name: barbican-demo-token, set an expiry duration",
    "Copy the Client ID and Client Secret immediately — the secret is shown only once",
    "2. Add Access Application",
    "Zero Trust → Access → Applications → Add an Application → Self-hosted",
    "Domain: barbicancloud.co.uk/service-token/* or service-token.barbicancloud.co.uk",
    "Add a policy: Action = Non-identity (Service Auth), Selector = Service Token → select "
    "barbican-demo-token",
    "Set the session duration to No duration, expires immediately for service token policies — "
    "tokens should re-authenticate on every request rather than relying on a session cookie.",
    'curl https://barbicancloud.co.uk/service-token/ \\ -H "CF-Access-Client-Id: '
    '<your-client-id>" \\ -H "CF-Access-Client-Secret: <your-client-secret>"',
    "In application code, include these two headers on every request to the protected endpoint. "
    "No session management or token refresh is required — Cloudflare validates on each request.",
    "Path-based barbicancloud.co.uk/service-token/",
    "Subdomain service-token.barbicancloud.co.uk",
]


def visible(page):
    """Return what a reader sees of a page's words, on one line."""
    filled = (
        copy.fill_in(each.html, page.slug, "https://barbicancloud.co.uk", is_html=True)
        for each in page.sections
    )
    text = html.unescape(re.sub(r"<[^>]+>", "", " ".join(filled)))
    return " ".join(text.split())


class TestShips:
    @pytest.mark.parametrize("words", OWNERS_WORDS)
    def test_the_owners_words_to_the_letter(self, words):
        assert words in visible(shipped.load(demos()["service-token"]))

    def test_the_owners_headings_and_summary(self):
        page = shipped.load(demos()["service-token"])
        assert [each.heading for each in page.sections] == [
            "How This Works",
            "Cloudflare Configuration",
            "Making Authenticated Requests",
            "Routing",
        ]
        assert (page.title, page.badge) == ("Service Token", "Token")
        assert page.summary.startswith("Cloudflare Access machine-to-machine authentication via")

    def test_no_copy_that_an_editor_could_not_save(self, seeded):
        for section in Section.objects.all():
            section.full_clean()


class TestSeedCopy:
    def test_loads_every_section_once(self, seeded, capsys):
        assert Section.objects.count() == 4
        call_command("seed_copy", "--json")
        assert json.loads(capsys.readouterr().out) == {"service-token": []}

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
            cursor.execute("DROP TABLE portal_section")
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
            cursor.execute("DROP TABLE portal_section")
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
