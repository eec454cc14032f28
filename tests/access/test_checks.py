from __future__ import annotations

import re

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from barbican.access import checks
from tests.issuer import AUD_TAG

TEAM = "https://acme.cloudflareaccess.com"


def applications(*tags, client_ids=(), admin=()):
    return {
        "service_token": {"audience_tags": list(tags), "client_ids": list(client_ids)},
        "admin": {"audience_tags": list(admin)},
    }


def found(**options):
    return [message.id for message in run_checks(**options) if message.id.startswith("access.")]


class TestReports:
    # what is wrong: (settings, id)
    WRONG = {
        "nothing configured": ("", applications(), "access.W001"),
        "tags without a team domain": ("", applications(AUD_TAG), "access.E001"),
        "a team domain with a slash": (f"{TEAM}/", applications(AUD_TAG), "access.E002"),
        "a team domain on loopback": ("http://127.0.0.1:1", applications(AUD_TAG), "access.E002"),
        "a demo without a tag": (TEAM, applications(), "access.E003"),
        "a tag that is none": (TEAM, applications("abc"), "access.E004"),
        "an admin tag that is none": (TEAM, applications(AUD_TAG, admin=["x"]), "access.E004"),
        "a Client ID that is none": (TEAM, applications(AUD_TAG, client_ids=["x"]), "access.E005"),
        "one tag for two": (TEAM, applications(AUD_TAG, admin=[AUD_TAG]), "access.E008"),
    }

    @pytest.mark.parametrize(("domain", "apps", "name"), WRONG.values(), ids=WRONG.keys())
    def test_with_an_id_and_a_hint(self, settings, domain, apps, name):
        settings.ACCESS_TEAM_DOMAIN = domain
        settings.ACCESS_APPLICATIONS = apps
        messages = [each for each in run_checks() if each.id == name]
        assert messages
        assert all(message.hint for message in messages)

    def test_nothing_of_a_whole_configuration(self, settings):
        settings.ACCESS_TEAM_DOMAIN = TEAM
        settings.ACCESS_APPLICATIONS = applications(AUD_TAG)
        assert found() == []

    @pytest.mark.parametrize("leeway", [-1, 301])
    def test_a_leeway_out_of_range(self, settings, leeway):
        settings.ACCESS_LEEWAY = leeway
        assert "access.E006" in found()

    def test_the_local_edge_before_a_deployment(self, settings):
        settings.ACCESS_LOCAL_EDGE = True
        assert "access.E007" in found(include_deployment_checks=True)
        assert "access.E007" not in found()

    def test_every_id_that_its_page_lists(self):
        listed = set(re.findall(r"access\.[EW]\d{3}", checks.__doc__))
        tested = {name for _, _, name in self.WRONG.values()} | {"access.E006", "access.E007"}
        assert listed == tested


class TestRefusesToStart:
    @pytest.mark.parametrize("domain", ["http://127.0.0.1:8080", "https://evil.example"])
    def test_with_an_unsafe_team_domain(self, settings, domain):
        settings.ACCESS_TEAM_DOMAIN = domain
        with pytest.raises(ImproperlyConfigured, match="ACCESS_TEAM_DOMAIN"):
            checks.refuse_unsafe_start()

    @pytest.mark.parametrize("domain", ["", TEAM])
    def test_but_starts_with(self, settings, domain):
        settings.ACCESS_TEAM_DOMAIN = domain
        checks.refuse_unsafe_start()
