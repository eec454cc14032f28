from __future__ import annotations

import json
import logging
import sys

import pytest
from django.views.debug import ExceptionReporter

from barbican.logs import JsonFormatter, LineFormatter, ReporterFilter, masked
from tests.issuer import CLIENT_ID
from tests.portal.growth import MOST, growth

SECRET = "cfast_" + "InventedSecretOfTheTests0123456789abcdef0" + "12345678"
OLD_SECRET = "5ec2e7" * 10 + "abcd"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"

SIGNATURE = JWT.rpartition(".")[2]


def line(message, *arguments, exc_info=None):
    record = logging.LogRecord("x", logging.INFO, "f", 1, message, arguments, exc_info)
    return LineFormatter().format(record)


class TestLine:
    def test_is_one_whatever_is_in_it(self):
        found = line("a %s", "b\nforged line\r\x1b[31m\u2028\u202e")
        assert "\n" not in found
        assert "\x1b" not in found
        assert found.isprintable()

    def test_holds_no_secret(self):
        found = line("%s", f"{SECRET} {OLD_SECRET} {JWT}")
        for secret in (SECRET, OLD_SECRET, "c2lnbmF0dXJl", "eyJzdWIiOiIifQ"):
            assert secret not in found

    @pytest.mark.parametrize("piece", ["eyJ", "eyJ.", "eyJaaaa.", "cfast_", "a.", "5e" * 32])
    def test_takes_time_in_proportion_to_its_length(self, piece):
        assert growth(masked, piece) < MOST

    def test_holds_no_token_within_a_word(self):
        found = line("Not Found: /%s", f"x_{JWT}.more/next")
        assert found.endswith("Not Found: /x_eyJhbGciOiJSUzI1NiJ9••••/next")

    def test_holds_no_secret_of_an_exception(self):
        try:
            raise ValueError(SECRET)
        except ValueError:
            found = line("failed", exc_info=sys.exc_info())
        assert SECRET not in found
        assert "ValueError" in found


class TestJson:
    def test_is_one_object_with_the_fields_of_the_event(self):
        record = logging.LogRecord("x", logging.INFO, "f", 1, "a\nb \u202e", (), None)
        record.fields = {"verdict": "expired"}
        text = JsonFormatter().format(record)
        assert text.isascii()
        assert "\n" not in text
        found = json.loads(text)
        assert (found["message"], found["verdict"]) == ("a\nb \u202e", "expired")

    def test_holds_no_secret(self):
        record = logging.LogRecord("x", logging.INFO, "f", 1, f"{SECRET} {JWT}", (), None)
        assert SECRET not in JsonFormatter().format(record)


class TestVerdictLine:
    def test_names_verdict_application_route_key_and_request(self, client, db, team, caplog):
        caplog.set_level(logging.INFO, "barbican.access")
        token = team.service_token()
        client.get("/service-token/", HTTP_CF_ACCESS_JWT_ASSERTION=token)
        [record] = [each for each in caplog.records if hasattr(each, "fields")]
        assert record.fields["verdict"] == "verified_service_token"
        assert record.fields["application"] == "service_token"
        assert record.fields["route"] == "path"
        assert record.fields["key_id"] == team.key_id
        assert record.fields["request_id"]
        assert record.fields["milliseconds"] > 0
        assert CLIENT_ID not in str(vars(record))

    def test_is_the_only_one_where_the_answer_is_503(self, client, db, caplog):
        with caplog.at_level(logging.INFO):
            assert client.get("/service-token/").status_code == 503
        assert [record.name for record in caplog.records] == ["barbican.access"]

    def test_is_not_written_for_a_page_that_does_not_look(self, client, db, team, caplog):
        caplog.set_level(logging.INFO, "barbican.access")
        client.get("/robots.txt")
        assert not [each for each in caplog.records if hasattr(each, "fields")]


class TestReport:
    def test_shows_no_token_no_header_and_no_variable(self, rf):
        request = rf.get(
            "/",
            HTTP_CF_ACCESS_JWT_ASSERTION=JWT,
            HTTP_CF_ACCESS_CLIENT_SECRET=SECRET,
            HTTP_CF_ACCESS_CLIENT_ID="0011",
            HTTP_COOKIE=f"CF_Authorization={JWT}",
            HTTP_X_OTHER=OLD_SECRET,
        )
        request.exception_reporter_filter = ReporterFilter()
        harmless_name = SECRET
        try:
            raise RuntimeError("broken")
        except RuntimeError:
            reporter = ExceptionReporter(request, *sys.exc_info())
        for report in (reporter.get_traceback_text(), reporter.get_traceback_html()):
            for secret in (harmless_name, OLD_SECRET, JWT, SIGNATURE):
                assert secret not in report
