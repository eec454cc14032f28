from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican.access.parse import MAX_DEPTH, decode_base64url, parse
from tests.issuer import b64url

HEADER = b64url(b'{"alg":"RS256","kid":"k","typ":"JWT"}')


def problem(claims: bytes) -> str:
    return parse(f"{HEADER}.{b64url(claims)}.AAAA").problem


class TestRefuses:
    @pytest.mark.parametrize(
        "claims",
        [
            b'{"sub":"","sub":"x"}',
            b'{"custom":{"a":1,"a":2}}',
            b'{"exp":NaN}',
            b'{"exp":Infinity}',
            b'{"exp":1e999}',
            b'{"exp":-1e999}',
            b'{"x":' + b"9" * 5000 + b"}",
            b'{"x":"\\ud800"}',
            b'{"\\udfff":1}',
            b'\xef\xbb\xbf{"sub":""}',
            b'{"sub":"\xff"}',
            '{"sub":""}'.encode("utf-16"),
            b'{"sub":"a\nb"}',
            b"[]",
            b"null",
            b'"{}"',
            b"7",
            b'{"sub":""} x',
            b"",
            b"[" * 3000 + b"]" * 3000,
            b'{"a":' * 1000 + b"1" + b"}" * 1000,
            b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        ],
        ids=lambda claims: repr(claims[:30]),
    )
    def test_claims_of(self, claims):
        assert problem(claims)

    @pytest.mark.parametrize(
        "token",
        [
            "",
            ".",
            "..",
            "a.b",
            "a.b.c.d",
            "a.b.c.d.e",
            f"{HEADER}.e30=.AAAA",
            f"{HEADER}.e30.AAAA\n",
            f" {HEADER}.e30.AAAA",
            f"{HEADER}.e3 0.AAAA",
            f"{HEADER}.e30+.AAAA",
            f"{HEADER}.e30.AAA/",
            f"{HEADER}.e31.AAAA",
            f"{HEADER}.e30.AAB",
            f"{HEADER}.e30.A",
            f"{HEADER}.ｅ30.AAAA",
            f"Bearer {HEADER}.e30.AAAA",
            f'"{HEADER}.e30.AAAA"',
            f"{HEADER}.e30.AAAA,{HEADER}.e30.AAAA",
            '{"protected":"","payload":"","signatures":[]}',
        ],
    )
    def test_a_spelling_like(self, token):
        assert parse(token).problem


class TestAccepts:
    def test_nesting_up_to_the_bound(self):
        lists = MAX_DEPTH - 1
        assert not problem(b'{"a":' + b"[" * lists + b"]" * lists + b"}")

    def test_brackets_in_strings(self):
        assert not problem(json.dumps({"a": "[{" * 100}).encode())

    def test_a_whole_surrogate_pair(self):
        assert not problem(b'{"a":"\\ud83d\\ude00"}')


class TestNeverRaises:
    @given(st.text(max_size=400))
    def test_on_any_text(self, text):
        parse(text)

    @given(st.binary(max_size=400))
    def test_on_any_claims(self, claims):
        parse(f"{HEADER}.{b64url(claims)}.AAAA")


class TestDecodes:
    @given(st.binary(max_size=100))
    def test_what_was_encoded_and_no_other_spelling(self, data):
        text = b64url(data)
        assert decode_base64url(text) == data
        digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for digit in digits if text else "":
            other = text[:-1] + digit
            if other != text:
                try:
                    assert decode_base64url(other) != data
                except ValueError:
                    continue
