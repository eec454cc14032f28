from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican.portal.masking import MAX_SHOWN, headers, mask, mask_claim
from tests.issuer import CLIENT_ID
from tests.portal.growth import MOST, growth

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

    @pytest.mark.parametrize("end", ["", "=", "==", "=;", "=x"])
    @pytest.mark.parametrize("secret", [SECRET, OLD_SECRET, JWT])
    def test_a_secret_in_the_place_of_a_cookies_name(self, secret, end):
        for before in ("", "a=b; "):
            value = shown(HTTP_COOKIE=f"{before}{secret}{end}")["Cookie"]
            assert secret[-10:] not in value

    def test_a_secret_in_the_place_of_a_headers_name(self):
        [header] = headers({f"HTTP_{OLD_SECRET.upper()}": "1"})
        assert header.name.casefold() == "••••abcd"
        assert header.address == ""

    def test_no_other_name(self):
        [header] = headers({"HTTP_CF_ACCESS_AUD": "1"})
        assert (header.name, header.address) == ("Cf-Access-Aud", "cf-access-aud")

    def test_a_signature_wherever_it_stands(self):
        found = str(
            shown(HTTP_CF_ACCESS_JWT_ASSERTION=JWT, HTTP_REFERER=f"https://x/?t={JWT}", HTTP_X=JWT)
        )
        assert SIGNATURE not in found

    @pytest.mark.parametrize(
        "start", ["eyJhbGciOiJub25lIn0", "eyAiYWxnIjoibm9uZSJ9", "ewogImFsZyI6MX0", "ew0KImEiOjF9"]
    )
    @pytest.mark.parametrize("dot", [".", "%2E", "%2e"])
    def test_a_signature_whatever_its_json_begins_with(self, start, dot):
        token = dot.join([start, "e30", "c2lnbmF0dXJl"])
        assert mask(f"x {token}, y") == f"x {token.removesuffix('c2lnbmF0dXJl')}••••, y"
        assert "c2lnbmF0dXJl" not in str(shown(HTTP_REFERER=f"https://x/?t={token}"))
        assert "c2lnbmF0dXJl" not in mask_claim(token)

    @pytest.mark.parametrize("host", ["framework.example.com", "keyA1.example.com", "ewok.a.net"])
    def test_no_name_that_holds_the_same_letters(self, host):
        assert mask(host) == mask_claim(host) == host

    @pytest.mark.parametrize("length", range(8_900, 9_200, 20))
    def test_a_secret_that_is_cut_in_two(self, length):
        tokens = "eyJh.e30." + "s" * 200 + " "
        before = (tokens * 100)[: length - 1] + " "
        for secret in (SECRET, OLD_SECRET, JWT):
            found = shown(HTTP_X=f"{before}{secret} " + "z" * 5_000)["X"]
            assert len(found) <= MAX_SHOWN + 1
            assert secret[10:16] not in found.replace("eyJhbGciOiJSUzI1NiJ9", "")
            assert found.endswith("…")

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


def read_everywhere(text):
    mask(text)
    mask_claim(text)
    for name in ("X", "COOKIE", "CF_ACCESS_JWT_ASSERTION", "CF_ACCESS_CLIENT_ID", "AUTHORIZATION"):
        headers({f"HTTP_{name}": text})


class TestTakes:
    @pytest.mark.parametrize(
        "piece",
        ["eyJ", "eyJ.", "eyJa.b.", "eyA", "ewog", "%2E", "eyJ%2E", ".", "a", "a1" * 32, "a1", "-",
         "cfast_", "cfast", ";", "=", "a=b;", " ", "0" * 32 + ".access", "0" * 28, "/", "_"],
    )  # fmt: skip
    def test_about_four_times_the_time_for_four_times_as_much(self, piece):
        assert growth(read_everywhere, piece) < MOST


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
