from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from reversion.models import Version

from barbican.portal.models import Callout, Demo, Section

pytestmark = pytest.mark.django_db


def sent(value):
    """Return a value as a browser sends it."""
    return value.replace("\n", "\r\n") if isinstance(value, str) else value


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
        for name in ("id", "heading", "anchor", "level", "kind", "order", "body"):
            data[f"sections-{number}-{name}"] = sent(getattr(section, name))
        data[f"sections-{number}-demo"] = demo.pk
    return {**data, **changes}


def field(demo, anchor, name="body"):
    """Return the name of a section's field in that form."""
    anchors = [section.anchor for section in demo.sections.all()]
    return f"sections-{anchors.index(anchor)}-{name}"


@pytest.fixture
def demo(seeded):
    return Demo.objects.get()


class TestEditor:
    def test_changes_a_section_and_the_page_follows(self, editor, demo):
        url = f"/admin/portal/demo/{demo.pk}/change/"
        assert editor.get(url).status_code == 200
        answer = editor.post(url, form(demo, **{field(demo, "routing"): "Two **new** doors."}))
        assert answer.status_code == 302
        assert b"Two <strong>new</strong> doors." in editor.get("/service-token/").content

    def test_changes_nothing_of_what_was_not_touched(self, editor, demo):
        before = dict(demo.sections.values_list("anchor", "body"))
        body = sent(f"First.\n\n{before['how-this-works']}")
        url = f"/admin/portal/demo/{demo.pk}/change/"
        editor.post(url, form(demo, **{field(demo, "how-this-works"): body}))
        after = dict(demo.sections.values_list("anchor", "body"))
        changed = {anchor for anchor in before if before[anchor] != after[anchor]}
        assert changed == {"how-this-works"}
        assert after["how-this-works"] == f"First.\n\n{before['how-this-works']}"
        page = editor.get("/service-token/?format=md").content.decode()
        assert "\ufffd" not in page
        assert "\r" not in page
        history = editor.get(f"/admin/portal/demo/{demo.pk}/history/").content.decode()
        assert history.count("Changed Body for section") == 1

    def test_cannot_leave_blanks_for_words(self, editor, demo):
        url = f"/admin/portal/demo/{demo.pk}/change/"
        answer = editor.post(url, form(demo, **{field(demo, "routing"): " \r\n "}))
        assert b"This field is required." in answer.content

    def test_is_told_why_a_secret_is_refused(self, editor, demo):
        url = f"/admin/portal/demo/{demo.pk}/change/"
        secret = "cfast_" + "InventedSecretOfTheTests0123456789"
        answer = editor.post(url, form(demo, **{field(demo, "how-this-works"): secret}))
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
        changed = form(demo, **{field(demo, "routing", "DELETE"): "on"})
        editor.post(f"/admin/portal/demo/{demo.pk}/change/", changed)
        assert not Section.objects.filter(anchor="routing").exists()
        assert b'id="routing"' not in editor.get("/service-token/").content

    def test_finds_and_lists_demos(self, editor, demo):
        assert b"Service Token" in editor.get("/admin/portal/demo/?q=mTLS").content

    def test_sees_the_page_from_the_form(self, editor, demo):
        page = editor.get(f"/admin/portal/demo/{demo.pk}/change/").content.decode()
        assert "View on site" in page
        assert demo.get_absolute_url() == "/service-token/"


def fields_of(answer):
    """Return an offered form as a browser would send it back."""
    admin_form, formsets = answer.context["adminform"].form, answer.context["inline_admin_formsets"]
    forms = [admin_form]
    for each in formsets:
        forms += [each.formset.management_form, *each.formset.forms]
    bound = (field for one in forms for field in one)
    values = {each.html_name: each.value() for each in bound}
    return {
        name: value for name, value in values.items() if value is not None and value is not False
    }


OWNERS = "If the headers are absent or invalid, Cloudflare returns a 401."


def callout_form(callout, **changes):
    names = ("kind", "title", "sentence", "body", "source_label", "source_url", "checked", "key")
    data = {name: sent(getattr(callout, name)) for name in (*names, "order")}
    return {**data, "section": callout.section_id, **changes}


@pytest.fixture
def callout(seeded):
    return Callout.objects.get(key="status")


def page():
    """Return the page as a visitor sees it, but for what is new on every request."""
    text = Client().get("/service-token/").content.decode()
    return re.sub(r"\b[0-9a-f]{16}\b|\d\d:\d\d:\d\d", "", text)


