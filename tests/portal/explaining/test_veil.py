from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican.portal.explaining.veil import DOTS, holds_credentials, veiled
from tests.portal.explaining.pastes import AUD, CLIENT_ID, NEW_SECRET, OLD_SECRET

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl"


class TestMasks:
    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            (f"CF-Access-Client-Secret: {NEW_SECRET}", f"CF-Access-Client-Secret: {DOTS}"),
            (f"x: {NEW_SECRET}", f"x: cfast_{DOTS}"),
            (f"x: {OLD_SECRET}", f"x: {DOTS}cdef"),
            ("Authorization: Bearer abc.def", f"Authorization: Bearer {DOTS}"),
            ("authorization: abc", f"authorization: {DOTS}"),
            (
                'Authorization: {"cf-access-client-id": "a", "cf-access-client-secret": "b"}',
                f'Authorization: {{"cf-access-client-id": "{DOTS}", '
                f'"cf-access-client-secret": "{DOTS}"}}',
            ),
            ("Cookie: a=b; CF_Authorization=x", f"Cookie: a={DOTS}; CF_Authorization={DOTS}"),
            (
                "set-cookie: CF_Authorization=x; Path=/; Secure; SameSite=None",
                f"set-cookie: CF_Authorization={DOTS}; Path=/; Secure; SameSite=None",
            ),
            (f"x: {JWT}", f"x: {JWT.rpartition('.')[0]}.{DOTS}"),
            ("location: /?token=abc&a=b", f"location: /?token={DOTS}&a=b"),
            ("curl -u me:secret https://x/", f"curl -u {DOTS} https://x/"),
            (f"x: {CLIENT_ID}", f"x: 0011{DOTS}eeff.access"),
        ],
    )
    def test_what_is_secret(self, line, shown):
        assert veiled(line) == shown

    @pytest.mark.parametrize(
        "line",
        [
            f"cf-access-aud: {AUD}",
            f'{{"aud":"{AUD}"}}',
            f'{{"aud": ["{AUD}"]}}',
            f"location: https://t.cloudflareaccess.com/?kid={AUD}&a=b",
            "cf-ray: 8f3b2a1c9d7e6f50-LHR",
            "HTTP/2 403",
            '-H "CF-Access-Client-Secret: $SECRET"',
            '-H "CF-Access-Client-Secret: <your-secret>"',
        ],
    )
    def test_nothing_else(self, line):
        assert veiled(line) == line

    @given(st.text(st.sampled_from("eyJ.cfast_:=\"' abcdef0123456789-{}?&token\n")))
    def test_no_more_the_second_time(self, text):
        assert veiled(veiled(text)) == veiled(text)


class TestCredentials:
    @pytest.mark.parametrize(
        ("text", "there"),
        [
            (f"CF-Access-Client-Secret: {NEW_SECRET}", True),
            ("set-cookie: CF_Authorization=x", True),
            ("Authorization: Bearer x", True),
            (f"assertion: {JWT}", True),
            ("set-cookie: CF_AppSession=x", False),
            (f"location: https://t/cdn-cgi/access/login/x?meta={JWT}", False),
            ("cf-ray: 8f3b2a1c9d7e6f50-LHR", False),
        ],
    )
    def test_are_told_from_what_is_of_no_use(self, text, there):
        assert holds_credentials(text) is there
