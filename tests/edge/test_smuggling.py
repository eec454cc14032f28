from __future__ import annotations

import time

import pytest

from tests.edge.raw_origin import RawOrigin, always
from tests.edge.wire import Talk

HOST = b"Host: localhost\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def post(headers: bytes, body: bytes = HIDDEN) -> bytes:
    return b"POST / HTTP/1.1\r\n" + HOST + headers + b"\r\n\r\n" + body


def get(headers: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\n" + HOST + headers + b"\r\n\r\n" + HIDDEN


def chunks(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body + HIDDEN)


ZERO = b"0\r\n\r\n" + HIDDEN

# What came, and what it gets. Nothing of it may reach the origin, the hidden request least.
AMBIGUOUS = {
    # two ends
    "length, then chunks": (post(b"Content-Length: 6\r\nTransfer-Encoding: chunked", ZERO), 400),
    "chunks, then length": (post(b"Transfer-Encoding: chunked\r\nContent-Length: 6", ZERO), 400),
    "two lengths": (post(b"Content-Length: 1\r\nContent-Length: 2", b"ab" + HIDDEN), 400),
    "one length twice": (post(b"Content-Length: 1\r\nContent-Length: 1", b"a" + HIDDEN), 400),
    "a list of lengths": (post(b"Content-Length: 1, 1", b"a" + HIDDEN), 400),
    # no length
    "plus": (post(b"Content-Length: +1", b"a" + HIDDEN), 400),
    "minus": (post(b"Content-Length: -1"), 400),
    "space inside": (post(b"Content-Length: 1 1", b"a" + HIDDEN), 400),
    "underscore": (post(b"Content-Length: 1_0", b"a" + HIDDEN), 400),
    "hexadecimal": (post(b"Content-Length: 0x1", b"a" + HIDDEN), 400),
    "empty": (post(b"Content-Length:"), 400),
    "past 64 bits": (post(b"Content-Length: 18446744073709551617", b"a" + HIDDEN), 400),
    # no chunked
    "xchunked": (post(b"Transfer-Encoding: xchunked", ZERO), 400),
    "chunked, identity": (post(b"Transfer-Encoding: chunked, identity", ZERO), 400),
    "identity": (post(b"Transfer-Encoding: identity"), 400),
    "identity, chunked": (post(b"Transfer-Encoding: identity, chunked", ZERO), 501),
    "gzip, chunked": (post(b"Transfer-Encoding: gzip, chunked", ZERO), 501),
    "gzip": (post(b"Transfer-Encoding: gzip"), 400),
    "chunked twice": (
        post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", ZERO),
        400,
    ),
    "identity, then chunked": (
        post(b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", ZERO),
        400,
    ),
    "chunked with a vertical tab": (post(b"Transfer-Encoding:\x0bchunked", ZERO), 400),
    "chunked with a tab after it": (post(b"Transfer-Encoding: chunked\t", ZERO), 400),
    "chunked quoted": (post(b'Transfer-Encoding: "chunked"', ZERO), 400),
    "chunked with a comma": (post(b"Transfer-Encoding: chunked,", ZERO), 400),
    "no coding": (post(b"Transfer-Encoding:"), 400),
    "space before the colon": (post(b"Transfer-Encoding : chunked", ZERO), 400),
    "chunked in HTTP/1.0": (
        b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + ZERO,
        400,
    ),
    # no chunk
    "chunk size 0x1": (chunks(b"0x1\r\na\r\n0\r\n\r\n"), 400),
    "chunk size +1": (chunks(b"+1\r\na\r\n0\r\n\r\n"), 400),
    "chunk size -1": (chunks(b"-1\r\na\r\n0\r\n\r\n"), 400),
    "chunk size 1_0": (chunks(b"1_0\r\na\r\n0\r\n\r\n"), 400),
    "chunk size empty": (chunks(b"\r\na\r\n0\r\n\r\n"), 400),
    "chunk size past 64 bits": (chunks(b"fffffffffffffffff\r\na\r\n0\r\n\r\n"), 400),
    "chunk size with a space": (chunks(b"1 \r\na\r\n0\r\n\r\n"), 400),
    "chunk size after a space": (chunks(b" 1\r\na\r\n0\r\n\r\n"), 400),
    "chunk line with a bare LF": (chunks(b"1\na\r\n0\r\n\r\n"), 400),
    "chunk extension with a bare LF": (chunks(b"1;a\nb\r\na\r\n0\r\n\r\n"), 400),
    "chunk extension with a bare CR": (chunks(b"1;a\rb\r\na\r\n0\r\n\r\n"), 400),
    "chunk too long": (chunks(b"1\r\nab\r\n0\r\n\r\n"), 400),
    "chunk ended by LF": (chunks(b"1\r\na\n0\r\n\r\n"), 400),
    "last chunk with bare LF": (chunks(b"1\r\na\r\n0\n\n"), 400),
    "length in a trailer": (chunks(b"1\r\na\r\n0\r\nContent-Length: 50\r\n\r\n"), 400),
    # no header
    "bare LF after the line": (b"GET / HTTP/1.1\nHost: localhost\n\n" + HIDDEN, 400),
    "bare LF after a header": (get(b"X-A: b\nX-B: c"), 400),
    "bare LF as the last line": (b"GET / HTTP/1.1\r\n" + HOST + b"\n" + HIDDEN, 400),
    "bare CR": (get(b"X-A: b\rX-B: c"), 400),
    "tab before the colon": (get(b"X-A\t: b"), 400),
    "no colon": (get(b"X-A"), 400),
    "no name": (get(b": b"), 400),
    "space before the first header": (b"GET / HTTP/1.1\r\n " + HOST + b"\r\n", 400),
    "folded by a space": (get(b"X-A: b\r\n c"), 400),
    "folded by a tab": (get(b"X-A: b\r\n\tc"), 400),
    "NUL in a value": (get(b"X-A: a\x00b"), 400),
    "NUL in a name": (get(b"X\x00A: b"), 400),
    "control byte in a value": (get(b"X-A: a\x01b"), 400),
    "DEL in a value": (get(b"X-A: a\x7fb"), 400),
    "no ASCII in a name": (get(b"X-\xc3\xa9: b"), 400),
    "a bracket in a name": (get(b"X(A: b"), 400),
    "no UTF-8 in a value": (get(b"X-A: caf\xe9"), 400),
    # no HTTP/1
    "HTTP/0.9": (b"GET /\r\n\r\n" + HIDDEN, 400),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "HTTP/1.10": (b"GET / HTTP/1.10\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "HTTP/2.0 as text": (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN, 400),
    "TLS": (bytes.fromhex("16030100c8010000c40303") + bytes(100), 400),
    "lower-case method": (b"get / HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "unknown method": (b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "tab in the line": (b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "space in the target": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "space after the version": (b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n" + HIDDEN, 400),
    # no target of ours: the edge is no open proxy
    "absolute target": (b"GET http://localhost/ HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "absolute elsewhere": (b"GET http://example.com/ HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "authority": (b"GET localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "CONNECT": (b"CONNECT localhost:22 HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 405),
    "CONNECT with a path": (b"CONNECT / HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 405),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 400),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN, 405),
    # no host
    "two hosts": (get(b"Host: other"), 400),
    "one host twice": (get(b"Host: localhost"), 400),
    "host with user": (b"GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n" + HIDDEN, 400),
    "host with space": (b"GET / HTTP/1.1\r\nHost: local host\r\n\r\n" + HIDDEN, 400),
    "host with tab": (b"GET / HTTP/1.1\r\nHost: local\thost\r\n\r\n" + HIDDEN, 400),
    "host with comma": (b"GET / HTTP/1.1\r\nHost: localhost,x\r\n\r\n" + HIDDEN, 400),
    "host with path": (b"GET / HTTP/1.1\r\nHost: localhost/x\r\n\r\n" + HIDDEN, 400),
    "host empty": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n" + HIDDEN, 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n" + HIDDEN, 400),
    "no host in HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n" + HIDDEN, 400),
    # too much
    "a line too long": (b"GET /" + b"x" * 16_384 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "a value too long": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 16_385 + b"\r\n\r\n", 431),
    "a name too long": (b"GET / HTTP/1.1\r\n" + HOST + b"X" * 16_385 + b": x\r\n\r\n", 431),
    "headers too many": (b"GET / HTTP/1.1\r\n" + HOST + b"X: x\r\n" * 128 + b"\r\n", 431),
    "headers too long": (
        b"GET / HTTP/1.1\r\n" + HOST + (b"X: " + b"x" * 16_000 + b"\r\n") * 9 + b"\r\n",
        431,
    ),
}
# What has one meaning only, however odd it looks: it passes, and in its plain form.
PLAIN = {
    "tab before chunked": (post(b"Transfer-Encoding:\tchunked", b"0\r\n\r\n"), b"0\r\n\r\n"),
    "chunked in capitals": (post(b"Transfer-Encoding: CHUNKED", b"0\r\n\r\n"), b"0\r\n\r\n"),
    "space after a length": (post(b"Content-Length: 1 ", b"a"), b"a"),
    "chunk extensions": (
        post(b"Transfer-Encoding: chunked", b'1;a="b";c\r\nx\r\n0;d\r\n\r\n'),
        b"1\r\nx\r\n0\r\n\r\n",
    ),
    "trailers": (
        post(
            b"Transfer-Encoding: chunked\r\nTrailer: X-T",
            b"1\r\nx\r\n0\r\nX-T: 1\r\nCf-Access-Jwt-Assertion: forged\r\n\r\n",
        ),
        b"1\r\nx\r\n0\r\n\r\n",
    ),
    "a body of GET": (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc", b"abc"),
}
FEW = [b"X-%d: x\r\n" % number for number in range(127)]


@pytest.fixture(scope="module")
def raw_origin():
    with RawOrigin(always(OK)) as origin:
        yield origin


@pytest.fixture(scope="module")
def edge(start_edge, raw_origin):
    return start_edge(origin=raw_origin.url)


class TestRefuses:
    @pytest.mark.parametrize(("raw", "status"), AMBIGUOUS.values(), ids=AMBIGUOUS)
    def test_what_could_be_read_in_two_ways(self, edge, raw_origin, raw, status):
        before = raw_origin.received
        with Talk(edge.port, raw) as talk:
            answered = talk.rest()  # so the connection is closed, after one answer
        assert int(answered.split(b" ")[1]) == status
        assert answered.count(b"HTTP/1.") == 1
        assert answered.startswith((b"HTTP/1.1 ", b"HTTP/1.0 "))
        assert raw_origin.received == before

    @pytest.mark.parametrize("tail", [b"zz\r\n", b"1\nx\r\n", b"+1\r\nx\r\n", b"2\r\nxyz\r\n"])
    def test_a_chunk_that_breaks_an_upload_under_way(self, start_edge, tail):
        with RawOrigin(lambda line: (line.head(), line.rest())) as origin:
            edge = start_edge(origin=origin.url, silence=5)
            with Talk(edge.port, chunks(b"")[: -len(HIDDEN)] + b"5\r\nfirst\r\n") as talk:
                while b"first" not in origin.received:
                    time.sleep(0.01)
                talk.say(tail + HIDDEN)
                answered = talk.rest()
            assert answered.startswith(b"HTTP/1.1 400 ")
            assert answered.count(b"HTTP/1.") == 1
            (line,) = origin.lines
            assert line.has_ended.wait(5)
            body = line.received.partition(b"\r\n\r\n")[2]
            assert body.startswith(b"5\r\nfirst\r\n")
            assert b"0\r\n\r\n" not in body  # no proper end: the part is not the whole
            assert b"hidden" not in line.received

    def test_what_follows_a_refused_request(self, edge, raw_origin):
        before = raw_origin.received
        with Talk(edge.port, b"GET / HTTP/1.1\r\n\r\n" + HIDDEN * 3) as talk:
            assert talk.rest().count(b"HTTP/1.") == 1
        assert raw_origin.received == before


class TestForwards:
    @pytest.mark.parametrize(("raw", "body"), PLAIN.values(), ids=PLAIN)
    def test_what_has_one_meaning(self, start_edge, raw, body):
        seen = []

        def script(line):
            seen.append(line.head())
            seen.append(line.body(len(body)))
            line.send(OK)

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port, raw) as talk:
                assert talk.reply().status == 200
            head, got = seen
            assert got == body
            assert head.lower().count(b"transfer-encoding: chunked\r\n") == (b"0\r\n" in body)
            assert b"forged" not in origin.received
            assert b"Trailer" not in origin.received

    def test_just_as_much_as_it_may_be(self, edge):
        for raw in (
            b"GET /" + b"x" * 16_383 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 16_384 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + b"".join(FEW) + b"\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + (b"X: " + b"x" * 16_000 + b"\r\n") * 8 + b"\r\n",
        ):
            with Talk(edge.port, raw) as talk:
                assert talk.reply().status == 200

    @pytest.mark.parametrize("name", [b"Content_Length", b"Content.Length", b"Transfer_Encoding"])
    def test_no_name_that_an_origin_might_read_as_a_frame(self, edge, raw_origin, name):
        before = len(raw_origin.received)
        with Talk(edge.port, b"POST / HTTP/1.1\r\n" + HOST + name + b": 45\r\n\r\n") as talk:
            assert talk.reply().status == 200
        assert name not in raw_origin.received[before:]
