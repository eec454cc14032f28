from __future__ import annotations

import logging
import sys

from django.views.debug import ExceptionReporter

from barbican.logs import LineFormatter, ReporterFilter

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

    def test_holds_no_secret_of_an_exception(self):
        try:
            raise ValueError(SECRET)
        except ValueError:
            found = line("failed", exc_info=sys.exc_info())
        assert SECRET not in found
        assert "ValueError" in found


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
