from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from barbican.access.presented import ASSERTION
from barbican.portal import verdicts
from barbican.portal.models import Callout, Demo, Section
from tests.issuer import ADMIN_AUD_TAG
from tests.portal.test_admin import field, form

pytestmark = pytest.mark.django_db
NEW = "Two **previewed** doors."
NEVER = ("no-store", "private")


@pytest.fixture
def demo(seeded):
    return Demo.objects.get()


def address(demo):
    return f"/admin/portal/demo/{demo.pk}/preview/"


def reader(*codenames, **options):
    """Sign in somebody who may do this and nothing else."""
    user = User.objects.create_user("ada", "ada@example.com", "x", is_staff=True, **options)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def words_of(page):
    """Return the part of a page that editors write."""
    whole = page.content.decode()
    return whole[whole.index('id="service-token-authentication"') : whole.index('id="routing"')]


class TestPreview:
    def test_of_the_form_shows_what_is_typed_and_saves_nothing(self, editor, demo):
        answer = editor.post(
            address(demo),
            form(demo, title="Typed", **{field(demo, "routing"): NEW}),
        )
        body = answer.content.decode()
        assert answer.status_code == 200
        assert "Two <strong>previewed</strong> doors." in body
        assert "<h1>Typed</h1>" in body
        assert "Preview: not published" in body
        assert "<title>Preview · Typed" in body
        for page in (Client().get("/service-token/"), editor.get(address(demo))):
            assert b"previewed" not in page.content
            assert b"Typed" not in page.content
        assert not Section.objects.filter(body=NEW).exists()
        assert Demo.objects.get().title == "Service Token"

    def test_is_the_real_page_but_for_its_notice(self, editor, demo):
        real, preview = editor.get("/service-token/"), editor.get(address(demo))
        typed = editor.post(address(demo), form(demo))
        assert words_of(real) == words_of(preview) == words_of(typed)
        assert preview.content.decode().count("Cloudflare today:") == real.content.decode().count(
            "Cloudflare today:"
        )

    def test_leaves_out_what_is_ticked_for_deletion_and_adds_what_is_new(self, editor, demo):
        changed = form(demo, **{field(demo, "routing", "DELETE"): "on"})
        number = changed["sections-TOTAL_FORMS"]
        new = {"heading": "Brand new", "anchor": "brand-new", "level": 2, "kind": "text",
               "order": 0, "body": "Yes.", "id": "", "demo": demo.pk}  # fmt: skip
        changed |= {f"sections-{number}-{name}": value for name, value in new.items()}
        changed["sections-TOTAL_FORMS"] = number + 1
        body = editor.post(address(demo), changed).content.decode()
        assert 'id="routing"' not in body
        assert body.index('id="brand-new"') < body.index('id="how-this-works"')
        assert not Section.objects.filter(anchor="brand-new").exists()
        assert Section.objects.filter(anchor="routing").exists()

    def test_of_a_page_that_is_off_shows_what_is_saved(self, editor, demo):
        demo.is_published = False
        demo.save()
        section = demo.sections.get(anchor="routing")
        section.body = NEW
        section.save()
        body = editor.get(address(demo)).content.decode()
        assert "Two <strong>previewed</strong> doors." in body
        assert "Preview: not published" in body
        assert "visitors get a 404" in body
        assert Client().get("/service-token/").status_code == 404

    def test_of_a_published_page_does_not_call_it_unpublished(self, editor, demo):
        body = editor.get(address(demo)).content.decode()
        assert "Preview: as published" in body
        assert "not published" not in body

    def test_is_kept_by_nobody_and_found_by_no_search_engine(self, editor, demo):
        for answer in (editor.get(address(demo)), editor.post(address(demo), form(demo))):
            for word in NEVER:
                assert word in answer["Cache-Control"]
            assert answer["X-Robots-Tag"] == "noindex"
            assert '<meta name="robots" content="noindex">' in answer.content.decode()
            assert b'rel="canonical"' not in answer.content
            assert "default-src 'none'" in answer["Content-Security-Policy"]
            assert "WWW-Authenticate" not in answer

    def test_leaves_nothing_in_the_cache_of_pages(self, editor, demo):
        from barbican.portal import fragments

        editor.post(address(demo), form(demo, title="Of one editor"))
        before = fragments._parts.cache_info().misses
        again = editor.post(address(demo), form(demo, title="Of another")).content.decode()
        assert "<h1>Of another</h1>" in again
        assert "Of one editor" not in again
        assert fragments._parts.cache_info().misses == before
        assert b"Of another" not in Client().get("/service-token/").content

    def test_escapes_as_the_page_does(self, editor, demo):
        hostile = "<script>alert(1)</script>[x](javascript:alert(1)) \0"
        for value in (hostile, hostile.rstrip("\0")):
            changes = {field(demo, "routing"): value, field(demo, "routing", "heading"): value}
            answer = editor.post(address(demo), form(demo, title=value, **changes))
            body = answer.content.decode()
            assert answer.status_code == (422 if "\0" in value else 200)
            assert "<script>alert" not in body
            assert 'href="javascript:' not in body

    def test_shows_the_verdict_of_the_editors_own_request(self, editor, demo, team):
        for sent, code in (
            ({}, "nothing_presented"),
            ({ASSERTION: team.service_token()}, "verified_service_token"),
        ):
            answer = editor.get(address(demo), **sent)
            assert answer.status_code == 200
            tone = verdicts.BY_CODE[code].tone
            assert f'<section class="verdict verdict--{tone}"' in answer.content.decode()

    def test_hands_the_other_forms_to_the_page_itself(self, editor, demo):
        answer = editor.get(f"{address(demo)}?format=json")
        assert (answer.status_code, answer["Location"]) == (302, "/service-token/?format=json")
        away = editor.get(f"{address(demo)}?format=//evil.example/%0d%0aX:y")
        assert away["Location"].startswith("/service-token/?format=%2F%2Fevil")

    def test_names_what_is_wrong_with_the_form_in_its_place(self, editor, demo):
        secret = "cfast_" + "InventedSecretOfTheTests0123456789"
        for changes, words in (
            ({field(demo, "routing"): secret}, "Section “Routing”, Body: This holds what looks"),
            ({field(demo, "routing"): " "}, "Section “Routing”, Body: This field is required."),
            ({"title": ""}, "Title: This field is required."),
            ({"sections-TOTAL_FORMS": "x"}, "ManagementForm data is missing"),
        ):
            answer = editor.post(address(demo), form(demo, **changes))
            body = answer.content.decode()
            assert answer.status_code == 422
            assert words in body
            assert secret not in body
            assert "nothing was saved" in body

    def test_is_offered_where_it_shows_something(self, editor, demo):
        change = f"/admin/portal/demo/{demo.pk}/change/"
        button = re.compile(rf'name="_preview" formaction="{address(demo)}" formtarget="_blank">')
        page = editor.get(change).content.decode()
        assert len(button.findall(page)) == 2
        assert page.index('name="_save"') < page.index('name="_preview"')
        assert "View on site" in page
        name = '<span class="visually-hidden">: Service Token</span></a>'
        assert f"View on site{name}" in editor.get("/admin/portal/demo/").content.decode()
        Demo.objects.update(is_published=False)
        page = editor.get(change).content.decode()
        assert "View on site" not in page
        assert f'<a href="{address(demo)}">Preview</a>' in page
        assert f"Preview{name}" in editor.get("/admin/portal/demo/").content.decode()

    def test_is_not_offered_for_a_version_of_the_past(self, editor, demo):
        from reversion.models import Version

        version = Version.objects.get_for_object(demo).get()
        page = editor.get(f"/admin/portal/demo/{demo.pk}/history/{version.pk}/")
        assert b'name="_preview"' not in page.content

    def test_of_no_demo_is_404_and_of_another_method_405(self, editor, demo):
        assert editor.get("/admin/portal/demo/999/preview/").status_code in (302, 404)
        assert editor.delete(address(demo)).status_code == 405


