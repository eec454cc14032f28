from __future__ import annotations

import base64
import json

import pytest

from barbican.edge.issuer import Issuer, sign
from barbican.edge.keys import SigningKey
from barbican.edge.presented import identities
from tests.edge.conftest import NOW

ORIGIN = "http://127.0.0.1:8080"
CLAIMS = {
    "type": "app",
    "aud": ["a" * 64],
    "iss": ORIGIN,
    "iat": int(NOW),
    "exp": int(NOW) + 60,
    "sub": "somebody",
    "email": "ada@example.com",
}


@pytest.fixture
def issuer(key_pair):
    return Issuer(ORIGIN, key_pair)


def read(issuer, *tokens, now=NOW):
    headers = tuple(("Cookie", f"CF_Authorization={token}") for token in tokens)
    return identities(headers, issuer, now)


class TestReads:
    @pytest.mark.parametrize("audience", [["a" * 64], "a" * 64])
    def test_rule_24_a_sound_token(self, issuer, audience):
        token = sign({**CLAIMS, "aud": audience}, issuer.keys.current)
        [found] = read(issuer, token)
        assert (found.email, found.audience_tag, found.token) == (
            "ada@example.com",
            "a" * 64,
            token,
        )
        assert token not in repr(found)

    def test_rule_24_until_it_expires(self, issuer):
        token = sign(CLAIMS, issuer.keys.current)
        assert read(issuer, token, now=NOW + 59.9)
        assert not read(issuer, token, now=NOW + 60)

    def test_each_once_and_no_more_than_a_few(self, issuer):
        tokens = [sign({**CLAIMS, "n": n}, issuer.keys.current) for n in range(10)]
        assert len(read(issuer, *tokens[:3], *tokens[:3])) == 3
        assert len(read(issuer, *tokens)) == 8


class TestIgnores:
    @pytest.mark.parametrize(
        "changes",
        [
            {"type": "org"},
            {"type": None},
            {"iss": "http://127.0.0.1:8081"},
            {"iss": None},
            {"aud": None},
            {"exp": "soon"},
            {"exp": None},
            {"exp": []},
            {"iat": "now"},
            {"sub": 5},
            {"aud": 5},
        ],
        ids=str,
    )
    def test_a_token_with_other_claims(self, issuer, changes):
        claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
        assert read(issuer, sign(claims, issuer.keys.current)) == ()

    def test_a_token_of_another_key(self, issuer):
        other = SigningKey.make()
        stranger = SigningKey(issuer.keys.current.key_id, other.private, "")
        assert read(issuer, sign(CLAIMS, other), sign(CLAIMS, stranger)) == ()

    def test_what_is_no_token(self, issuer):
        good = sign(CLAIMS, issuer.keys.current)
        head, body, signature = good.split(".")
        none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
        hostile = [
            "",
            "x",
            "..",
            "é.é.é",
            "\udcff",
            good + "x" * 9000,
            f"{head}.{body}.",
            f"{none}.{body}.",
            f"{head}.{body}.{signature[:-4]}AAAA",
            "eyJ" + "[" * 5000,
        ]
        for token in hostile:
            assert read(issuer, token) == ()
