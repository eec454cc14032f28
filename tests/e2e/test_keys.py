"""Outage, recovery and rotation, as a visitor meets them."""

from __future__ import annotations

import json
import time

import pytest

from tests import keyserver
from tests.e2e.stack import Origin
from tests.issuer import AUD_TAG

pytestmark = pytest.mark.e2e


@pytest.fixture
def origin(signer, keys, tmp_path):
    keys.behave(keyserver.status(503))
    keys.publish(signer.jwks())
    origin = Origin(tmp_path, ACCESS_TEAM_DOMAIN=signer.team_domain, SERVICE_TOKEN_AUD=AUD_TAG)
    yield origin
    origin.stop()


def ask(origin, token):
    answer = origin.get("/service-token/?format=json", Cf_Access_Jwt_Assertion=token)
    return answer, json.loads(answer.body)["verdict"]


class TestOrigin:
    def test_says_that_keys_are_unavailable_recovers_by_itself_and_follows_a_rotation(
        self, origin, signer, keys
    ):
        answer, verdict = ask(origin, signer.service_token())
        assert (answer.status, verdict) == (503, "keys_unavailable")
        assert 1 <= int(answer.headers["Retry-After"]) <= 30
        page = origin.get("/service-token/", Cf_Access_Jwt_Assertion=signer.service_token())
        assert page.status == 503
        assert origin.get("/readyz").status == 503
        assert origin.get("/healthz").status == 200

        keys.behave()
        ends_at = time.monotonic() + 20
        while verdict != "verified_service_token" and time.monotonic() < ends_at:
            time.sleep(0.5)
            answer, verdict = ask(origin, signer.service_token())
        assert (answer.status, verdict) == (200, "verified_service_token")
        assert origin.get("/readyz").status == 200

        signer.rotate()
        keys.publish(signer.jwks())
        answer, verdict = ask(origin, signer.service_token())
        assert (answer.status, verdict) == (200, "verified_service_token")

        keys.behave(keyserver.status(500))
        answer, verdict = ask(origin, signer.service_token())
        assert (answer.status, verdict) == (200, "verified_service_token")
