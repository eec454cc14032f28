from __future__ import annotations

import pytest

from barbican.hosts import slug_of

pytestmark = pytest.mark.django_db


class TestSlug:
    @pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST.", "127.0.0.1:80"])
    def test_is_none_at_the_portal(self, host):
        assert slug_of(host) is None

    @pytest.mark.parametrize(
        ("host", "slug"),
        [
            ("service-token.localhost", "service-token"),
            ("Service-Token.LOCALHOST.:8080", "service-token"),
            ("a.service-token.localhost", "a.service-token"),
        ],
    )
    def test_is_what_stands_before_the_domain(self, host, slug):
        assert slug_of(host) == slug


class TestDemoHost:
    def test_shows_the_demo_and_links_to_the_portal(self, client, team):
        page = client.get("/", HTTP_HOST="service-token.localhost:8080")
        text = page.content.decode()
        assert 'href="http://localhost:8080/"' in text
        assert 'href="http://localhost:8080/static/' in text
        assert '<link rel="canonical" href="http://localhost:8080/service-token/">' in text
        assert "http://localhost:8080" in page["Content-Security-Policy"]

    @pytest.mark.parametrize("path", ["/admin/", "/service-token/", "/static/css/site.css", "/x"])
    def test_has_nothing_else(self, client, path):
        assert client.get(path, HTTP_HOST="service-token.localhost").status_code == 404

    @pytest.mark.parametrize("host", ["nobody.localhost", "a.service-token.localhost"])
    def test_is_never_the_default(self, client, host):
        assert client.get("/", HTTP_HOST=host).status_code == 404

    def test_of_another_domain_is_refused(self, client):
        assert client.get("/", HTTP_HOST="service-token.evil.example").status_code == 400


class TestPortalHost:
    def test_has_no_other_origin_in_its_policy(self, client):
        assert "http" not in client.get("/")["Content-Security-Policy"]