class TestCallout:
    def press(self, editor, callout, button, **changes):
        url = f"/admin/portal/callout/{callout.pk}/change/"
        data = callout_form(callout, **{button: "pressed", **changes})
        answer = editor.post(url, data, follow=True)
        assert answer.status_code == 200
        callout.refresh_from_db()
        callout.section.refresh_from_db()
        return answer.content.decode()

    def test_stands_beside_the_owners_sentence(self, editor, callout):
        shown = page()
        assert OWNERS in shown
        assert "Cloudflare today: 401, 403 or 302" in shown
        assert shown.index(OWNERS) < shown.index("Cloudflare today: 401, 403 or 302")

    def test_adopted_takes_the_sentences_place(self, editor, callout):
        assert "is the text now" in self.press(editor, callout, "_adopt")
        shown = page()
        assert OWNERS not in shown
        assert "If the headers are invalid, Cloudflare returns a 401 or, for a good" in shown
        assert "Cloudflare today: 401, 403 or 302" not in shown
        # The neighbours stay as they were.
        assert "Cloudflare validates the headers at the edge before forwarding" in shown
        assert "Cloudflare today: only if nothing goes round it" in shown

    def test_adopted_and_shown_again_loses_nothing(self, editor, callout):
        before = callout.section.body, page()
        self.press(editor, callout, "_adopt")
        assert callout.section.body != before[0]
        assert "is shown again" in self.press(editor, callout, "_show")
        assert callout.section.body == before[0]
        assert (callout.state, callout.adopted) == ("shown", "")

    def test_dropped_leaves_the_page_and_can_return(self, editor, callout):
        self.press(editor, callout, "_drop")
        assert "Cloudflare today: 401, 403 or 302" not in page()
        assert OWNERS in page()
        self.press(editor, callout, "_show")
        assert "Cloudflare today: 401, 403 or 302" in page()

    def test_saves_what_was_typed_before_it_is_adopted(self, editor, callout):
        self.press(editor, callout, "_adopt", body="It is a 401, 403 or 302.")
        assert "It is a 401, 403 or 302." in callout.section.body

    def said(self, editor, callout):
        """Return what the histories of the callout and of its page say, oldest first."""
        from reversion.models import Version

        own = editor.get(f"/admin/portal/callout/{callout.pk}/history/").content.decode()
        own = own[own.index('id="change-history"') :]
        rows = [html.unescape(each) for each in re.findall(r"<td>([^<]*)</td>", own)][1::2]
        versions = Version.objects.get_for_object(callout.section.demo)
        return rows, [each.revision.comment for each in versions][::-1]

    def test_says_in_both_histories_which_words_became_which(self, editor, callout):
        self.press(editor, callout, "_adopt")
        new = callout.adopted
        adopted = f"Adopted “{callout}” in “How This Works”: “{OWNERS}” is now “{new}”."
        self.press(editor, callout, "_show")
        back = f"Showed “{callout}” in “How This Works” again: “{new}” is “{OWNERS}” again."
        self.press(editor, callout, "_drop", title="Other")
        dropped = (
            f"Dropped “Other” in “How This Works”: “{new}” is off the page, beside “{OWNERS}”."
        )
        own, of_the_page = self.said(editor, callout)
        assert [each for each in own if each != "No fields changed."] == [
            adopted, back, "Changed Title.", dropped,
        ]  # fmt: skip
        assert of_the_page == ["As it ships.", adopted, back, f"Changed Title.\n{dropped}"]

    def test_says_of_several_what_became_of_each(self, editor, callout):
        others = list(Callout.objects.exclude(pk=callout.pk)[:2])
        chosen = {"action": "drop", "_selected_action": [each.pk for each in others]}
        editor.post("/admin/portal/callout/", chosen)
        newest = self.said(editor, callout)[1][-1]
        assert [f"Dropped “{each}”" in newest for each in others] == [True, True]

    def test_that_is_what_it_shall_be_is_left_and_not_in_the_history(self, editor, callout):
        before = self.said(editor, callout)
        data = {"action": "show_again", "_selected_action": [callout.pk]}
        answer = editor.post("/admin/portal/callout/", data, follow=True)
        assert "is shown already: nothing was changed." in answer.content.decode()
        assert self.said(editor, callout) == before

    def test_whose_sentence_was_edited_away_ends_the_section_and_says_so(self, editor, callout):
        callout.section.body = "Cloudflare looks at the headers.\n\nAnd more."
        callout.section.save()
        shown = page()
        assert shown.index("And more.") < shown.index("Cloudflare today: 401, 403 or 302")
        url = f"/admin/portal/callout/{callout.pk}/change/"
        assert b"its sentence is no longer in the text" in editor.get(url).content
        assert "was not adopted" in self.press(editor, callout, "_adopt")
        assert callout.state == "shown"
        form_of_the_page = editor.get(f"/admin/portal/demo/{callout.section.demo_id}/change/")
        assert b"its sentence is no longer in the text" in form_of_the_page.content

    def test_edited_after_it_was_adopted_is_not_guessed_back(self, editor, callout):
        self.press(editor, callout, "_adopt")
        callout.section.body = callout.section.body.replace("or, for a good token", "or so")
        callout.section.save()
        assert "was not restored" in self.press(editor, callout, "_show")
        assert callout.state == "adopted"

    def test_is_adopted_or_dropped_from_the_list(self, editor, callout):
        others = Callout.objects.exclude(pk=callout.pk).values_list("pk", flat=True)
        for action, chosen in (("adopt", [callout.pk]), ("drop", others)):
            data = {"action": action, "_selected_action": list(chosen)}
            assert editor.post("/admin/portal/callout/", data).status_code == 302
        assert set(Callout.objects.values_list("state", flat=True)) == {"adopted", "dropped"}
        assert "Cloudflare today" not in page()

    def test_is_listed_with_its_state_and_kind_in_a_word(self, editor, callout):
        adopted = Callout.objects.exclude(pk=callout.pk).first()
        Callout.objects.filter(pk=adopted.pk).update(state="adopted")
        page = editor.get("/admin/portal/callout/").content.decode()
        states = re.findall(r'field-short_state">([^<]*)<', page)
        kinds = re.findall(r'field-short_kind">([^<]*)<', page)
        assert set(states) == {"Shown", "Adopted"}
        assert set(kinds) == {"Today", "Note", "Warning"}
        assert len(states) == len(kinds) == Callout.objects.count()

    def test_is_decided_above_its_fields_and_saved_by_the_first_button(self, editor, callout):
        url = f"/admin/portal/callout/{callout.pk}/change/"
        page = editor.get(url).content.decode()
        buttons = re.findall(r'<input type="submit"[^>]* name="([^"]*)"', page)
        # A browser presses the first one when somebody hits Enter in a field.
        assert buttons[0] == "_save"
        assert buttons.index("_adopt") < buttons.index("_save", 1)
        assert page.index('name="_drop"') < page.index('name="sentence"')
        assert re.search(r'<textarea[^>]*name="sentence"[^>]*rows="3"', page)

    def test_refuses_a_secret_and_a_second_paragraph(self, editor, callout):
        secret = "cfast_" + "InventedSecretOfTheTests0123456789"
        for body, words in ((secret, "looks like a Client Secret"), ("a\n\nb", "one paragraph")):
            assert words in self.press(editor, callout, "_save", body=body)
            assert callout.body.startswith("If the headers are invalid")

    def test_is_added_by_an_editor(self, editor, callout):
        url = "/admin/portal/callout/add/"
        assert b"nowhere yet" in editor.get(url).content
        data = callout_form(callout, key="own", kind="note", title="Mine", sentence="")
        assert editor.post(url, data).status_code == 302
        assert "Mine" in page()

    def test_cannot_be_deleted(self, editor, callout):
        assert editor.get(f"/admin/portal/callout/{callout.pk}/delete/").status_code == 403

    def test_of_a_reader_without_the_permission_is_not_adopted(self, client, callout):
        from django.contrib.auth.models import Permission, User

        reader = User.objects.create_user("ada", "ada@example.com", "x", is_staff=True)
        reader.user_permissions.add(Permission.objects.get(codename="view_callout"))
        client.force_login(reader)
        data = {"action": "adopt", "_selected_action": [callout.pk]}
        client.post("/admin/portal/callout/", data)
        url = f"/admin/portal/callout/{callout.pk}/change/"
        assert client.post(url, callout_form(callout, _adopt="x")).status_code == 403
        callout.refresh_from_db()
        assert callout.state == "shown"


