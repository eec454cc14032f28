from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from reversion.models import Version

from barbican.portal import seeding, shipped, words
from barbican.portal.editing import adopting
from barbican.portal.models import Callout, Demo, Loaded, Section
from barbican.portal.registry import demos

pytestmark = pytest.mark.django_db
NEWER = "Newer words of a release.\n"


@pytest.fixture
def config():
    return demos()["service-token"]


@pytest.fixture
def release(config, monkeypatch):
    """Ship other words from now on: `release(body={anchor: …}, callout={key: …}, title=…)`."""
    whole = shipped.load(config)

    def release(body=(), callout=(), **page):
        sections = [
            replace(
                each,
                body=dict(body).get(each.anchor, each.body),
                callouts=tuple(
                    replace(one, body=dict(callout).get(one.key, one.body)) for one in each.callouts
                ),
            )
            for each in whole.sections
        ]
        newer = replace(whole, sections=tuple(sections), **page)
        monkeypatch.setattr(shipped, "load", lambda _demo: newer)

    return release


def seed(capsys):
    """Return what the command says it did."""
    capsys.readouterr()
    call_command("seed_copy", "--json")
    return json.loads(capsys.readouterr().out)["service-token"]


class TestSeedCopy:
    def test_brings_up_to_date_what_no_editor_has_touched(self, client, seeded, release, capsys):
        release({"routing": NEWER}, {"status": NEWER.strip()}, title="Newer")
        done = seed(capsys)
        assert done == {
            "added": [],
            "updated": ["/", "how-this-works/status", "routing"],
            "kept": [],
        }
        assert Section.objects.get(anchor="routing").body == NEWER
        assert Callout.objects.get(key="status").body == NEWER.strip()
        page = client.get("/service-token/").content.decode()
        assert page.count("Newer words of a release.") == 2
        assert "<h1>Newer</h1>" in page

    def test_a_second_time_does_nothing(self, seeded, release, capsys):
        release({"routing": NEWER})
        assert seed(capsys)["updated"] == ["routing"]
        versions = Version.objects.count()
        assert seed(capsys) == {"added": [], "updated": [], "kept": []}
        assert Version.objects.count() == versions

    def test_a_release_later_knows_them_still(self, seeded, release, capsys):
        for text in (NEWER, "Newest.\n"):
            release({"routing": text})
            assert seed(capsys)["updated"] == ["routing"]
            assert Section.objects.get(anchor="routing").body == text

    def test_keeps_an_editors_words_and_names_them(self, seeded, release, capsys):
        section = Section.objects.get(anchor="routing")
        section.body = "Mine."
        section.save()
        Section.objects.get(anchor="how-this-works").delete()
        Demo.objects.update(title="Mine")
        release({"routing": NEWER, "how-this-works": NEWER, "in-your-language": NEWER})
        assert seed(capsys) == {
            "added": [],
            "updated": ["in-your-language"],
            "kept": ["/", "routing"],
        }
        assert Section.objects.get(anchor="routing").body == "Mine."
        assert not Section.objects.filter(anchor="how-this-works").exists()
        call_command("seed_copy")
        said = capsys.readouterr().out
        assert "differs from what ships: title, badge or summary, routing" in said

    def test_takes_up_words_that_an_editor_put_back(self, seeded, release, capsys):
        section = Section.objects.get(anchor="routing")
        body = section.body
        for text in ("Mine.", body):
            section.body = text
            section.save()
        release({"routing": NEWER})
        assert seed(capsys)["updated"] == ["routing"]

    @pytest.mark.parametrize("decide", [adopting.adopt, adopting.drop])
    def test_leaves_a_callout_that_was_decided_on(self, seeded, release, capsys, decide):
        callout = Callout.objects.get(key="status")
        decide(callout)
        section = callout.section.body
        release(callout={"status": NEWER.strip()})
        done = seed(capsys)
        assert (done["updated"], callout_name(callout) in done["kept"]) == ([], True)
        callout.refresh_from_db()
        assert callout.body != NEWER.strip()
        assert Section.objects.get(pk=callout.section_id).body == section

    def test_counts_going_back_to_a_version_as_an_editors_change(self, seeded, release, capsys):
        demo = Demo.objects.get()
        first = Version.objects.get_for_object(demo).get()
        body = Section.objects.get(anchor="routing").body
        release({"routing": NEWER})
        seed(capsys)
        first.revision.revert(delete=True)
        assert Section.objects.get(anchor="routing").body == body
        assert seed(capsys) == {"added": [], "updated": [], "kept": ["routing"]}

    def test_makes_a_version_that_says_what_was_brought_up_to_date(self, seeded, release, capsys):
        release({"routing": NEWER})
        seed(capsys)
        newest = Version.objects.get_for_object(Demo.objects.get()).first()
        assert newest.revision.comment == "Brought up to date with what ships: routing."
        bodies = [each.field_dict.get("body") for each in newest.revision.version_set.all()]
        assert NEWER in bodies

    def test_does_all_of_it_or_nothing(self, seeded, release, monkeypatch):
        release({"how-this-works": NEWER, "routing": NEWER})
        save = Section.save

        def failing(section, *args, **options):
            if section.anchor == "routing":
                raise DatabaseError("the disk is full")
            save(section, *args, **options)

        monkeypatch.setattr(Section, "save", failing)
        with pytest.raises(CommandError):
            call_command("seed_copy", verbosity=0)
        assert not Section.objects.filter(body=NEWER).exists()


