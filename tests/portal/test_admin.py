from __future__ import annotations

import pytest

from barbican.portal.models import Demo, Section

pytestmark = pytest.mark.django_db


def form(demo, **changes):
    """Return the admin form of a demo as a browser would send it."""
    sections = list(demo.sections.all())
    data = {
        "title": demo.title,
        "badge": demo.badge,
        "summary": demo.summary,
        "is_published": "on",
        "order": demo.order,
        "sections-TOTAL_FORMS": len(sections),
        "sections-INITIAL_FORMS": len(sections),
    }
    for number, section in enumerate(sections):
        for name in ("id", "heading", "anchor", "order", "body"):
            data[f"sections-{number}-{name}"] = getattr(section, name)
        data[f"sections-{number}-demo"] = demo.pk
    return {**data, **changes}


@pytest.fixture
def demo(seeded):
    return Demo.objects.get()


class TestEditor:
    def test_changes_a_section_and_the_page_follows(self, editor, demo):
        url = f"/admin/portal/demo/{demo.pk}/change/"
        assert editor.get(url).status_code == 200
        answer = editor.post(url, form(demo, **{"sections-3-body": "Two **new** doors."}))
        assert answer.status_code == 302
        assert b"Two <strong>new</strong> doors." in editor.get("/service-token/").content

    def test_is_told_why_a_secret_is_refused(self, editor, demo):
        url = f"/admin/portal/demo/{demo.pk}/change/"
        secret = "cfast_" + "InventedSecretOfTheTests0123456789"
        answer = editor.post(url, form(demo, **{"sections-0-body": secret}))
        assert answer.status_code == 200
        assert b"looks like a Client Secret" in answer.content
        assert not Section.objects.filter(body__contains="cfast_").exists()

    def test_cannot_change_the_slug_or_invent_a_demo(self, editor, demo):
        url = f"/admin/portal/demo/{demo.pk}/change/"
        editor.post(url, form(demo, slug="other"))
        assert Demo.objects.get().slug == "service-token"
        assert editor.get("/admin/portal/demo/add/").status_code == 403

    def test_switches_a_demo_off_and_cannot_delete_it(self, editor, demo):
        assert editor.get(f"/admin/portal/demo/{demo.pk}/delete/").status_code == 403
        changed = form(demo)
        del changed["is_published"]
        editor.post(f"/admin/portal/demo/{demo.pk}/change/", changed)
        assert editor.get("/service-token/").status_code == 404

    def test_deletes_a_section(self, editor, demo):
        changed = form(demo, **{"sections-3-DELETE": "on"})
        editor.post(f"/admin/portal/demo/{demo.pk}/change/", changed)
        assert not Section.objects.filter(anchor="routing").exists()
        assert b'id="routing"' not in editor.get("/service-token/").content

    def test_finds_and_lists_demos(self, editor, demo):
        assert b"Service Token" in editor.get("/admin/portal/demo/?q=mTLS").content

    def test_sees_the_page_from_the_form(self, editor, demo):
        page = editor.get(f"/admin/portal/demo/{demo.pk}/change/").content.decode()
        assert "View on site" in page
        assert demo.get_absolute_url() == "/service-token/"


class TestStranger:
    def test_is_sent_to_the_login(self, client, demo):
        answer = client.get(f"/admin/portal/demo/{demo.pk}/change/")
        assert (answer.status_code, answer["Location"][:13]) == (302, "/admin/login/")

    def test_without_a_form_token_changes_nothing(self, demo):
        from django.contrib.auth.models import User
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(User.objects.create_superuser("eve", "eve@example.com", "x"))
        answer = strict.post(f"/admin/portal/demo/{demo.pk}/change/", form(demo, title="Gone"))
        assert answer.status_code == 403
        assert Demo.objects.get().title == "Service Token"
