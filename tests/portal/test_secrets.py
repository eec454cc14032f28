from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barbican.access.presented import ASSERTION
from barbican.portal.findings import beginning
from tests.issuer import new_key

pytestmark = pytest.mark.django_db
FORMS = ("html", "json", "txt", "md")
HEX = "0123456789abcdef"
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

new_secrets = st.text(ALNUM, min_size=48, max_size=48).map("cfast_{}".format)
old_secrets = st.text(HEX, min_size=64, max_size=64)
in_headers = st.sampled_from(
    ["CF_ACCESS_CLIENT_SECRET", "CF_ACCESS_TOKEN", "CF_ACCESS_JWT_ASSERTION", "AUTHORIZATION",
     "COOKIE", "REFERER", "USER_AGENT", "X_ANYTHING", "CF_ACCESS_CLIENT_ID"]
)  # fmt: skip
wrapped = st.sampled_from(
    [
        "{}",
        "Bearer {}",
        '{{"cf-access-client-secret": "{}"}}',
        "CF_Authorization={}",
        " {} ",
        '"{}"',
    ]
)
REAL = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class TestNoForm:
    @REAL
    @given(secret=new_secrets | old_secrets, header=in_headers, around=wrapped)
    def test_shows_a_secret_in_whatever_header(self, seeded, team, secret, header, around):
        for form in FORMS:
            sent = {f"HTTP_{header}": around.format(secret)}
            body = Client().get(f"/service-token/?format={form}", **sent).content.decode()
            assert secret not in body
            assert secret[:40] not in body

    @REAL
    @given(
        secret=new_secrets,
        claim=st.sampled_from(["common_name", "iss", "type", "email", "odd", "aud", "custom"]),
        stranger=st.booleans(),
    )
    def test_shows_a_secret_in_whatever_claim(self, seeded, team, secret, claim, stranger):
        value = {"custom": {"deep": [{"er": secret}]}, "aud": [secret]}.get(claim, secret)
        key = new_key() if stranger else team.key
        token = team.sign(team.service_claims(**{claim: value}), key=key, kid=team.key_id)
        for form in FORMS:
            url = f"/service-token/?format={form}"
            body = Client().get(url, **{ASSERTION: token}).content.decode()
            assert secret not in body
            assert secret[6:40] not in body
            assert token.rpartition(".")[2] not in body

    @given(secret=new_secrets | old_secrets | st.text(min_size=1, max_size=40), around=wrapped)
    def test_shows_the_beginning_of_what_is_no_token(self, secret, around):
        sent = around.format(secret)
        shown = beginning(sent)
        assert shown.startswith("••••") or "eyJ" in sent
        assert secret not in shown or len(secret) < 3 or "eyJ" in sent

    @REAL
    @given(secret=old_secrets)
    def test_shows_a_secret_in_the_place_of_a_name(self, seeded, team, secret):
        for form in FORMS:
            sent = {f"HTTP_{secret.upper()}": "1", "HTTP_COOKIE": f"{secret}=; {secret}=="}
            body = Client().get(f"/service-token/?format={form}", **sent).content.decode()
            assert secret[:40] not in body.lower()


class TestABeginning:
    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            ("eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJS… (20 characters)"),
            ("Bearer eyJhbGciOiJSUzI1NiJ9", "Bearer eyJhb… (27 characters)"),
            ('"eyJhbGciOiJSUzI1NiJ9"', '"eyJhbGciOiJ… (22 characters)'),
            ("hunter2", "•••• (7 characters; a token begins with eyJ)"),
            ("Bearer hunter2", "•••• (14 characters; a token begins with eyJ)"),
        ],
    )
    def test_is_shown_where_it_is_that_of_a_token(self, sent, shown):
        assert beginning(sent) == shown
