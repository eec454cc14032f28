from __future__ import annotations

from dataclasses import replace

import pytest

from barbican.edge.organisation.choices import Choices
from barbican.edge.organisation.destinations import Destination
from barbican.edge.tokens.binding import binding_of, is_bound
from barbican.edge.tokens.cookies import application_cookies, authorization_cookie, cookie_values
from tests.edge.conftest import NOW

DATE = "Expires=Mon, 21 Sep 2026 14:13:20 GMT"


@pytest.fixture
def application(organisation):
    return organisation.applications[0]


class TestSets:
    @pytest.mark.parametrize(
        ("changes", "choices", "tail"),
        [
            ({}, {}, "Path=/; Secure; SameSite=none"),
            ({"same_site_cookie_attribute": "none"}, {}, "Path=/; Secure; SameSite=none"),
            ({"same_site_cookie_attribute": "lax"}, {}, "Path=/; Secure; SameSite=Lax"),
            ({"same_site_cookie_attribute": "strict"}, {}, "Path=/; Secure; SameSite=Strict"),
            ({"http_only_cookie_attribute": True}, {}, "Path=/; Secure; HttpOnly; SameSite=none"),
            ({}, {"http_only_by_default": True}, "Path=/; Secure; HttpOnly; SameSite=none"),
            (
                {"http_only_cookie_attribute": False},
                {"http_only_by_default": True},
                "Path=/; Secure; SameSite=none",
            ),
            ({}, {"secure_cookies": False}, "Path=/"),
            (
                {"same_site_cookie_attribute": "lax"},
                {"secure_cookies": False},
                "Path=/; SameSite=Lax",
            ),
            ({"path_cookie_attribute": True}, {}, "Path=/service-token; Secure; SameSite=none"),
        ],
    )
    def test_rule_06_what_the_application_says(self, application, changes, choices, tail):
        cookie = authorization_cookie("t", NOW, replace(application, **changes), Choices(**choices))
        assert cookie == f"CF_Authorization=t; {DATE}; {tail}"

    @pytest.mark.parametrize(
        ("uri", "path"),
        [
            ("x.test", "/"),
            ("x.test/*", "/"),
            ("x.test/a", "/a"),
            ("x.test/a/b/", "/a/b"),
            ("x.test/a/*", "/a"),
            ("x.test/foo*/bar", "/"),
            ("x.test/a/foo*/bar", "/a"),
            ("x.test/a;b c/é", "/a%3Bb%20c/%C3%A9"),
        ],
    )
    def test_the_path_of_the_destination_that_was_asked_for(self, application, uri, path):
        scoped = replace(application, path_cookie_attribute=True)
        destination = Destination.parse(uri)
        cookie = authorization_cookie("t", NOW, scoped, Choices(), destination)
        assert f"; Path={path}; " in cookie

    def test_a_binding_cookie_only_where_it_is_enabled(self, application, key_pair):
        def cookies(**changes):
            given = replace(application, **changes)
            return application_cookies("t", NOW, given, Choices(), key_pair.current)

        assert len(cookies()) == 1
        _cookie, binding = cookies(enable_binding_cookie=True, same_site_cookie_attribute="lax")
        value = binding_of("t", key_pair.current)
        tail = "Path=/; Secure; HttpOnly; SameSite=none"
        assert binding == f"CF_Binding={value}; {DATE}; {tail}"


class TestReads:
    @pytest.mark.parametrize(
        ("lines", "found"),
        [
            ([], []),
            (["a=1"], []),
            (["CF_Authorization=x"], ["x"]),
            (["a=1; CF_Authorization=x; CF_Authorization=y"], ["x", "y"]),
            (["CF_Authorization=x", "b=2;CF_Authorization= y "], ["x", "y"]),
            (['CF_Authorization="x"'], ["x"]),
            (["CF_Authorization=a=b"], ["a=b"]),
            (["CF_Authorization"], [""]),
            (["cf_authorization=x; XCF_Authorization=y; CF_Authorization2=z"], []),
        ],
    )
    def test_rule_24_every_cookie_of_the_name(self, lines, found):
        headers = tuple(("cookie", line) for line in lines)
        assert cookie_values(headers, "CF_Authorization") == found


class TestBinds:
    def test_one_token_to_one_cookie(self, key_pair):
        good = binding_of("t", key_pair.current)
        assert is_bound("t", [good], key_pair)
        assert is_bound("t", ["forged", good], key_pair)
        for forged in ([], [""], ["forged"], [good.upper()], [good[:-1]], ["é\udcff"]):
            assert not is_bound("t", forged, key_pair)
        assert not is_bound("other", [good], key_pair)

    def test_through_one_rotation(self, key_pair):
        good = binding_of("t", key_pair.current)
        once = key_pair.rotated()
        assert is_bound("t", [good], once)
        assert not is_bound("t", [good], once.rotated())
