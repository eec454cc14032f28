from __future__ import annotations

import pytest

from tests.e2e.stack import Origin
from tests.issuer import AUD_TAG, SUBDOMAIN_AUD_TAG, Issuer
from tests.keyserver import KeyServer


@pytest.fixture(scope="module")
def keys():
    with KeyServer() as server:
        yield server


@pytest.fixture(scope="module")
def signer(keys):
    issuer = Issuer(keys.origin)
    keys.publish(issuer.jwks())
    return issuer


@pytest.fixture(scope="module")
def origin(signer, tmp_path_factory):
    """gunicorn with the shipped configuration, set up for a team of the tests."""
    origin = Origin(
        tmp_path_factory.mktemp("origin"),
        ACCESS_TEAM_DOMAIN=signer.team_domain,
        SERVICE_TOKEN_AUD=f"{AUD_TAG},{SUBDOMAIN_AUD_TAG}",
    )
    yield origin
    origin.stop()
    assert "Traceback" not in origin.text()
