from __future__ import annotations

import pytest

from barbican.edge.decision.cors import preflight_headers
from barbican.edge.organisation.model import CorsHeaders

APP = "https://app.example"
SOME = CorsHeaders((APP,), ("GET", "PUT"), ("X-Mine", "X-Yours"))
ALL = CorsHeaders(allow_all_origins=True, allow_all_methods=True, allow_all_headers=True)


def asked(origin=APP, method="PUT", *wanted):
    headers = [("Origin", origin), ("Access-Control-Request-Method", method)]
    headers += [("Access-Control-Request-Headers", each) for each in wanted]
    return tuple(headers)


def answer(cors, *request):
    found = dict(preflight_headers(cors, asked(*request)))
    assert found.pop("Vary").startswith("Origin, ")
    return {name.removeprefix("Access-Control-"): value for name, value in found.items()}


class TestAllows:
    @pytest.mark.parametrize(
        "wanted", [(), ("X-Mine",), ("x-mine, X-YOURS",), ("X-Mine", "X-Yours")]
    )
    def test_rule_15_what_is_listed(self, wanted):
        found = answer(SOME, APP, "PUT", *wanted)
        assert (found["Allow-Origin"], found["Allow-Methods"]) == (APP, "PUT")
        assert found.get("Allow-Headers") == (", ".join(wanted) or None)
        assert "Allow-Credentials" not in found
        assert "Max-Age" not in found

    def test_everything_where_everything_is(self):
        found = answer(ALL, "https://other.example", "DELETE", "X-Odd")
        assert found == {"Allow-Origin": "*", "Allow-Methods": "DELETE", "Allow-Headers": "X-Odd"}

    def test_no_asterisk_together_with_credentials(self):
        cors = CorsHeaders(("*",), ("*",), ("*",), allow_credentials=True, max_age=0)
        found = answer(cors, "https://other.example", "DELETE")
        assert found["Allow-Origin"] == "https://other.example"
        assert (found["Allow-Credentials"], found["Max-Age"]) == ("true", "0")


class TestRefuses:
    @pytest.mark.parametrize(
        "request_",
        [
            ("https://app.example.evil", "PUT"),
            ("http://app.example", "PUT"),
            ("https://app.example:8443", "PUT"),
            ("null", "PUT"),
            ("", "PUT"),
            (APP, "DELETE"),
            (APP, ""),
            (APP, "PUT", "X-Other"),
            (APP, "PUT", "X-Mine, X-Other"),
        ],
    )
    def test_rule_15_anything_else_without_a_word(self, request_):
        assert answer(SOME, *request_) == {}

    def test_two_origins(self):
        headers = (*asked(), ("Origin", "https://evil.example"))
        assert [name for name, _value in preflight_headers(SOME, headers)] == ["Vary"]
