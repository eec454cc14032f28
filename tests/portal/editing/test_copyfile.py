from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from reversion.models import Version

from barbican.portal.editing import adopting, copyfile
from barbican.portal.models import Callout, Demo, Section
from tests.portal.editing.test_preview import reader

pytestmark = pytest.mark.django_db
SECRET = "cfast_" + "InventedSecretOfTheTests0123456789"


@pytest.fixture
def demo(seeded):
    return Demo.objects.get()


def download(client, demo):
    return client.get(f"/admin/portal/demo/{demo.pk}/download/")


def upload(client, demo, file):
    content = file if isinstance(file, bytes) else json.dumps(file).encode()
    sent = SimpleUploadedFile("words.json", content, "application/json")
    return client.post(f"/admin/portal/demo/{demo.pk}/upload/", {"file": sent})


def everything():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Section, Callout)
    ]  # fmt: skip


class TestDownload:
    def test_is_a_file_of_all_words(self, editor, demo):
        answer = download(editor, demo)
        assert answer["Content-Disposition"] == 'attachment; filename="service-token.json"'
        assert "no-store" in answer["Cache-Control"]
        page = answer.json()
        assert (page["demo"], page["title"]) == ("service-token", "Service Token")
        bodies = [each["body"] for each in page["sections"]]
        assert bodies == list(demo.sections.values_list("body", flat=True))
        count = sum(len(each["callouts"]) for each in page["sections"])
        assert count == Callout.objects.count()

    def test_is_for_those_who_may_see_the_words(self, demo):
        assert download(reader("view_demo"), demo).status_code == 200
        assert download(Client(), demo).status_code == 302

    def test_is_for_nobody_else(self, demo):
        assert download(reader("view_callout"), demo).status_code == 403


