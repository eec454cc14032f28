from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from barbican.portal.masking import MAX_SHOWN, headers, mask
from tests.issuer import CLIENT_ID

SECRET = "cfast_" + "InventedSecretOfTheTests0123456789abcdef0" + "12345678"
OLD_SECRET = "5ec2e7" * 10 + "abcd"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
SIGNATURE = JWT.rpartition(".")[2]


def shown(**meta):
    return {header.name: header.value for header in headers(meta)}


class TestMasks:
    def test_a_client_secret_but_for_its_format_length_and_end(self):
        value = shown(HTTP_CF_ACCESS_CLIENT_SECRET=SECRET)["Cf-Access-Client-Secret"]
        assert value == f"cfast_••••5678 ({len(SECRET)} characters)"

    def test_an_old_client_secret(self):
        value = shown(HTTP_CF_ACCESS_CLIENT_SECRET=OLD_SECRET)["Cf-Access-Client-Secret"]
        assert value == "••••abcd (64 characters)"

    def test_a_short_secret_wholly(self):
        assert "hunter2" not in str(shown(HTTP_CF_ACCESS_CLIENT_SECRET="hunter2"))

    def test_authorization_also_in_its_json_form(self):
        value = f'{{"cf-access-client-secret": "{OLD_SECRET}"}}'
        assert OLD_SECRET not in str(shown(HTTP_AUTHORIZATION=value))
        assert "dXNlcjpw" not in str(shown(HTTP_AUTHORIZATION="Basic dXNlcjpwYXNz"))

    def test_every_cookies_value_and_no_name(self):
        value = shown(HTTP_COOKIE=f"CF_Authorization={JWT}; theme=dark; bare; empty=")["Cookie"]
        assert value == "CF_Authorization=••••; theme=••••; bare; empty="

    def test_a_signature_wherever_it_stands(self):
        found = str(
            shown(HTTP_CF_ACCESS_JWT_ASSERTION=JWT, HTTP_REFERER=f"https://x/?t={JWT}", HTTP_X=JWT)
        )
        assert SIGNATURE not in found

    def test_what_is_no_token_in_the_tokens_place(self):
        assert "secret" not in str(shown(HTTP_CF_ACCESS_JWT_ASSERTION="my secret pass phrase"))

    def test_the_middle_of_a_client_id(self):
        assert shown(HTTP_CF_ACCESS_CLIENT_ID=CLIENT_ID) == {
            "Cf-Access-Client-Id": "0011••••eeff.access"
        }

    @given(st.text(alphabet="abc ,;=/.-_", max_size=30), st.text(alphabet="xyz ,;=/", max_size=30))
    def test_a_secret_between_any_words(self, before, after):
        for secret in (SECRET, OLD_SECRET):
            assert secret not in mask(f"{before} {secret} {after}")
        assert SIGNATURE not in mask(f"{before} {JWT} {after}")


class TestShows:
    def test_who_sets_a_header(self):
        found = {
            header.name: header.set_by
            for header in headers(
                {"HTTP_CF_RAY": "x", "HTTP_CF_ACCESS_JWT_ASSERTION": JWT, "HTTP_ACCEPT": "*/*"}
            )
        }
        assert found == {
            "Accept": "Client",
            "Cf-Access-Jwt-Assertion": "Access",
            "Cf-Ray": "Cloudflare",
        }

    def test_a_value_up_to_a_length(self):
        assert len(shown(HTTP_X="a" * 9_000)["X"]) == MAX_SHOWN + 1

    def test_no_variable_that_is_no_header(self):
        assert shown(SECRET_KEY="x", PATH_INFO="/", REMOTE_ADDR="127.0.0.1") == {}
