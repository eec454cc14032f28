from __future__ import annotations

import pytest

from barbican.access import conf
from barbican.access.identity import Kind
from tests.issuer import AUD_TAG, CLIENT_ID


class TestTrusts:
    @pytest.mark.parametrize(
        "domain",
        ["https://acme.cloudflareaccess.com", "https://a-c-me.fed.cloudflareaccess.com"],
    )
    def test_a_team_at(self, domain):
        assert conf.is_safe_team_domain(domain)

    @pytest.mark.parametrize(
        "domain",
        ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", "http://127.1.2.3"],
    )
    def test_loopback_only_with_the_local_edge(self, settings, domain):
        assert not conf.is_safe_team_domain(domain)
        settings.ACCESS_LOCAL_EDGE = True
        assert conf.is_safe_team_domain(domain)


class TestDistrusts:
    @pytest.mark.parametrize("local_edge", [False, True])
    @pytest.mark.parametrize(
        "domain",
        [
            "",
            "acme.cloudflareaccess.com",
            "http://acme.cloudflareaccess.com",
            "https://acme.cloudflareaccess.com/",
            "https://acme.cloudflareaccess.com:443",
            "https://acme.cloudflareaccess.com.",
            "https://cloudflareaccess.com",
            "https://.cloudflareaccess.com",
            "https://a.b.cloudflareaccess.com",
            "https://evilcloudflareaccess.com",
            "https://acme.cloudflareaccess.com.evil.example",
            "https://acme.cloudflareaccess.com@evil.example",
            "https://evil.example/acme.cloudflareaccess.com",
            "https://acmeXcloudflareaccess.com",
            "https://acme.cloudflareaccess.com\n",
            "https://ACME.cloudflareaccess.com",
            "http://evil.example:8080",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080/x",
            "http://127.0.0.1@evil.example",
            "http://user@127.0.0.1:8080",
            "http://127.0.0.1:99999",
            "http://0.0.0.0:8080",
            "http://10.0.0.1:8080",
            "http://localhost.evil.example",
            "file:///etc/passwd",
            "http://[::1",
        ],
    )
    def test_an_address_like(self, settings, local_edge, domain):
        settings.ACCESS_LOCAL_EDGE = local_edge
        assert not conf.is_safe_team_domain(domain)


class TestApplication:
    def test_has_the_tags_of_its_own_name(self, team):
        assert AUD_TAG in conf.application("service_token").audience_tags
        assert not conf.application("admin").audience_tags
        assert not conf.application("nobody").audience_tags

    @pytest.mark.parametrize(
        "entry",
        [
            {"audience_tags": [AUD_TAG, "short"]},
            {"audience_tags": [AUD_TAG.upper()]},
            {"audience_tags": [AUD_TAG], "client_ids": ["not-a-client-id"]},
        ],
    )
    def test_is_closed_by_anything_malformed(self, settings, entry):
        settings.ACCESS_APPLICATIONS = {"service_token": entry}
        assert not conf.application("service_token").audience_tags

    def test_welcomes_every_kind_unless_it_says_so(self, settings, team):
        assert conf.application("service_token").welcomes == frozenset(Kind)
        settings.ACCESS_APPLICATIONS = {
            "service_token": {"audience_tags": [AUD_TAG], "welcomes": ["service_token"]}
        }
        assert conf.application("service_token").welcomes == {Kind.SERVICE_TOKEN}

    def test_follows_the_settings(self, settings, team):
        conf.application("service_token")
        settings.ACCESS_APPLICATIONS = {
            "service_token": {"audience_tags": [AUD_TAG], "client_ids": [CLIENT_ID]}
        }
        assert conf.application("service_token").client_ids == {CLIENT_ID}