class TestHistory:
    def test_starts_with_the_page_as_it_ships(self, editor, demo):
        history = editor.get(f"/admin/portal/demo/{demo.pk}/history/").content.decode()
        assert "As it ships." in history

    def test_brings_the_whole_page_back(self, editor, demo, callout):
        before = page()
        bodies = dict(demo.sections.values_list("anchor", "body"))
        shipped = Version.objects.get_for_object(demo).get()
        TestCallout().press(editor, callout, "_adopt")
        changed = form(demo, title="Renamed", **{field(demo, "routing"): "Gone."})
        changed[field(demo, "in-your-language", "DELETE")] = "on"
        editor.post(f"/admin/portal/demo/{demo.pk}/change/", changed)
        assert "Renamed" in page()

        url = f"/admin/portal/demo/{demo.pk}/history/{shipped.pk}/"
        offered = editor.get(url)
        assert "Renamed" in page()  # looking changes nothing
        assert offered.context["title"].startswith("Revert")
        sent_back = {name: sent(value) for name, value in fields_of(offered).items()}
        assert editor.post(url, sent_back).status_code == 302
        assert page() == before
        assert dict(demo.sections.values_list("anchor", "body")) == bodies
        callout.refresh_from_db()
        assert callout.state == "shown"


class TestStranger:
    def test_is_told_of_no_editing_before_the_login(self, editor):
        login = Client().get("/admin/login/")
        assert login.status_code == 200
        assert b"You are editing" not in login.content
        assert b"You are editing testserver" in editor.get("/admin/").content

    def test_is_sent_to_the_login(self, client, demo):
        answer = client.get(f"/admin/portal/demo/{demo.pk}/change/")
        assert (answer.status_code, answer["Location"][:13]) == (302, "/admin/login/")

    def test_without_a_form_token_changes_nothing(self, demo):
        from django.contrib.auth.models import User

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(User.objects.create_superuser("eve", "eve@example.com", "x"))
        answer = strict.post(f"/admin/portal/demo/{demo.pk}/change/", form(demo, title="Gone"))
        assert answer.status_code == 403
        assert Demo.objects.get().title == "Service Token"
