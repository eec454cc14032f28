from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from tests.issuer import (
    ADMIN_AUD_TAG,
    AUD_TAG,
    CLIENT_ID,
    EMAIL,
    SUBJECT,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_project(settings, team):
    settings.ROOT_URLCONF = "tests.access.urls"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "barbican.access.middleware.AccessMiddleware",
        "barbican.access.gate.AdminGateMiddleware",
    ]


@pytest.fixture
def ask(client):
    def ask(path, token=None, **headers):
        if token is not None:
            headers["HTTP_CF_ACCESS_JWT_ASSERTION"] = token
        return client.get(path, **headers)

    return ask


@pytest.fixture
def staff(db):
    return User.objects.create_user("ada", EMAIL, "a long pass phrase", is_staff=True)


class TestServiceToken:
    def test_is_a_principal_without_a_row(self, ask, issuer, django_assert_num_queries):
        with django_assert_num_queries(0):
            answer = ask("/machine/", issuer.service_token()).json()
        assert answer == {
            "verdict": "verified_service_token",
            "user": CLIENT_ID,
            "class": "ServicePrincipal",
            "is_authenticated": True,
            "is_staff": False,
            "has_perm": False,
        }
        assert User.objects.count() == 0

    def test_that_was_forged_is_nobody(self, ask, issuer):
        answer = ask("/machine/", issuer.service_token()[:-6] + "AAAAAA")
        assert (answer.status_code, answer.json()["user"]) == (401, "AnonymousUser")

    def test_is_nobody_where_only_its_headers_were_typed(self, ask):
        answer = ask(
            "/machine/",
            HTTP_CF_ACCESS_CLIENT_ID=CLIENT_ID,
            HTTP_CF_ACCESS_CLIENT_SECRET="cfast_" + "x" * 48,
        )
        assert (answer.status_code, answer.json()["verdict"]) == (401, "unverified_headers")
        assert answer.json()["user"] == "AnonymousUser"

    def test_opens_no_session(self, ask, issuer):
        answer = ask("/machine/", issuer.service_token())
        assert answer.cookies == {}
        assert ask("/machine/").json()["user"] == "AnonymousUser"


class TestPerson:
    def test_is_a_known_django_user_by_one_query(
        self, ask, issuer, staff, django_assert_num_queries
    ):
        User.objects.update(is_superuser=True)  # whose permissions need no query
        with django_assert_num_queries(1):
            answer = ask("/machine/", issuer.person_token(email=EMAIL.upper())).json()
        assert (answer["user"], answer["class"]) == ("ada", "User")

    def test_is_never_created(self, ask, issuer):
        answer = ask("/machine/", issuer.person_token()).json()
        assert (answer["verdict"], answer["user"]) == ("verified_person", "AnonymousUser")
        assert User.objects.count() == 0

    def test_is_created_only_where_settings_say_so_and_never_staff(self, ask, issuer, settings):
        settings.ACCESS_CREATE_USERS = True
        for _ in range(2):
            assert ask("/machine/", issuer.person_token()).json()["user"] == SUBJECT
        user = User.objects.get()
        assert (user.email, user.is_staff, user.has_usable_password()) == (EMAIL, False, False)

    def test_is_nobody_once_deactivated(self, ask, issuer, staff):
        staff.is_active = False
        staff.save()
        assert ask("/machine/", issuer.person_token()).json()["user"] == "AnonymousUser"

    def test_is_nobody_where_two_users_have_the_address(self, ask, issuer, staff):
        User.objects.create_user("eve", EMAIL)
        assert ask("/machine/", issuer.person_token()).json()["user"] == "AnonymousUser"

    def test_is_nobody_where_only_the_email_header_was_typed(self, ask, staff):
        answer = ask("/machine/", HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL=EMAIL)
        assert answer.json()["user"] == "AnonymousUser"
        assert answer.status_code == 401


class TestCertificate:
    def test_is_a_principal_of_its_own(self, ask, issuer):
        answer = ask("/machine/", issuer.certificate_token()).json()
        assert (answer["user"], answer["class"]) == ("test-client", "CertificatePrincipal")


class TestApplication:
    def test_takes_no_tag_of_another_and_none_of_its_own_is_not_configured(self, ask, issuer):
        answer = ask("/other/", issuer.service_token(aud=[AUD_TAG]))
        assert (answer.status_code, answer.json()["verdict"]) == (503, "not_configured")


class TestLaziness:
    def test_fetches_no_key_for_a_page_that_does_not_look(self, ask, issuer, key_server):
        key_server.behave()
        assert ask("/free/", issuer.service_token()).content == b"ok"
        assert key_server.requests == []


class TestAuthenticate:
    def test_still_takes_a_password(self, staff):
        assert authenticate(username="ada", password="a long pass phrase") == staff
        assert authenticate(username="ada", password="wrong") is None

    @pytest.mark.parametrize("thing", [None, "a string", CLIENT_ID, object()])
    def test_takes_no(self, thing):
        assert authenticate(verified_token=thing) is None


class TestAdmin:
    def test_wants_the_password_alone_without_a_tag(self, client, ask, staff):
        assert ask("/admin/").status_code == 302
        client.force_login(staff)
        assert ask("/admin/").status_code == 200

    def test_lets_no_token_of_a_demo_in(self, ask, issuer, staff):
        assert ask("/admin/", issuer.person_token()).status_code == 302

    def test_wants_both_once_it_has_a_tag(self, client, ask, issuer, staff, admin_tag):
        token = issuer.person_token(aud=[ADMIN_AUD_TAG])
        assert ask("/admin/login/").status_code == 403
        assert ask("/admin/login/", token).status_code == 200
        assert ask("/admin/", token).status_code == 302
        client.force_login(staff)
        assert ask("/admin/").status_code == 403
        assert ask("/admin/", token).status_code == 200

    def test_takes_no_token_for_a_demo_or_of_a_machine(self, client, ask, issuer, staff, admin_tag):
        client.force_login(staff)
        for token in (
            issuer.person_token(),
            issuer.service_token(aud=[ADMIN_AUD_TAG]),
            issuer.person_token(aud=[ADMIN_AUD_TAG], email="eve@example.com"),
            issuer.person_token(aud=[ADMIN_AUD_TAG])[:-5] + "AAAAA",
        ):
            assert ask("/admin/", token).status_code == 403

    def test_takes_nobody_who_is_not_active_staff(self, client, ask, issuer, staff, admin_tag):
        token = issuer.person_token(aud=[ADMIN_AUD_TAG])
        for change in ({"is_staff": False}, {"is_active": False}):
            User.objects.filter(pk=staff.pk).update(is_staff=True, is_active=True)
            User.objects.filter(pk=staff.pk).update(**change)
            assert ask("/admin/login/", token).status_code == 403

    def test_takes_no_session_of_somebody_else(self, client, ask, issuer, staff, admin_tag):
        client.force_login(User.objects.create_user("eve", "eve@example.com", is_staff=True))
        assert ask("/admin/", issuer.person_token(aud=[ADMIN_AUD_TAG])).status_code == 403

    def test_lets_nobody_in_where_its_tag_is_malformed(self, client, ask, issuer, staff, settings):
        settings.ACCESS_APPLICATIONS = {"admin": {"audience_tags": ["typo"]}}
        client.force_login(staff)
        assert ask("/admin/", issuer.person_token(aud=["typo"])).status_code == 403
