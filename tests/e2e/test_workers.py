"""Two workers of the real gunicorn: what one hears of the other."""

from __future__ import annotations

import pytest

from tests.e2e.stack import Origin
from tests.issuer import AUD_TAG

pytestmark = pytest.mark.e2e

EDIT = """
from barbican.portal.models import Section
section = Section.objects.get(anchor="routing")
section.body = "Words of edition {number}."
section.save()
"""


@pytest.fixture
def origin(signer, tmp_path):
    origin = Origin(
        tmp_path, workers=2, ACCESS_TEAM_DOMAIN=signer.team_domain, SERVICE_TOKEN_AUD=AUD_TAG
    )
    yield origin
    origin.stop()


class TestEverySave:
    def test_is_on_the_next_request_in_every_worker(self, origin):
        for _ in range(20):
            assert "Words of edition" not in origin.get("/service-token/").text
        for number in (1, 2):
            origin.manage("shell", "-c", EDIT.format(number=number))
            for _ in range(20):
                assert f"Words of edition {number}." in origin.get("/service-token/").text


class TestKeys:
    def test_survive_a_restart_during_an_outage(self, origin, signer, keys, tmp_path):
        from tests import keyserver

        token = {"Cf_Access_Jwt_Assertion": signer.service_token()}
        assert origin.get("/service-token/?format=json", **token).status == 200
        origin.stop()
        keys.behave(keyserver.status(503))
        again = Origin(tmp_path, ACCESS_TEAM_DOMAIN=signer.team_domain, SERVICE_TOKEN_AUD=AUD_TAG)
        try:
            assert again.get("/service-token/?format=json", **token).status == 200
            forged = {"Cf_Access_Jwt_Assertion": signer.service_token()[:-6] + "AAAAAA"}
            assert again.get("/service-token/?format=json", **forged).status == 401
        finally:
            again.stop()
            keys.behave()
