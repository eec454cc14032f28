from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican.portal.explaining.veil import holds_credentials, veiled
from barbican.portal.signatures import DOTS
from tests.portal.explaining.pastes import AUD, CLIENT_ID, NEW_SECRET, OLD_SECRET

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl"

PIECES = st.sampled_from(
    ["-u", "-U", " ", "-b", "=", ":", '"', "'", "a", ";", "\n", "://", "@", "/", "cookie", "set-",
     "path", "secure", '"name":', '"cookie","value":"', '"value": ', '"a",', '"name":"cookie"',
     "authorization", "Bearer ",
     "client_secret", "--oauth2-bearer ", "eyJ", "ewog", ".", "%2E", "cfast_", "a1" * 32, DOTS, ","]
)  # fmt: skip


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
            ("curl -ume:hunter2 https://x/", f"curl -u{DOTS} https://x/"),
            ("curl -u'me:a b' https://x/", f"curl -u{DOTS} https://x/"),
            ("-U  me:hunter2 \\", f"-U  {DOTS} \\"),
            ("curl --user=me:hunter2", f"curl --user={DOTS}"),
            ("curl --oauth2-bearer hunter2 x", f"curl --oauth2-bearer {DOTS} x"),
            ("curl https://me:hunter2@x/a@b", f"curl https://{DOTS}@x/a@b"),
            ("location: https://hunter2@x/", f"location: https://{DOTS}@x/"),
            ("cookie: hunter2", f"cookie: {DOTS}"),
            ("cookie:  hunter2; path=hunter2", f"cookie:  {DOTS}; path={DOTS}"),
            ("set-cookie: path=hunter2; path=/; x", f"set-cookie: path={DOTS}; path=/; {DOTS}"),
            ('"set-cookie": "a=b; HttpOnly", ', f'"set-cookie": "a={DOTS}; HttpOnly", '),
            ("cf-access-client-secret:  hunter2", f"cf-access-client-secret:  {DOTS}"),
            ("authorization:\t  Basic hunter2", f"authorization:\t  Basic {DOTS}"),
            (
                '{"name":"Cf-Access-Client-Secret","value":"hunter2"}',
                f'{{"name":"Cf-Access-Client-Secret","value":"{DOTS}"}}',
            ),
            (
                '{\n  "name": "Authorization",\n  "value": "a \\"hunter2\\" b"\n}',
                f'{{\n  "name": "Authorization",\n  "value": "{DOTS}"\n}}',
            ),
            (
                '{"value": "hunter2", "name": "Cf-Access-Client-Secret"}',
                f'{{"value": "{DOTS}", "name": "Cf-Access-Client-Secret"}}',
            ),
            (
                '{\n  "value": "a \\"hunter2\\" b",\n  "name": "set-cookie"\n}',
                f'{{\n  "value": "{DOTS}",\n  "name": "set-cookie"\n}}',
            ),
            (
                '[{"value":"a","name":"accept"},{"value":"hunter2","name":"CF_Authorization"}]',
                f'[{{"value":"a","name":"accept"}},{{"value":"{DOTS}","name":"CF_Authorization"}}]',
            ),
            (
                f"x: {JWT.replace('.', '%2E')}",
                f"x: {JWT.rpartition('.')[0].replace('.', '%2E')}%2E{DOTS}",
            ),
            ("x: ewogImFsZyI6MX0.e30.hunter2", f"x: ewogImFsZyI6MX0.e30.{DOTS}"),
            ("x: eyAiYWxnIjoxfQ.e30.hunter2", f"x: eyAiYWxnIjoxfQ.e30.{DOTS}"),
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
            "server: framework.example.com",
            "curl -unsafe https://x/a:b@c?d=e@f",
            '{"name":"Cf-Ray","value":"8f3b2a1c9d7e6f50"}',
            '{"value":"8f3b2a1c9d7e6f50","name":"Cf-Ray"}',
            '{"name":"a","value":"b"},{"name":"vary","value":"c"}',
            "vary: Cookie, Accept",
        ],
    )
    def test_nothing_else(self, line):
        assert veiled(line) == line

    @given(st.lists(PIECES, max_size=12).map("".join))
    def test_no_more_of_a_mixture(self, text):
        assert veiled(veiled(text)) == veiled(text)

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
            ("curl -ume:hunter2", True),
            ("curl https://me:hunter2@x/", True),
            ("curl --oauth2-bearer hunter2", True),
            ('{"name":"Cf-Access-Client-Secret","value":"hunter2"}', True),
            ('{"value":"hunter2","name":"Cf-Access-Client-Secret"}', True),
            (f"assertion: {JWT}", True),
            ("set-cookie: CF_AppSession=x", False),
            (f"location: https://t/cdn-cgi/access/login/x?meta={JWT}", False),
            ("cf-ray: 8f3b2a1c9d7e6f50-LHR", False),
            ("Cf-Access-Client-Secret: cfast_••••fd11 (54 characters)", False),  # masked before
            ('-H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET"', False),
            ("CF-Access-Client-Secret: <your-client-secret>", False),
            ("a secret starts with cfast_ since then", False),
            (f"cf-access-aud: {'5e' * 32}\n\n<code>{'5e' * 32}</code>", False),  # the same
            (f"cf-access-aud: {'5e' * 32}\n\n<code>{'6f' * 32}</code>", True),
            (f"VERIFIED  service token  {'ab' * 16}.access", False),
        ],
    )
    def test_are_told_from_what_is_of_no_use(self, text, there):
        assert holds_credentials(text) is there

    TAG, OTHER, KEY = "5e" * 32, "6f" * 32, "7a" * 32

    @pytest.mark.parametrize(
        "text",
        [
            f'"id": "audience", "result": "fail", "expected": "{TAG} or {OTHER}", '
            f'"actual": "{KEY}", "reason": ""',
            f'"id": "audience",\n      "result": "pass",\n      "expected": "{TAG}",\n'
            f'      "actual": "{TAG}",\n      "reason": ""',
            f'"id": "key", "result": "pass", "expected": "a key", "actual": "{KEY}", "reason": ""',
            f'"aud": [\n  "{TAG}",\n  "{OTHER}"\n]',
            f'"header": {{"alg": "RS256", "kid": "{KEY}"}}',
            f"for another Access application.\n   expected:\n   {TAG} or\n   {OTHER}\n   got:\n"
            f"   {KEY}\n",
            f"   expected: a key that the team publishes\n   got:\n   {KEY}\n",
        ],
    )
    def test_are_no_names_where_this_portal_puts_one(self, text):
        assert not holds_credentials(text)
        for value in (self.TAG, self.OTHER, self.KEY):
            if value in text:  # it stays a secret where it is called one
                assert holds_credentials(f"CF-Access-Client-Secret: {value}\n{text}")
                assert holds_credentials(f"Authorization: Bearer {value}\n{text}")
        assert holds_credentials(f"{text}\n{OLD_SECRET}")
        assert OLD_SECRET not in veiled(f"{text}\n{OLD_SECRET}")

    @pytest.mark.parametrize(
        "text",
        [
            f'"id": "consistency", "result": "caution", "expected": "", "actual": "{TAG}", '
            '"reason": ""',
            f'"actual": "{TAG}"',
            f"expected:\n   {TAG}\n   got:\n   {TAG}\n",
            f'"audience": ["{TAG}"]',
            f"<code>{TAG}</code>",
        ],
    )
    def test_are_everything_else_but_what_the_portal_knows(self, text):
        assert holds_credentials(text)
        assert holds_credentials(text, {self.OTHER})
        assert not holds_credentials(text, {self.TAG})
        assert holds_credentials(f"{text} {OLD_SECRET}", {self.TAG})
        assert holds_credentials(f"cf-access-client-secret: {self.TAG}", {self.TAG})
