"""What most tests need. `environment.py` has gone before."""

from __future__ import annotations

import pytest

from tests.issuer import ADMIN_AUD_TAG, AUD_TAG, SUBDOMAIN_AUD_TAG, Issuer
from tests.keyserver import KeyServer


@pytest.fixture(scope="session")
def key_server():
    with KeyServer() as server:
        yield server


@pytest.fixture(scope="session")
def session_issuer(key_server):
    return Issuer(key_server.origin)


@pytest.fixture
def issuer(key_server, session_issuer):
    """The local team: signs real tokens, and its key server publishes the key."""
    key_server.behave()
    key_server.publish(session_issuer.jwks())
    return session_issuer


@pytest.fixture(autouse=True)
def _isolated(settings, tmp_path):
    settings.ACCESS_KEYS_FOLDER = None
    # Not the folder into which the end-to-end tests collect at the same time.
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def team(settings, issuer):
    """A portal that is configured for the local team."""
    settings.ACCESS_LOCAL_EDGE = True
    settings.ACCESS_TEAM_DOMAIN = issuer.team_domain
    settings.ACCESS_APPLICATIONS = {
        "service_token": {"audience_tags": [AUD_TAG, SUBDOMAIN_AUD_TAG], "client_ids": []},
        "admin": {"audience_tags": []},
    }
    return issuer


@pytest.fixture
def admin_tag(settings, team):
    settings.ACCESS_APPLICATIONS = {
        **settings.ACCESS_APPLICATIONS,
        "admin": {"audience_tags": [ADMIN_AUD_TAG]},
    }
    return ADMIN_AUD_TAG
