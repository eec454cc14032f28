from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.django_db


def value(text, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


class TestMetrics:
    NAME = 'barbican_verdicts_total{application="service_token",verdict="verified_service_token"}'

    def test_count_verdicts_fetches_and_tokens_seen_before(self, client, team):
        before = value(client.get("/metrics").content.decode(), self.NAME)
        token = team.service_token()
        for _ in range(3):
            client.get("/service-token/", HTTP_CF_ACCESS_JWT_ASSERTION=token)
        text = client.get("/metrics").content.decode()
        assert value(text, self.NAME) == before + 3
        assert value(text, "barbican_key_fetches") == 1
        assert value(text, "barbican_readings_seen_before") == 2
        assert value(text, "barbican_keys_age_seconds") >= 0
        assert value(text, "barbican_answer_seconds_count") >= 3
        assert "common_name" not in text

    @pytest.mark.parametrize(
        "headers",
        [
            {"REMOTE_ADDR": "203.0.113.9"},
            {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            {"HTTP_CF_CONNECTING_IP": "127.0.0.1"},
            {"HTTP_CF_RAY": "0123456789abcdef-LHR"},
        ],
    )
    def test_are_for_this_machine_alone(self, client, headers):
        assert client.get("/metrics", **headers).status_code == 404
