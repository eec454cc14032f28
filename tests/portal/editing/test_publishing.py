from __future__ import annotations

from importlib import import_module

import pytest
import reversion
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from reversion.models import Version

from barbican.portal.editing.publishing import nearer
from barbican.portal.models import Callout, Demo, Section
from tests.portal.test_admin import callout_form, field, fields_of, form, sent

pytestmark = pytest.mark.django_db
LIST = "/admin/portal/demo/"
groups = import_module("barbican.portal.migrations.0004_groups")


@pytest.fixture
def demo(seeded):
    return Demo.objects.get()


@pytest.fixture
def member(db):
    """Sign in somebody who is in this group."""
    groups.make_groups(apps, None)

    def member(group):
        user = User.objects.create_user(group, f"{group}@example.com", "x", is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(user)
        return client

    return member


def act(client, action, *demos):
    data = {"action": action, "_selected_action": [each.pk for each in demos]}
    return client.post(LIST, data, follow=True).content.decode()


def is_published():
    return Demo.objects.get(slug="service-token").is_published


class TestPublisher:
    def test_unpublishes_and_publishes_on_the_list(self, member, demo):
        grace = member("Publishers")
        assert "Unpublished. Service Token" in act(grace, "unpublish", demo)
        assert Client().get("/service-token/").status_code == 404
        assert "Nothing was changed: nothing that you" in act(grace, "unpublish", demo)
        assert "Published. Service Token" in act(grace, "publish", demo)
        assert "is published already." in act(grace, "publish", demo)
        assert Client().get("/service-token/").status_code != 404
        comments = [each.revision.comment for each in Version.objects.get_for_object(demo)]
        assert comments == ["Published.", "Unpublished.", "As it ships."]

    def test_unpublishes_in_the_form(self, member, demo):
        changed = form(demo)
        del changed["is_published"]
        member("Publishers").post(f"{LIST}{demo.pk}/change/", changed)
        assert not is_published()


class TestEditor:
    def test_changes_words_and_previews_them(self, member, demo):
        ada = member("Editors")
        url = f"{LIST}{demo.pk}/change/"
        assert ada.post(f"{LIST}{demo.pk}/preview/", form(demo)).status_code == 200
        changed = form(demo, **{field(demo, "routing"): "Edited."})
        assert ada.post(url, changed).status_code == 302
        assert Section.objects.get(anchor="routing").body == "Edited."
        callout = Callout.objects.get(key="status")
        data = callout_form(callout, _drop="x")
        assert ada.post(f"/admin/portal/callout/{callout.pk}/change/", data).status_code == 302
        callout.refresh_from_db()
        assert callout.state == "dropped"

    def test_is_not_asked_whether_it_is_published_and_cannot_say_so(self, member, demo):
        ada = member("Editors")
        url = f"{LIST}{demo.pk}/change/"
        assert b'name="is_published"' not in ada.get(url).content
        for wanted in (False, True):
            Demo.objects.update(is_published=not wanted)
            changed = form(demo)
            if not wanted:
                del changed["is_published"]
            assert ada.post(url, changed).status_code == 302
            assert is_published() is not wanted

    @pytest.mark.parametrize(("action", "now"), [("publish", False), ("unpublish", True)])
    def test_has_no_such_action(self, member, demo, action, now):
        Demo.objects.update(is_published=now)
        ada = member("Editors")
        assert f'value="{action}"' not in ada.get(LIST).content.decode()
        act(ada, action, demo)
        assert is_published() is now

    def test_goes_back_to_a_version_and_leaves_the_page_off(self, member, demo):
        version = Version.objects.get_for_object(demo).get()
        Demo.objects.update(is_published=False, title="Renamed")
        url = f"{LIST}{demo.pk}/history/{version.pk}/"
        ada = member("Editors")
        offered = {name: sent(value) for name, value in fields_of(ada.get(url)).items()}
        assert ada.post(url, offered).status_code == 302
        assert Demo.objects.get().title == "Service Token"
        assert not is_published()

    def test_asks_for_the_version_of_no_page_and_gets_404(self, member, demo):
        ada = member("Editors")
        for path in ("x/history/1/", "x/history/1/changes/", "999/history/1/", "x/preview/"):
            assert ada.get(f"{LIST}{path}").status_code == 404

    def test_adds_and_deletes_no_demo_and_meets_no_users(self, member, demo):
        ada = member("Editors")
        for path in (f"{LIST}add/", f"{LIST}{demo.pk}/delete/", "/admin/auth/user/"):
            assert ada.get(path).status_code == 403


class TestGroups:
    def test_are_made_once_with_these_rights_and_nobody_in_them(self, db):
        for _ in range(2):
            groups.make_groups(apps, None)
        rights = {
            each.name: {right.codename for right in each.permissions.all()}
            for each in Group.objects.all()
        }
        assert set(rights) == {"Editors", "Publishers"}
        assert rights["Publishers"] - rights["Editors"] == {"publish_demo"}
        assert rights["Editors"] == {
            "view_demo", "change_demo", "view_section", "add_section", "change_section",
            "delete_section", "view_callout", "add_callout", "change_callout",
        }  # fmt: skip
        assert not User.objects.filter(groups__isnull=False).exists()


class TestList:
    def test_of_a_demo_whose_code_is_gone_says_so(self, editor, demo):
        gone = Demo.objects.create(slug="gone", title="Gone", badge="x", summary="x")
        assert "its code is not installed" in editor.get(LIST).content.decode()
        assert editor.get(f"{LIST}{gone.pk}/change/").status_code == 200
        assert editor.get(f"{LIST}{gone.pk}/preview/").status_code == 404


class TestOrder:
    @pytest.fixture
    def three(self, demo):
        Demo.objects.update(order=0)
        others = [
            Demo.objects.create(slug=slug, title=slug, badge="x", summary="x", order=number)
            for number, slug in enumerate(("second", "third"), 1)
        ]
        return [demo, *others]

    def slugs(self):
        return list(Demo.objects.values_list("slug", flat=True))

    def test_is_changed_place_by_place(self, editor, three):
        first, second, third = three
        act(editor, "move_up", third)
        assert self.slugs() == ["service-token", "third", "second"]
        act(editor, "move_down", first)
        assert self.slugs() == ["third", "service-token", "second"]
        act(editor, "move_up", first, second)
        assert self.slugs() == ["service-token", "second", "third"]

    def test_of_the_first_and_the_last_stays(self, editor, three):
        assert "nothing stands above what you chose." in act(editor, "move_up", three[0])
        assert "nothing stands below what you chose." in act(editor, "move_down", three[2])
        assert self.slugs() == ["service-token", "second", "third"]

    def test_of_a_block_moves_as_a_block(self):
        demos = [Demo(pk=number) for number in range(4)]
        chosen = set(demos[1:3])
        found = nearer(demos, chosen)
        assert [each.pk for each in found] == [1, 2, 0, 3]
        assert nearer(found, chosen) == found


class TestVersion:
    def test_of_a_callout_publishes_nothing(self, member, demo):
        callout = Callout.objects.first()
        version = Version.objects.get_for_object(callout).last()
        act(member("Publishers"), "unpublish", demo)
        url = f"/admin/portal/callout/{callout.pk}/history/{version.pk}/"
        assert member("Editors").post(url, callout_form(callout)).status_code == 302
        assert not is_published()
        newest = Version.objects.get_for_object(demo).first()
        assert newest.field_dict["is_published"] is False

    def test_of_a_publishers_brings_what_it_says(self, member, demo):
        callout = Callout.objects.first()
        version = Version.objects.get_for_object(callout).last()
        grace = member("Publishers")
        act(grace, "unpublish", demo)
        url = f"/admin/portal/callout/{callout.pk}/history/{version.pk}/"
        assert grace.post(url, callout_form(callout)).status_code == 302
        assert is_published()

    def test_publishes_no_other_page_that_it_holds(self, member, demo):
        Demo.objects.create(slug="other", title="Other", badge="x", summary="x")
        with reversion.create_revision():
            for each in Demo.objects.all():
                each.is_published = True
                each.save()
        version = Version.objects.get_for_object(demo).first()
        Demo.objects.update(is_published=False)
        changed = form(demo)
        del changed["is_published"]
        url = f"{LIST}{demo.pk}/history/{version.pk}/"
        assert member("Editors").post(url, changed).status_code == 302
        assert not Demo.objects.filter(is_published=True).exists()
