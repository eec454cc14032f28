from __future__ import annotations

import pytest

from barbican.edge.decision.readings import MOST_READINGS, readings


class TestReads:
    @pytest.mark.parametrize(
        ("path", "first"),
        [
            ("/", "/"),
            ("/service-token/", "/service-token/"),
            ("/%73ervice-token/", "/service-token/"),
            ("/service%2Dtoken", "/service-token"),
            ("/a%2Fb", "/a/b"),
            ("/caf%C3%A9", "/café"),
        ],
    )
    def test_a_path_first_as_a_wsgi_server_passes_it_on(self, path, first):
        assert readings(path)[0] == first

    @pytest.mark.parametrize(
        "path",
        [
            "/x/../service-token",
            "/x/%2e%2e/service-token",
            "/x%2f..%2fservice-token",
            "/./service-token",
            "//service-token",
            "/x\\..\\service-token",
            "/x%5c..%5cservice-token",
            "/service-token;v=1",
            "/%2573ervice-token",
            "/%252e/service-token",
            "/service-token%00",
            "/service-token%20",
            "/;/service-token",
            "/..;/service-token",
        ],
    )
    def test_also_as_other_servers_would(self, path):
        assert "/service-token" in readings(path)

    def test_a_reading_that_only_some_of_the_rules_give(self):
        assert "/service-token/" in readings("/b/../service-token/;/..")

    @pytest.mark.parametrize("path", ["/plain/path", "/a..b/c", "/x~!$&'()*+,=:@-"])
    def test_a_plain_path_in_one_way(self, path):
        assert readings(path) == (path,)


class TestRefuses:
    def test_a_path_with_more_readings_than_anybody_needs(self):
        nested = "%" + "25" * 200 + "41"
        with pytest.raises(ValueError, match="too many"):
            readings(f"/{nested}")

    def test_no_path_within_the_bound(self):
        nested = "%" + "25" * 20 + "41"
        assert len(readings(f"/{nested}")) <= MOST_READINGS
