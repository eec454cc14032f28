from __future__ import annotations

import pytest

from barbican.edge.wire.framing import Framing, answer_head, chunk, fault_in, framing, request_head
from barbican.edge.wire.limits import LARGEST_HEAD

HOST = (b"Host", b"localhost")


class TestFaultIn:
    @pytest.mark.parametrize(
        ("version", "headers", "status"),
        [
            ((0, 9), [], 400),
            ((2, 0), [], 505),
            ((1, 1), [(b"Transfer-Encoding", b"")], 400),
            ((1, 1), [(b"Transfer-Encoding", b"chunked"), (b"transfer-encoding", b"x")], 400),
            ((1, 1), [(b"Transfer-Encoding", b"gzip, chunked")], 501),
            ((1, 1), [(b"Transfer-Encoding", b"identity, chunked")], 501),
            ((1, 1), [(b"X", b"x" * (LARGEST_HEAD - 4))], 431),
        ],
    )
    def test_what_could_be_read_in_two_ways(self, version, headers, status):
        assert fault_in(version, headers).status == status

    @pytest.mark.parametrize(
        ("version", "headers"),
        [
            ((1, 0), []),
            ((1, 1), [HOST]),
            ((1, 1), [(b"Transfer-Encoding", b"chunked")]),
            ((1, 1), [(b"TRANSFER-ENCODING", b"Chunked")]),
            ((1, 1), [(b"X", b"x" * (LARGEST_HEAD - 5))]),
        ],
    )
    def test_nothing_in_what_cannot(self, version, headers):
        assert fault_in(version, headers) is None


class TestFraming:
    @pytest.mark.parametrize(
        ("method", "status", "headers", "version", "how"),
        [
            ("HEAD", 200, [("Content-Length", "5")], (1, 1), Framing.NO_BODY),
            ("GET", 204, [], (1, 1), Framing.NO_BODY),
            ("GET", 304, [("Content-Length", "5")], (1, 1), Framing.NO_BODY),
            ("GET", 200, [("content-length", "5")], (1, 1), Framing.LENGTH),
            ("GET", 200, [("Content-Length", "5")], (1, 0), Framing.LENGTH),
            ("GET", 200, [], (1, 1), Framing.CHUNKED),
            ("GET", 200, [], (1, 0), Framing.CLOSE),
        ],
    )
    def test_by_method_status_headers_and_version(self, method, status, headers, version, how):
        assert framing(method, status, headers, version) is how


class TestHeads:
    def test_bytes_as_they_came(self):
        assert request_head("GET", "/x?", [("X-A", "caf\udce9"), ("x-a", "é")]) == (
            b"GET /x? HTTP/1.1\r\nX-A: caf\xe9\r\nx-a: \xc3\xa9\r\n\r\n"
        )
        assert answer_head(404, "", [("A", "\xe9")]) == b"HTTP/1.1 404 \r\nA: \xe9\r\n\r\n"

    @pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb"])
    def test_no_line_break(self, value):
        with pytest.raises(ValueError, match="line break"):
            request_head("GET", "/", [("X", value)])
        with pytest.raises(ValueError, match="line break"):
            answer_head(200, "OK", [("X", value)])

    def test_chunks(self):
        assert chunk(b"x" * 17) == b"11\r\n" + b"x" * 17 + b"\r\n"
