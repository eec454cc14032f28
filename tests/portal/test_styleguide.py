from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from justhtml import JustHTML

from barbican.access import errors
from barbican.portal import verdicts
from barbican.portal.styleguide.registry import BY_SLUG, COMPONENTS, FRAME_SHEETS
from barbican.portal.styleguide.states import states
from tests.issuer import ADMIN_AUD_TAG

pytestmark = pytest.mark.django_db
MARK = "a-word-of-this-very-request"
PATHS = ["/styleguide/", *(f"/styleguide/{component.slug}/" for component in COMPONENTS)]


class TestNames:
    def test_every_partial_once(self):
        shown = [name for component in COMPONENTS for name in component.partials]
        there = {path.stem for path in (project.BASE_DIR / "templates/includes").glob("*.html")}
        assert sorted(shown) == sorted(there)

    def test_every_sheet(self):
        shown = {name for each in COMPONENTS for name in (each.slug, *each.sheets)}
        there = {path.stem for path in (project.BASE_DIR / "static/css/components").glob("*.css")}
        assert there - set(FRAME_SHEETS) <= shown

    def test_each_specimen_once(self):
        for component in COMPONENTS:
            slugs = [specimen.slug for specimen in component.make()]
            assert slugs
            assert len(slugs) == len(set(slugs)), component.slug


class TestStates:
    def test_are_numbered_as_in_the_design(self):
        assert [state.number for state in states()] == [*range(1, 17), *range(18, 23)]

    def test_are_what_they_say(self):
        for state in states():
            examination = state.invented.examination()
            assert examination.verdict == state.verdict, state.slug
            assert examination.status == verdicts.BY_CODE[state.verdict].status

    def test_cover_every_verdict(self):
        assert {state.verdict for state in states()} == set(verdicts.BY_CODE)
        assert set(errors.BY_CODE) < {state.verdict for state in states()}

    def test_need_no_configuration(self, settings):
        settings.ACCESS_TEAM_DOMAIN = ""
        first = states()[0].invented.examination()
        assert first.is_verified


class TestPage:
    @pytest.mark.parametrize("path", PATHS)
    def test_is_whole_and_invented(self, editor, path):
        answer = editor.get(path, HTTP_X_MARK=MARK, HTTP_CF_ACCESS_JWT_ASSERTION=MARK)
        body = answer.content.decode()
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        assert '<meta name="robots" content="noindex">' in body
        assert MARK not in body
        JustHTML(body, strict=True)

    @pytest.mark.parametrize("path", PATHS[1:])
    def test_has_ids_that_are_unique_and_references_that_are_there(self, editor, path):
        body = editor.get(path).content.decode()
        ids = re.findall(r'\sid="([^"]+)"', body)
        assert len(ids) == len(set(ids))
        labels = re.findall(r'\saria-labelledby="([^"]+)"', body)
        assert {name for label in labels for name in label.split()} <= set(ids)

    def test_shows_a_specimen_for_every_state(self, editor):
        body = editor.get("/styleguide/verdict/").content.decode()
        for state in states():
            assert f'<h2 id="{state.slug}">' in body
        assert '<h2 id="switched-off">' in body

    def test_of_an_exposed_secret_masks_it(self, editor):
        for path in ("/styleguide/headers/", "/styleguide/verdict/"):
            assert "an invented secret" not in editor.get(path).content.decode()

    def test_of_no_component_is_404(self, editor):
        assert editor.get("/styleguide/nothing/").status_code == 404


class TestHides:
    @pytest.mark.parametrize("path", ["/styleguide/", "/styleguide/verdict/"])
    def test_from_everybody_else(self, client, seeded, path):
        assert client.get(path).status_code == 404
        client.cookies["sessionid"] = "made-up"
        assert client.get(path).status_code == 404
        for user in (
            User.objects.create_user("ada", "ada@example.com", "a long pass phrase"),
            User.objects.create_user("bob", is_staff=True, is_active=False),
        ):
            client.force_login(user)
            assert client.get(path).status_code == 404

    def test_from_a_session_alone_where_the_admin_wants_a_person(self, editor, settings, team):
        settings.ACCESS_APPLICATIONS = {"admin": {"audience_tags": [ADMIN_AUD_TAG]}}
        assert editor.get("/styleguide/").status_code == 404
        for email, status in (("eve@example.com", 404), ("grace@example.com", 200)):
            token = team.person_token(aud=[ADMIN_AUD_TAG], email=email)
            answer = editor.get("/styleguide/", HTTP_CF_ACCESS_JWT_ASSERTION=token)
            assert answer.status_code == status

    def test_from_a_forged_identity(self, client, seeded, team):
        forged = {"HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL": "grace@example.com"}
        assert client.get("/styleguide/", **forged).status_code == 404

    def test_its_addresses_from_the_sitemap(self, client, seeded):
        assert b"styleguide" not in client.get("/sitemap.xml").content
        assert "verdict" in BY_SLUG


class TestTemplates:
    def test_say_in_their_first_line_what_they_take(self):
        for path in Path(project.BASE_DIR / "templates/includes").glob("*.html"):
            assert path.read_text().startswith("{# Takes "), path.name
