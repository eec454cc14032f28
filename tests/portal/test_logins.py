from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from barbican.portal import logins
from barbican.portal.throttle import Throttle
from tests.issuer import ADMIN_AUD_TAG

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(logins, "attempts", Throttle(limit=5, window=300))


@pytest.fixture
def grace(db):
    return User.objects.create_superuser("grace", "grace@example.com", PASSWORD)


@pytest.fixture
def sign_in(client, grace):
    def sign_in(password, name="grace", **headers):
        values = {"username": name, "password": password, "next": "/admin/"}
        return client.post("/admin/login/", values, **headers)

    return sign_in


class TestGuessing:
    def test_is_stopped_after_five_failures(self, sign_in):
        for _ in range(5):
            assert sign_in("wrong").status_code == 200
        answer = sign_in("wrong")
        assert answer.status_code == 429
        assert 1 <= int(answer["Retry-After"]) <= 300
        assert b"Too many attempts" in answer.content

    def test_is_stopped_for_the_right_password_too(self, sign_in):
        for _ in range(5):
            sign_in("wrong")
        assert sign_in(PASSWORD).status_code == 429

    def test_is_counted_whatever_the_spelling_of_the_name(self, sign_in):
        for name in ("grace", "Grace", "GRACE", "grACE", "gracE"):
            sign_in("wrong", name)
        assert sign_in("wrong").status_code == 429

    def test_of_one_name_leaves_the_others_alone(self, sign_in):
        for _ in range(6):
            sign_in("wrong", "ada")
        assert sign_in(PASSWORD).status_code == 302

    def test_is_forgotten_once_somebody_is_in(self, sign_in, client):
        for _ in range(4):
            sign_in("wrong")
        assert sign_in(PASSWORD).status_code == 302
        client.logout()
        for _ in range(4):
            assert sign_in("wrong").status_code == 200

    def test_is_not_made_easier_by_a_forged_address(self, sign_in):
        for number in range(5):
            sign_in("wrong", HTTP_CF_CONNECTING_IP=f"203.0.113.{number}")
        assert sign_in("wrong", HTTP_CF_CONNECTING_IP="203.0.113.9").status_code == 429

    def test_from_one_address_leaves_the_others_alone_where_the_edge_is_proven(
        self, sign_in, settings, team
    ):
        settings.ACCESS_APPLICATIONS = {"admin": {"audience_tags": [ADMIN_AUD_TAG]}}
        token = team.person_token(aud=[ADMIN_AUD_TAG], email="grace@example.com")
        headers = {"HTTP_CF_ACCESS_JWT_ASSERTION": token}
        for _ in range(6):
            last = sign_in("wrong", HTTP_CF_CONNECTING_IP="203.0.113.1", **headers)
        assert last.status_code == 429
        answer = sign_in(PASSWORD, HTTP_CF_CONNECTING_IP="203.0.113.2", **headers)
        assert answer.status_code == 302

    def test_says_so_to_a_program(self, sign_in):
        for _ in range(5):
            sign_in("wrong")
        problem = sign_in("wrong", HTTP_ACCEPT="application/json").json()
        assert problem["status"] == 429
        assert problem["type"].endswith("/troubleshooting/http-429/")

    def test_never_closes_the_form_itself(self, sign_in, client):
        for _ in range(6):
            sign_in("wrong")
        assert client.get("/admin/login/").status_code == 200
