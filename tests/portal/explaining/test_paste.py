from __future__ import annotations

import pytest

from barbican.portal.explaining.paste import read
from barbican.portal.explaining.request import request_of


class TestReads:
    @pytest.mark.parametrize(
        ("text", "statuses"),
        [
            ("HTTP/1.1 403 Forbidden\na: b\n\nbody", [403]),
            ("HTTP/2 403 \r\na: b\r\n\r\n", [403]),
            ("  HTTP/1.1 302 Found\n  Location: /x", [302]),  # wget -S
            ("HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\n\n", [200]),
            ("HTTP/1.1 200 Connection established\n\nHTTP/2 403\na: b\n", [403]),
            ("HTTP/2 302\na: b\n\nHTTP/2 200\nc: d\n\nx", [302, 200]),
            ("< HTTP/2 403\n< a: b\n<\nHTTP/2 403\na: b\n\nx", [403]),  # -v with -i
            ("Status Code: 401\nServer: x", [401]),
            (":status: 403\nserver: x", [403]),
            ('{"status_code": 401}', [401]),
            ("{", [None]),
            ("hello", []),
            ("1234", []),
        ],
    )
    def test_the_responses_of(self, text, statuses):
        assert [answer.status for answer in read(text).answers] == statuses

    def test_headers_and_body(self):
        [answer] = read("HTTP/2 403\nA-b: c\n  d\na-b: e\n\nx\n\nHTTP is fine\n").answers
        assert answer.header("a-b") == "c d, e"
        assert answer.body == "x\n\nHTTP is fine"

    def test_a_body_that_follows_at_once(self):
        [answer] = read('HTTP/2 403\na: b\n{"c": 1}').answers
        assert answer.members == {"c": 1}

    def test_no_json_that_nests_too_deep(self):
        [answer] = read('{"a":' * 20_000).answers
        assert answer.members == {}


class TestSees:
    @pytest.mark.parametrize(
        ("text", "sent"),
        [
            ("HTTP/2 403", "unknown"),
            ("$ curl -i https://x/\nHTTP/2 403", "none"),
            ('curl -H "CF-Access-Client-Id: a" https://x/\nHTTP/2 403', "half"),
            (
                'curl -H "CF-Access-Client-Id: a" -H "cf-access-client-secret: b"\nHTTP/2 403',
                "pair",
            ),
            ("> GET / HTTP/1.1\n> Host: x\n>\n< HTTP/1.1 403\n", "none"),
            ("> GET / HTTP/1.1\n> CF-Access-Client-Id: a\n>\n< HTTP/1.1 403\n", "half"),
            ('curl -H \'X: {"cf-access-client-id": "a"}\'\nHTTP/2 403', "single"),
        ],
    )
    def test_what_was_sent(self, text, sent):
        assert request_of(read(text).asked).sent == sent

    @pytest.mark.parametrize(
        ("line", "header"),
        [
            ("* [HTTP/2] [1] [user-agent: curl/8]", ("user-agent", "curl/8")),
            ("* [HTTP/3] [0] [:method: GET]", (":method", "GET")),
            ("* h2h3 [accept: */*]", ("accept", "*/*")),
            ("* [HTTP/2] [1] [x-list: [a: b]]", ("x-list", "[a: b]")),
            ("* [HTTP/2] [1] OPENED stream for https://x/", None),
            ("* Connected to x (192.0.2.1) port 443", None),
        ],
    )
    def test_a_header_that_curl_notes(self, line, header):
        sent = read(f"{line}\n< HTTP/2 403\n").asked.headers
        assert sent == ((header,) if header else ())

    def test_what_went_out_and_not_what_was_typed(self):
        text = (
            'curl -v -H "CF-Access-Client-Id: $A" -H "CF-Access-Client-Secret: $B" https://x/\n'
            "> GET / HTTP/1.1\n> CF-Access-Client-Id: a\n>\n< HTTP/1.1 403\n"
        )
        assert request_of(read(text).asked).sent == "half"