class TestUpload:
    def test_of_a_download_changes_nothing(self, editor, demo):
        adopting.adopt(Callout.objects.get(key="status"))
        adopting.drop(Callout.objects.get(key="bypass"))
        before = download(editor, demo).content
        rows = everything()
        assert upload(editor, demo, before).status_code == 302
        assert download(editor, demo).content == before
        assert everything() == rows

    def test_takes_the_mark_that_an_editor_of_text_puts_first(self, editor, demo):
        assert (
            upload(editor, demo, b"\xef\xbb\xbf" + download(editor, demo).content).status_code
            == 302
        )

    def test_brings_changes_additions_and_removals(self, editor, demo):
        page = download(editor, demo).json()
        first, *rest = page["sections"]
        how = next(each for each in rest if each["anchor"] == "how-this-works")
        how["callouts"] = [each for each in how["callouts"] if each["key"] != "status"]
        first["body"] = "Uploaded.\n"
        new = {**first, "anchor": "brand-new", "heading": "Brand new", "callouts": []}
        page |= {"title": "Uploaded", "sections": [new, first, *rest[:-1]]}
        assert upload(editor, demo, page).status_code == 302
        assert Demo.objects.get().title == "Uploaded"
        anchors = list(Section.objects.values_list("anchor", flat=True))
        assert anchors == ["brand-new", first["anchor"], *(each["anchor"] for each in rest[:-1])]
        assert Callout.objects.get(key="status").state == "dropped"
        assert b"Uploaded." in Client().get("/service-token/").content
        newest = Version.objects.get_for_object(demo)[0]
        assert newest.revision.comment == "Uploaded the words of the page."

    def test_says_nothing_of_whether_it_is_published(self, editor, demo):
        page = download(editor, demo).json()
        Demo.objects.update(is_published=False)
        upload(editor, demo, page)
        assert not Demo.objects.get().is_published

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda page: b"{", "not JSON"),
            (lambda page: b"\xff", "not JSON"),
            (lambda page: b"[" * 100_000, "not JSON"),
            (lambda page: b"[]", "no page&#x27;s words: upload one that was downloaded here"),
            (lambda page: {"name": "x"}, "no page&#x27;s words"),
            (lambda page: {**page, "demo": 5}, "“demo” should be there, as text"),
            (lambda page: {**page, "sections": [1]}, "Section 1: should be an object"),
            (lambda page: b" " * 1_000_001, "more than 1,000,000 bytes"),
            (lambda page: {**page, "demo": "other"}, "another demo, “other”: choose one of “serv"),
            (lambda page: {**page, "slug": "x"}, "“slug” is not known"),
            (lambda page: {**page, "title": 5}, "“title” should be there, as text"),
            (lambda page: {**page, "title": ""}, "the page, title: This field cannot be blank"),
            (lambda page: {**page, "sections": page["sections"] * 2}, "is there twice"),
            (lambda page: with_first(page, body=SECRET), "Section 1, body: This holds what looks"),
            (lambda page: {**page, "title": "a\0b\0"}, "“title” has a NUL character"),
            (lambda page: {**page, "title": "a\ud800"}, "half a character"),
            (lambda page: {**page, "a\udfff": 1}, "half a character"),
            (lambda page: with_callout(page, source_label=SECRET), "source_label: This holds"),
            (
                lambda page: with_callout(page, source_url=f"https://x.example/{SECRET}"),
                "_url: This",
            ),
            (lambda page: with_callout(page, key=SECRET), "callout 1, key: This holds"),
            (lambda page: with_first(page, anchor=SECRET), "Section 1, anchor: This holds"),
            (lambda page: {**page, "sections": [1] * 201}, "“sections” has more than 200"),
            (lambda page: with_callout(page, adopted=SECRET, state="adopted"), "adopted: This"),
            (lambda page: with_callout(page, state="adopted"), "adopted: says what"),
            (lambda page: with_callout(page, body="a\n\nb"), "callout 1, body: Write a"),
            (lambda page: with_callout(page, source_url="javascript:x"), "source_url: Enter a"),
            (lambda page: with_first(page, level=True), "“level” should be there, as a whole"),
            (lambda page: with_first(page, level=9), "Section 1, level: Value 9 is not a valid"),
            (lambda page: with_first(page, anchor="a b"), "Section 1, anchor: "),
            (lambda page: with_first(page, callouts=[1]), "Section 1, callout 1: should be an"),
        ],
    )
    def test_of_what_is_no_page_changes_nothing_and_names_the_place(
        self, editor, demo, change, words
    ):
        page = download(editor, demo).json()
        page["sections"][1]["body"] = "Never saved."
        before = everything(), Version.objects.count()
        answer = upload(editor, demo, change(page))
        body = answer.content.decode()
        assert answer.status_code == 422
        assert words in body
        assert SECRET not in body
        assert (everything(), Version.objects.count()) == before

    def test_without_a_file_asks_for_one(self, editor, demo):
        url = f"/admin/portal/demo/{demo.pk}/upload/"
        assert editor.get(url).status_code == 200
        answer = editor.post(url, {})
        assert answer.status_code == 422
        assert b"This field is required." in answer.content
        assert editor.delete(url).status_code == 405

    def test_renders_markup_as_a_save_does(self, editor, demo):
        page = with_first(download(editor, demo).json(), body="<script>alert(1)</script>")
        upload(editor, demo, page)
        assert b"<script>alert" not in Client().get("/service-token/").content

    def test_is_for_those_who_may_do_all_of_it(self, editor, demo):
        page = download(editor, demo).json()
        ada = reader("view_demo", "change_demo", "change_section", "change_callout")
        assert upload(ada, demo, page).status_code == 403
        assert upload(Client(), demo, page).status_code == 302

    def test_is_refused_without_a_form_token(self, demo):
        from django.contrib.auth.models import User

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(User.objects.create_superuser("eve", "eve@example.com", "x"))
        assert upload(strict, demo, copyfile.written(demo).encode()).status_code == 403


def with_first(page, **changes):
    first, *rest = page["sections"]
    return {**page, "sections": [{**first, **changes}, *rest]}


def with_callout(page, **changes):
    return with_first(page, callouts=[{**page["sections"][0]["callouts"][0], **changes}])