def callout_name(callout):
    return f"{callout.section.anchor}/{callout.key}"


class TestDatabaseFromBefore:
    """One that knows what was loaded, and not with which words."""

    @pytest.fixture
    def old(self, seeded):
        Loaded.objects.filter(name="/").delete()
        Loaded.objects.update(digest="")

    def test_has_its_former_words_brought_up_to_date(self, old, release, capsys, config):
        name = "step-by-step"
        assert len(seeding.former(config)[name]) > 1
        release({name: NEWER}, title="Newer")
        assert seed(capsys)["updated"] == ["/", name]

    def test_keeps_what_never_shipped(self, old, release, capsys):
        section = Section.objects.get(anchor="routing")
        section.body = "Mine."
        section.save()
        release({"routing": NEWER})
        assert seed(capsys) == {"added": [], "updated": [], "kept": ["routing"]}

    def test_remembers_what_is_as_it_ships(self, old, capsys):
        assert seed(capsys) == {"added": [], "updated": [], "kept": []}
        assert not Loaded.objects.filter(digest="").exists()
        assert Loaded.objects.filter(name="/").exists()

    def test_knows_every_word_that_ships_under_a_name_of_the_page(self, seeded, config):
        names = set(Loaded.objects.values_list("name", flat=True))
        assert set(seeding.former(config)) <= names


class TestDigest:
    def test_is_the_same_for_other_line_ends(self):
        assert words.digest({"body": "a\r\n\r\nb\r\n"}) == words.digest({"body": "a\n\nb"})

    @pytest.mark.parametrize("other", [{"body": "a b"}, {"body": "ab "}, {"title": "ab"}])
    def test_is_another_for_other_words(self, other):
        same = other == {"body": "ab "}
        assert (words.digest(other) == words.digest({"body": "ab"})) is same


@pytest.mark.django_db(transaction=True)
class TestMigration:
    def test_keeps_the_names_of_what_was_loaded_both_ways(self):
        executor = MigrationExecutor(connection)
        try:
            executor.migrate([("portal", "0002_callouts")])
            old = executor.loader.project_state([("portal", "0002_callouts")]).apps
            old.get_model("portal", "Demo").objects.create(
                slug="x", title="x", badge="x", summary="x", seeded=["a", "a/b", "a"]
            )
            executor = MigrationExecutor(connection)
            executor.migrate([("portal", "0003_loaded")])
            assert list(Loaded.objects.order_by("pk").values_list("name", "digest")) == [
                ("a", ""),
                ("a/b", ""),
            ]
            executor = MigrationExecutor(connection)
            executor.migrate([("portal", "0002_callouts")])
            assert old.get_model("portal", "Demo").objects.get().seeded == ["a", "a/b"]
        finally:
            executor = MigrationExecutor(connection)
            executor.migrate(executor.loader.graph.leaf_nodes())
