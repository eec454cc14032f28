from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests import keyserver
from tests.issuer import CLIENT_ID, OTHER_AUD_TAG


@pytest.fixture
def run(monkeypatch):
    def run(command, *arguments, stdin=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        out = io.StringIO()
        try:
            call_command(command, *arguments, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        except SystemExit as stop:
            return stop.code, out.getvalue(), ""
        return 0, out.getvalue(), ""

    return run


class TestVerifyToken:
    def test_shows_every_check_of_a_good_token(self, run, team):
        code, out, _ = run("verify_token", "--json", stdin=f"{team.service_token()}\n")
        found = json.loads(out)
        assert code == 0
        assert found["principal"] == {"kind": "service_token", "id": CLIENT_ID}
        assert [row["result"] for row in found["checks"]] == ["pass"] * 12

    def test_says_no_to_a_bad_one(self, run, team):
        code, out, _ = run("verify_token", stdin=team.service_token(aud=[OTHER_AUD_TAG]))
        assert (code, out.splitlines()[0]) == (1, "wrong_audience")

    def test_takes_a_pasted_header_and_quotes(self, run, team):
        pasted = f'"Cf-Access-Jwt-Assertion: {team.service_token()}"'
        assert run("verify_token", stdin=pasted)[0] == 0

    def test_takes_a_file(self, run, team, tmp_path):
        file = tmp_path / "token"
        file.write_text(team.service_token())
        assert run("verify_token", "--file", str(file))[0] == 0

    @pytest.mark.parametrize(
        ("arguments", "stdin"),
        [
            ([], ""),
            (["--demo", "nobody"], "x"),
            (["--file", "/nonexistent"], ""),
        ],
    )
    def test_says_what_to_do_when_used_wrongly(self, run, team, arguments, stdin):
        code, _, error = run("verify_token", *arguments, stdin=stdin)
        assert code == 2
        assert error.endswith(".")

    def test_never_prints_the_signature(self, run, team):
        token = team.service_token()
        assert token.rpartition(".")[2] not in run("verify_token", stdin=token)[1]

    def test_is_not_fooled_by_control_characters(self, run, team):
        token = team.service_token(common_name="\x1b[2J\nverified", sub="")
        assert "\x1b" not in run("verify_token", stdin=token)[1]

    def test_without_a_configuration_is_wrong_use(self, run, settings):
        assert run("verify_token", stdin="a.b.c")[0] == 2


class TestRefreshKeys:
    def test_shows_the_keys(self, run, team):
        code, out, _ = run("refresh_keys", "--json")
        assert code == 0
        assert json.loads(out)["keys"] == [team.key_id]

    def test_says_why_not(self, run, team, key_server):
        key_server.behave(keyserver.status(503))
        code, _, error = run("refresh_keys")
        assert (code, error) == (1, "Not fetched: it answered 503.")

    def test_without_a_team_is_wrong_use(self, run):
        assert run("refresh_keys")[0] == 2


class TestDoctor:
    def test_finds_nothing_wrong_with_a_whole_configuration(self, run, team):
        code, out, _ = run("doctor", "--json")
        found = json.loads(out)
        assert code == 0
        assert {each["about"] for each in found} >= {"signing keys", "clock", "SERVICE_TOKEN_AUD"}

    def test_names_the_line_to_add(self, run):
        code, out, _ = run("doctor")
        assert code == 1
        assert "add ACCESS_TEAM_DOMAIN=https://<team>.cloudflareaccess.com" in out
        assert "add SERVICE_TOKEN_AUD=" in out

    def test_says_why_the_keys_cannot_be_had(self, run, team, key_server):
        key_server.behave(keyserver.status(503))
        code, out, _ = run("doctor")
        assert code == 1
        assert "signing keys: it answered 503" in out

    def test_compares_clocks(self, run, team, key_server):
        def behind(handler):
            handler.date_time_string = lambda: "Tue, 24 Nov 2020 12:00:00 GMT"
            handler.answer(handler.server.document)

        key_server.behave(behind)
        code, out, _ = run("doctor")
        assert code == 1
        assert "ahead of the team domain's" in out

    @pytest.mark.parametrize("url", ["portal.example", "file:///etc/passwd", "http://"])
    def test_wants_a_whole_address(self, run, url):
        assert run("doctor", "--url", url)[0] == 2
