from __future__ import annotations

import pytest

from barbican.portal.troubleshooting import local, matrix
from barbican.portal.troubleshooting.local import MAKE_DEMO, Local

ELSEWHERE = Local("http://localhost:8390", "http://127.0.0.1:8310", "http://127.0.0.1:8390")


@pytest.fixture
def found(rf, settings):
    """Say where the local edge is, for a portal with these settings."""

    def found(team, base="localhost", *, is_allowed=True, port="8310"):
        settings.ACCESS_LOCAL_EDGE, settings.ACCESS_TEAM_DOMAIN = is_allowed, team
        settings.BASE_DOMAIN = base
        return local.of(rf.get("/", SERVER_PORT=port, HTTP_HOST="localhost:1"))

    return found


class TestOf:
    def test_is_this_installations_own(self, found):
        assert found("http://127.0.0.1:8390") == ELSEWHERE
        assert found("http://127.0.0.1:8080", port="8000") == MAKE_DEMO
        assert found("http://127.0.0.1:8390", "portal.test") == Local(
            "http://portal.test:8390", "http://portal.test:8310", "http://127.0.0.1:8390"
        )

    @pytest.mark.parametrize("port", ["8390", "", "x"])
    def test_is_the_usual_port_where_the_origin_does_not_know_its_own(self, found, port):
        assert found("http://127.0.0.1:8390", port=port).origin == MAKE_DEMO.origin

    @pytest.mark.parametrize(
        ("team", "is_allowed"),
        [("https://invented.cloudflareaccess.com", False), ("http://127.0.0.1:8390", False),
         ("http://203.0.113.5:8390", True), ("", True)],
    )  # fmt: skip
    def test_is_that_of_make_demo_where_no_edge_is_allowed(self, found, team, is_allowed):
        assert found(team, is_allowed=is_allowed) == MAKE_DEMO


class TestStart:
    @pytest.mark.parametrize(
        ("at", "flags", "command"),
        [
            (MAKE_DEMO, (), "make demo"),
            (MAKE_DEMO, ("--legacy",), ".venv/bin/python -m barbican.demo --legacy"),
            (ELSEWHERE, (), "make demo PORT=8310 EDGE_PORT=8390"),
            (ELSEWHERE, ("--no-401",),
             ".venv/bin/python -m barbican.demo --port 8310 --edge-port 8390 --no-401"),
            (MAKE_DEMO._replace(edge="http://portal.test:8080"), (),
             ".venv/bin/python -m barbican.demo --base-domain portal.test"),
        ],
    )  # fmt: skip
    def test_names_what_differs_from_the_defaults(self, at, flags, command):
        assert at.start(flags) == command


class TestRows:
    @pytest.mark.parametrize("row", matrix.rows(ELSEWHERE).values(), ids=list(matrix.rows()))
    def test_name_no_port_but_those_of_their_place(self, row):
        text = repr(row)
        assert "8080" not in text
        assert "8000" not in text
        assert "{" not in text.replace("${TOKEN", "") or row.code == "json-parse-error"

    def test_sign_for_the_team_of_the_place(self):
        for at, issuer in ((ELSEWHERE, "--issuer http://127.0.0.1:8390"), (MAKE_DEMO, "")):
            command = matrix.rows(at)["expired"].reproduction.commands[0]
            assert issuer in command
            assert ("--issuer" in command) == bool(issuer)

    def test_lead_to_the_people_of_the_place(self):
        row = matrix.rows(ELSEWHERE)["login-redirect"]
        assert row.reproduction.commands == ("curl -i http://login.localhost:8390/",)

    @pytest.mark.django_db
    def test_are_filled_in_wherever_they_are_shown(self, client, seeded, settings, team):
        settings.ACCESS_TEAM_DOMAIN = "http://127.0.0.1:8390"
        for code in ("local-edge-origin-down", "tunnel-502", "access-401", "expired"):
            for form in ("html", "json", "txt", "md"):
                body = client.get(
                    f"/troubleshooting/{code}/", {"format": form}, SERVER_PORT="8310"
                ).content.decode()
                assert "8310" in body or "8390" in body
                assert "127.0.0.1:8000" not in body
                assert "localhost:8080" not in body
        for form in ("html", "json", "txt", "md"):
            body = client.post(
                f"/troubleshooting/explain/?format={form}",
                "HTTP/1.1 502 Bad Gateway\ncf-ray: 9338abe1c0ffee42-LOC\n\n"
                '{"message": "The origin at http://127.0.0.1:1 cannot be reached."}',
                content_type="text/plain",
                SERVER_PORT="8310",
            ).content.decode()
            assert "http://127.0.0.1:8310/healthz" in body
