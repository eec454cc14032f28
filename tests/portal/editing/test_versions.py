from __future__ import annotations

import re

import pytest
from django.test import Client
from reversion.models import Version

from barbican.portal.editing import adopting
from barbican.portal.editing.changes import Piece, between, compared
from barbican.portal.models import Callout, Demo
from tests.portal.editing.test_preview import reader
from tests.portal.test_admin import field, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(seeded):
    return Demo.objects.get()


def save(editor, demo, **changes):
    answer = editor.post(f"/admin/portal/demo/{demo.pk}/change/", form(demo, **changes))
    assert answer.status_code == 302


def changes(client, demo, number=0, **query):
    """Look at what changed in a version, the newest being 0."""
    version = Version.objects.get_for_object(demo)[number]
    return client.get(f"/admin/portal/demo/{demo.pk}/history/{version.pk}/changes/", query)


def found(answer):
    return [(each.where, each.field) for each in answer.context["changes"]]


class TestCompared:
    @pytest.mark.parametrize(
        ("old", "new", "pieces"),
        [
            ("a b", "a c", [("same", "a "), ("gone", "b"), ("new", "c")]),
            ("a b. c d!", "one. two, three!", [("gone", "a b. c d!"), ("new", "one. two, three!")]),
            ("", "a", [("new", "a")]),
            ("a", "", [("gone", "a")]),
            ("a.\n", "a.\nb.\n", [("same", "a.\n"), ("new", "b.\n")]),
            ("1\n2\n3\n4\nx", "1\n2\n3\n4\ny",
             [("same", "1\n…\n4\n"), ("gone", "x"), ("new", "y")]),
        ],
    )  # fmt: skip
    def test_texts_show_the_words_that_differ(self, old, new, pieces):
        assert [(each.kind, each.text) for each in compared(old, new)] == pieces

    def test_passages_that_are_too_long_are_shown_whole(self):
        old, new = "a " * 2_000, "b " * 2_000
        assert list(compared(old, new)) == [Piece("gone", old), Piece("new", new)]

    def test_pages_name_what_came_and_what_went(self):
        old = {("section", "1"): {"heading": "One", "order": 1}}
        new = {("section", "2"): {"heading": "Two", "order": 1}}
        where = [(each.where, each.field) for each in between(old, new)]
        assert where == [
            ("Section “Two”, added", "heading"), ("Section “Two”, added", "order"),
            ("Section “One”, removed", "heading"), ("Section “One”, removed", "order"),
        ]  # fmt: skip
        assert list(between(old, old)) == []


class TestChanges:
    def test_of_a_version_are_those_since_the_one_before(self, editor, demo):
        save(editor, demo, title="First")
        save(editor, Demo.objects.get(), **{field(demo, "routing"): "Two <b>doors</b>."})
        answer = changes(editor, demo)
        assert found(answer) == [("Section “Routing”", "body")]
        body = answer.content.decode()
        assert re.search(r"<ins>[^<]*&lt;[^<]*b[^<]*&gt;", body)
        assert "<b>doors" not in body
        assert found(changes(editor, demo, 1)) == [("Page", "title")]
        assert (
            "<del>Service Token</del><ins>First</ins>" in changes(editor, demo, 1).content.decode()
        )

    def test_can_be_asked_from_any_version_to_any_other(self, editor, demo):
        shipped = Version.objects.get_for_object(demo).get()
        save(editor, demo, title="First")
        save(editor, Demo.objects.get(), badge="Other")
        both = [("Page", "title"), ("Page", "badge")]
        assert found(changes(editor, demo, 0, **{"with": shipped.pk})) == both
        newest = Version.objects.get_for_object(demo)[0]
        turned = changes(editor, demo, 2, **{"with": newest.pk})
        assert found(turned) == both
        assert "<ins>First</ins>" in turned.content.decode()

    def test_of_two_versions_in_a_minute_say_which_is_which(self, editor, demo):
        save(editor, demo, title="First")
        times = [each.revision.date_created for each in Version.objects.get_for_object(demo)]
        page = changes(editor, demo).content.decode()
        assert f"to {times[0]:%H:%M:%S}" in re.sub(r"to \d+ \w+ \d+, ", "to ", page)
        assert f", {times[1]:%H:%M:%S}</option>" in page

    def test_since_a_version_show_what_is_saved_now(self, editor, demo):
        assert "Nothing differs." in changes(editor, demo).content.decode()
        Demo.objects.update(title="Behind its back")
        assert found(changes(editor, demo)) == [("Page", "title")]
        assert found(changes(editor, demo, **{"with": "now"})) == [("Page", "title")]

    def test_of_a_callout_show_beside_its_section(self, editor, demo):
        callout = Callout.objects.get(key="status")
        adopting.adopt(callout)
        assert found(changes(editor, demo)) == [
            ("Section “How This Works”", "body"),
            (f"Callout “{callout}”", "state"),
        ]

    def test_of_a_deleted_section_say_so(self, editor, demo):
        save(editor, demo, **{field(demo, "routing", "DELETE"): "on"})
        assert {where for where, _ in found(changes(editor, demo))} == {
            "Section “Routing”, removed"
        }

    def test_are_linked_from_the_history_and_change_nothing(self, editor, demo):
        version = Version.objects.get_for_object(demo).get()
        url = f"/admin/portal/demo/{demo.pk}/history/{version.pk}/"
        history = editor.get(f"/admin/portal/demo/{demo.pk}/history/").content.decode()
        assert f'<a href="{url}changes/">What changed' in history
        assert f'<a href="{url}">Go back to the version' in changes(editor, demo).content.decode()
        assert Version.objects.get_for_object(demo).count() == 1

    def test_of_no_such_version_are_404(self, editor, demo):
        base = f"/admin/portal/demo/{demo.pk}/history"
        version = Version.objects.get_for_object(demo).get()
        for path in ("9999/changes/", f"{version.pk}/changes/?with=9999",
                     f"{version.pk}/changes/?with=x"):  # fmt: skip
            assert editor.get(f"{base}/{path}").status_code == 404
        other = Version.objects.get_for_object(Callout.objects.first())[0]
        assert editor.get(f"{base}/{other.pk}/changes/").status_code == 404


class TestReader:
    def test_looks_at_them_and_is_offered_no_way_back(self, demo):
        answer = changes(reader("view_demo"), demo)
        assert answer.status_code == 200
        assert b"Go back to the version" not in answer.content

    def test_without_the_permission_does_not(self, demo):
        assert changes(reader("view_callout"), demo).status_code == 403
        assert changes(Client(), demo).status_code == 302
