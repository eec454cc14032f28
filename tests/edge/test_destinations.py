from __future__ import annotations

import pytest

from barbican.edge.organisation.destinations import Destination, normal_host


class TestCovers:
    @pytest.mark.parametrize(
        ("uri", "host", "path", "expected"),
        [
            ("example.com/a", "example.com", "/a", True),
            ("example.com/a", "example.com", "/a/", True),
            ("example.com/a", "example.com", "/a/b/c", True),
            ("example.com/a", "example.com", "/ab", False),
            ("example.com/a", "example.com", "/A", False),
            ("example.com/a/", "example.com", "/a", True),
            ("example.com/a", "example.org", "/a", False),
            ("example.com/a", "xexample.com", "/a", False),
            ("example.com/a", "example.com.evil", "/a", False),
            ("example.com/a/*", "example.com", "/a", False),
            ("example.com/a/*", "example.com", "/a/", True),
            ("example.com/a/*", "example.com", "/a/b/c", True),
            ("example.com/a/*", "example.com", "/a/b\nc", True),
            ("example.com", "example.com", "/", True),
            ("example.com/*", "example.com", "/", True),
            ("example.com/*", "example.com", "/x/y", True),
            ("example.com/foo*/bar", "example.com", "/foo/bar", True),
            ("example.com/foo*/bar", "example.com", "/foo/x/y/bar", True),
            ("example.com/foo*/bar", "example.com", "/foo/barn", False),
            ("*.example.com", "a.example.com", "/", True),
            ("*.example.com", "a.b.example.com", "/", False),
            ("*.example.com", "example.com", "/", False),
            ("app-*.example.com", "app-1.example.com", "/", True),
            ("example.com/a.b", "example.com", "/axb", False),
            ("*test.example.com", "test.example.com", "/", True),
            ("*test.example.com", "alphatest.example.com", "/", True),
            ("*test.example.com", "beta.test.example.com", "/", False),
            ("*.*.example.com", "a.b.example.com", "/", True),
            ("*.*.example.com", "a.example.com", "/", False),
            ("example.com/*/b/*", "example.com", "/a/x/b/c", True),
            ("example.com/*/b/*", "example.com", "/a/b", False),
            ("example.com/foo*/bar", "example.com", "/food/bar/x", True),
            ("example.com:8443/a", "example.com", "/a", True),
        ],
    )
    def test_rule_01_host_and_path(self, uri, host, path, expected):
        assert Destination.parse(uri).covers(host, path) is expected

    @pytest.mark.parametrize(
        ("uri", "path", "longer_names", "expected"),
        [
            ("example.com/alpha", "/alphabet", False, False),
            ("example.com/alpha", "/alphabet", True, True),
            ("example.com/alpha", "/alphabet/x", True, True),
            ("example.com/alpha", "/alp", True, False),
            ("example.com/foo*/bar", "/food/barn", True, True),
            ("example.com/alpha/*", "/alpha", True, False),
            ("example.com/alpha/*", "/alpha/x", True, True),
        ],
    )
    def test_longer_names_by_choice(self, uri, path, longer_names, expected):
        destination = Destination.parse(uri)
        assert destination.covers("example.com", path, longer_names=longer_names) is expected

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/a/x/b/y/c/z/d/q", True),
            ("/x/x/y/y/z/z/x/y/z/q/q", True),
            ("/a/y/b/x/c/z/d/q", False),
            ("/x/y/z/q", False),
            # It would take longer than anybody lives if every way to share it out were tried.
            ("/a" + "/x" * 2500 + "/y" * 2500 + "/z" * 2500 + "/k", False),
            ("/a" + "/x" * 2500 + "/y" * 2500 + "/z" * 2500 + "/q", True),
        ],
    )
    def test_many_wildcards_and_a_long_path(self, path, expected):
        destination = Destination.parse("example.com/*/x/*/y/*/z/*/q")
        assert destination.covers("example.com", path) is expected


class TestRefuses:
    @pytest.mark.parametrize(
        "uri", ["", "/a", "https://example.com", "example.com/a?b", "example.com/*x*", "*.*a*.com"]
    )
    def test_what_is_no_destination(self, uri):
        with pytest.raises(ValueError, match=r"destination|wildcards"):
            Destination.parse(uri)


class TestNormalises:
    @pytest.mark.parametrize(
        ("value", "host"),
        [
            ("LocalHost:8080", "localhost"),
            ("localhost.", "localhost"),
            ("localhost..", "localhost."),
            ("[::1]:8080", "[::1]"),
            ("localhost.:80", "localhost"),
        ],
    )
    def test_rule_02_a_host_without_its_port(self, value, host):
        assert normal_host(value) == host