class TestReader:
    """Somebody who may see the words, and not change them."""

    def test_sees_what_is_saved_and_sends_no_form(self, demo):
        ada = reader("view_demo", "view_section")
        assert ada.get(address(demo)).status_code == 200
        assert ada.post(address(demo), form(demo)).status_code == 403
        page = ada.get(f"/admin/portal/demo/{demo.pk}/change/").content
        assert b'name="_preview"' not in page

    def test_previews_the_fields_that_are_theirs(self, demo):
        ada = reader("view_demo", "change_demo", "view_section")
        body = ada.post(
            address(demo), form(demo, title="Mine", **{field(demo, "routing"): NEW})
        ).content.decode()
        assert "<h1>Mine</h1>" in body
        assert "previewed" not in body


class TestVisitor:
    def test_is_sent_to_the_login(self, client, demo):
        for answer in (client.get(address(demo)), client.post(address(demo), form(demo))):
            assert (answer.status_code, answer["Location"][:13]) == (302, "/admin/login/")

    def test_with_a_session_and_no_permission_is_refused(self, demo):
        ada = reader("view_callout")
        for answer in (ada.get(address(demo)), ada.post(address(demo), form(demo))):
            assert answer.status_code == 403
            assert b"How This Works" not in answer.content

    def test_with_a_forged_identity_is_sent_to_the_login(self, client, demo):
        forged = {"HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": "grace@example.com"}
        assert client.get(address(demo), **forged).status_code == 302

    def test_with_a_session_alone_is_refused_where_the_admin_wants_a_person(
        self, editor, demo, settings, team
    ):
        settings.ACCESS_APPLICATIONS = {"admin": {"audience_tags": [ADMIN_AUD_TAG]}}
        assert editor.get(address(demo)).status_code == 403
        token = team.person_token(aud=[ADMIN_AUD_TAG], email="grace@example.com")
        assert editor.get(address(demo), **{ASSERTION: token}).status_code == 200

    def test_cannot_send_the_form_of_somebody_else(self, demo):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(User.objects.create_superuser("eve", "eve@example.com", "x"))
        assert strict.post(address(demo), form(demo)).status_code == 403

    def test_finds_it_at_no_demos_subdomain(self, editor, demo, settings):
        answer = editor.get(address(demo), HTTP_HOST="service-token.localhost")
        assert answer.status_code == 404


class TestCallout:
    def test_that_was_dropped_is_not_in_the_preview(self, editor, demo):
        Callout.objects.filter(key="status").update(state="dropped")
        body = editor.get(address(demo)).content.decode()
        assert "Cloudflare today: 401, 403 or 302" not in body
