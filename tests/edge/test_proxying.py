from __future__ import annotations

import hashlib
import itertools
import threading
import time
from contextlib import suppress

import pytest

from barbican.edge.wire import connections, upload
from barbican.edge.wire.limits import MOST_CALLERS
from tests.e2e.stack import free_port
from tests.edge.raw_origin import RawOrigin, always, answers
from tests.edge.wire import Talk, send

HOST = b"Host: localhost\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


def post(body: bytes, *headers: bytes, target: bytes = b"/") -> bytes:
    lines = [b"POST " + target + b" HTTP/1.1", b"Host: localhost", *headers]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


def eventually(is_so, seconds=5):
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if is_so():
            return True
        time.sleep(0.01)
    return False


class TestStreams:
    def test_events_one_by_one(self, start_edge):
        turns = []

        def script(line):
            line.head()
            line.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            for number in range(3):
                line.send(b"data: %d\n\n" % number)
                eventually(lambda number=number: len(turns) > number)

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url, silence=10)
            with Talk(edge.port, GET) as talk:
                assert b"Content-Type: text/event-stream\r\n" in talk.until(b"\r\n\r\n")
                for number in range(3):
                    talk.until(b"data: %d\n\n" % number)
                    turns.append(number)
                assert talk.until(b"0\r\n\r\n")

    def test_both_ways_at_once(self, start_edge):
        def script(line):
            line.head()
            line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
            for _ in range(3):
                line.send(line.body(2).upper())

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 6\r\n\r\n"
            with Talk(edge.port, head) as talk:
                talk.until(b"\r\n\r\n")
                for part in (b"ab", b"cd", b"ef"):
                    talk.say(part)
                    assert talk.until(part.upper()) == part.upper()

    def test_an_answer_before_the_upload_is_over(self, start_edge):
        refused = b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"
        with RawOrigin(answers(refused)) as origin:
            edge = start_edge(origin=origin.url)
            head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000\r\n\r\n"
            with Talk(edge.port, head + b"x" * 1000) as talk:
                reply = talk.reply()
            assert (reply.status, reply.body) == (413, b"big")

    def test_trailers_of_the_origin_away(self, start_edge):
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
        with RawOrigin(answers(chunked + b"2\r\nok\r\n0\r\nX-T: 1\r\n\r\n")) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(
                edge.port, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            ) as talk:
                answered = talk.rest()
        assert answered.endswith(b"\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        assert b"X-T" not in answered


class TestLargeBodies:
    SIZE = 64 * 1024 * 1024

    def test_down_and_up_in_bounded_memory(self, start_process):
        piece = b"0123456789abcdef" * 4096

        def script(line):
            if b"POST" in (head := line.head()):
                digest, left = hashlib.sha256(data := line.received[len(head) :]), self.SIZE
                while left := left - len(data):
                    digest.update(data := line.socket.recv(65536))
                line.send(LENGTH % 64 + digest.hexdigest().encode())
            else:
                line.send(LENGTH % self.SIZE)
                for _ in range(self.SIZE // len(piece)):
                    line.send(piece)

        with RawOrigin(script) as origin:
            edge = start_process(origin.url)
            edge.get("/warm")
            before = edge.peak_memory()
            head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % self.SIZE
            with Talk(edge.port, head, timeout=30) as talk:
                expected = hashlib.sha256()
                for _ in range(self.SIZE // len(piece)):
                    expected.update(piece)
                    talk.say(piece)
                assert talk.reply().body.decode() == expected.hexdigest()
            with Talk(edge.port, GET, timeout=30) as talk:
                assert len(talk.reply().body) == self.SIZE
            grown = edge.peak_memory() - before
            assert grown < 8 * 1024  # kB

    def test_beside_a_caller_that_does_not_read(self, start_process):
        sent = []

        def script(line):
            if b"/slow" not in line.head():
                line.send(OK)
                return
            line.send(LENGTH % self.SIZE)
            for _ in range(1024):
                line.send(b"x" * 65536)
                sent.append(1)

        with RawOrigin(script) as origin:
            edge = start_process(origin.url)
            edge.get("/warm")
            before = edge.memory()
            with Talk(edge.port, GET.replace(b"/ ", b"/slow ", 1)):
                eventually(lambda: len(sent) > 10)
                time.sleep(0.3)
                stuck = len(sent)
                started = time.monotonic()
                assert edge.get("/fast") == 200
                assert time.monotonic() - started < 3  # else it would wait for minutes
                assert len(sent) == stuck < 1024  # held back, all the way to the origin
                assert edge.memory() - before < 8 * 1024  # kB


class TestExpects:
    HEAD = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nExpect: 100-continue\r\n"

    @pytest.mark.parametrize("status", [b"417 Expectation Failed", b"401 Unauthorized"])
    def test_no_upload_that_the_origin_refuses(self, start_edge, status):
        refused = b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nno" % status
        with RawOrigin(answers(refused)) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port, self.HEAD + b"\r\n") as talk:
                answered = talk.rest()  # closed, as the body may come yet or not
            assert answered.startswith(b"HTTP/1.1 " + status)
            assert answered.endswith(b"no")
            assert origin.received.endswith(b"Expect: 100-continue\r\n\r\n")

    def test_no_upload_that_the_edge_refuses(self, strict_edge, origin):
        head = self.HEAD.replace(b"POST /", b"POST /service-token/")
        with Talk(strict_edge.port, head + b"\r\n") as talk:
            assert talk.until(b"\r\n").startswith(b"HTTP/1.1 401 ")
        assert origin.seen == []

    def test_an_upload_that_the_origin_asks_for(self, start_edge):
        asked = []

        def script(line):
            line.head()
            time.sleep(0.1)
            asked.append(line.received)
            line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            line.send(LENGTH % 4 + line.body(4))

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port, self.HEAD + b"\r\n") as talk:
                assert talk.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
                assert asked[0].endswith(b"\r\n\r\n")  # nothing of the body before
                talk.say(b"body")
                assert talk.reply().body == b"body"

    def test_an_upload_to_an_origin_that_knows_nothing_of_it(self, start_edge, monkeypatch):
        monkeypatch.setattr(upload, "CONTINUE_TIME", 0.2)
        with RawOrigin(lambda line: (line.head(), line.send(LENGTH % 4 + line.body(4)))) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port, self.HEAD + b"\r\n") as talk:
                assert talk.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
                talk.say(b"body")
                assert talk.reply().body == b"body"

    def test_nothing_from_a_caller_of_http_1_0(self, start_edge):
        with RawOrigin(lambda line: (line.head(), line.send(LENGTH % 4 + line.body(4)))) as origin:
            edge = start_edge(origin=origin.url)
            old = self.HEAD.replace(b"HTTP/1.1", b"HTTP/1.0")
            assert send(edge.port, old + b"\r\nbody").body == b"body"
            assert b"Expect" not in origin.received


class TestPassesOn:
    def answered(self, start_edge, answer, asked=GET, **options):
        with RawOrigin(answers(answer)) as origin:
            edge = start_edge(origin=origin.url, **options)
            raw = asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
            with Talk(edge.port, raw) as talk:
                return talk.rest(), origin.received

    def test_headers_in_their_order_case_and_number(self, start_edge):
        sent = b"X-b: 1\r\nX-A: 2\r\nx-B: 3\r\nX-EMPTY: \r\nX-Caf: \xc3\xa9\r\n"
        came = (
            b"Set-Cookie: a=1\r\nX-b: 1\r\nSet-Cookie: b=2; Path=/\r\nx-B: caf\xe9\r\n"
            b"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nX-Tab: a\tb\r\n"
        )
        answer = b"HTTP/1.1 200 Well Then\r\n" + came + b"Content-Length: 0\r\n\r\n"
        got, received = self.answered(
            start_edge, answer, b"GET / HTTP/1.1\r\n" + HOST + sent + b"\r\n"
        )
        assert sent in received
        assert got.startswith(b"HTTP/1.1 200 Well Then\r\n" + came)
        assert b"Content-Type" not in got  # nothing is made up

    def test_a_folded_header_in_one_line(self, start_edge):
        answer = b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n"
        got, _received = self.answered(start_edge, answer)
        assert b"\r\nX-A: b c\r\n" in got

    def test_no_header_of_the_hop(self, start_edge):
        hop = (
            b"Connection: X-Hop, close\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
            b"Proxy-Connection: close\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n"
            b"TE: trailers\r\n"
        )
        answer = b"HTTP/1.1 200 OK\r\n" + hop + b"Content-Length: 0\r\n\r\n"
        asked = b"GET / HTTP/1.1\r\n" + HOST + hop + b"\r\n"
        for found in self.answered(start_edge, answer, asked):
            for name in (b"X-Hop", b"Keep-Alive", b"Proxy-", b"Upgrade", b"TE:"):
                assert name not in found

    @pytest.mark.parametrize(
        "target", [b"/x?", b"/%zz/%", b"/a%2F..b//c", b'/q?x="<>{}|^`', b"/caf%C3%A9?&&=", b"//d"]
    )
    def test_targets_byte_for_byte(self, start_edge, target):
        asked = b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"
        _got, received = self.answered(start_edge, OK, asked)
        assert received.startswith(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n")

    @pytest.mark.parametrize(
        ("method", "answer", "kept", "gone"),
        [
            ("HEAD", b"200 OK\r\nContent-Length: 5", b"Content-Length: 5\r\n", b"chunked"),
            ("HEAD", b"200 OK\r\nTransfer-Encoding: chunked", b"", b"chunked"),
            ("GET", b"304 Not Modified\r\nContent-Length: 5", b"Content-Length: 5\r\n", b"chunked"),
            ("GET", b"204 No Content\r\nX-A: b", b"X-A: b\r\n", b"chunked"),
            ("GET", b"204 No Content\r\nContent-Length: 0", b"", b"Content-Length"),
            (
                "OPTIONS",
                b"200 OK\r\nAllow: GET\r\nContent-Length: 0",
                b"Allow: GET\r\n",
                b"chunked",
            ),
        ],
    )
    def test_answers_without_a_body(self, start_edge, method, answer, kept, gone):
        def script(line):
            while head := line.head():
                line.send(b"HTTP/1.1 " + answer + b"\r\n\r\n" if b" /none " in head else OK)

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            asked = method.encode() + b" /none HTTP/1.1\r\n" + HOST + b"\r\n"
            with Talk(edge.port, asked) as talk:
                head = talk.until(b"\r\n\r\n")
                assert kept in head
                assert gone not in head
                talk.say(GET)  # and the connection goes on where it should
                assert talk.until(b"ok").startswith(b"HTTP/1.1 200 OK\r\n")

    def test_early_hints_before_the_answer(self, start_edge):
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n"
        got, _received = self.answered(start_edge, hints + b"\r\n" + OK)
        assert got.startswith(hints)
        assert b"\r\n\r\nHTTP/1.1 200 OK\r\n" in got

    def test_early_hints_not_to_http_1_0(self, start_edge):
        asked = GET.replace(b"HTTP/1.1", b"HTTP/1.0")
        got, _received = self.answered(start_edge, b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK, asked)
        assert got.startswith(b"HTTP/1.1 200 OK\r\n")

    @pytest.mark.parametrize(("version", "is_chunked"), [(b"HTTP/1.1", True), (b"HTTP/1.0", False)])
    def test_a_body_that_ends_with_the_connection(self, start_edge, version, is_chunked):
        asked = GET.replace(b"HTTP/1.1", version)
        got, _received = self.answered(start_edge, b"HTTP/1.0 200 OK\r\n\r\nall", asked)
        head, _end, body = got.partition(b"\r\n\r\n")
        assert (b"chunked" in head) is is_chunked
        assert body == (b"3\r\nall\r\n0\r\n\r\n" if is_chunked else b"all")


class TestReuses:
    def test_a_connection_for_requests_in_a_row(self, start_edge):
        with RawOrigin(always(OK)) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port) as talk:
                for _ in range(5):
                    talk.say(GET)
                    assert talk.reply().status == 200
            assert len(origin.lines) == 1

    def test_a_connection_for_requests_at_once_in_their_order(self, start_edge):
        def script(line):
            while head := line.head():
                number = head.split(b" ")[1].strip(b"/")
                line.send(LENGTH % len(number) + number)

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            asked = [b"GET /%d HTTP/1.1\r\n" % number + HOST + b"\r\n" for number in range(100)]
            with Talk(edge.port, b"".join(asked)) as talk:
                for number in range(100):
                    assert talk.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK")
                    talk.until(b"%d" % number)

    @pytest.mark.parametrize(
        ("method", "answer"),
        [
            (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n"),
            (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 44\r\n\r\n"),
            (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ],
    )
    def test_no_connection_on_which_a_body_may_follow_that_nobody_reads(
        self, start_edge, method, answer
    ):
        def script(line):
            if line.head().startswith(method + b" /none"):
                line.send(answer)
                if line.head():  # the body of before, just when somebody else has asked
                    line.send(LENGTH % 6 + b"poison")
            line.send(OK)

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            asked = method + b" /none HTTP/1.1\r\n" + HOST + b"\r\n"
            with Talk(edge.port, asked) as talk:
                talk.until(b"\r\n\r\n")
            assert send(edge.port, GET).body == b"ok"
            assert len(origin.lines) == 2

    def test_http_1_0_with_keep_alive(self, start_edge):
        asked = b"GET / HTTP/1.0\r\n" + HOST + b"Connection: keep-alive\r\n\r\n"
        with RawOrigin(always(OK)) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port, asked) as talk:
                for _ in range(2):
                    assert b"Connection: keep-alive\r\n" in talk.until(b"\r\n\r\n")
                    talk.until(b"ok")
                    talk.say(asked)

    @pytest.mark.parametrize("ends_by", ["end", "reset"])
    def test_no_stale_connection_at_a_request_s_cost(self, start_edge, ends_by):
        def script(line):
            line.head()
            line.send(OK)  # and keep-alive is what it says, but it ends
            if ends_by == "reset":
                line.more()  # takes the next request before it goes
                line.reset()

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port) as talk:
                for number in range(20):
                    talk.say(GET if number % 2 else post(b"x%d" % number))
                    assert talk.reply().status == 200
            assert b"".join(line.received for line in origin.lines).count(b"POST") == 10

    def test_nothing_again_that_might_have_been_done(self, start_edge):
        def script(line):
            while head := line.head():
                if head.startswith(b"POST"):
                    line.reset()
                    return
                line.send(OK)

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            assert send(edge.port, GET).status == 200
            assert send(edge.port, post(b"x1")).status == 502
            assert origin.received.count(b"POST") == 1


BROKEN = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nConte",
    "no HTTP": b"hello, this is no HTTP\r\n\r\n",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "two ends": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a coding that nobody offered": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
    ),
    "an upgrade that nobody wants": (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
    ),
    "a bare CR in a header": b"HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 0\r\n\r\n",
    "NUL in a header": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "a header past every limit": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
}


class TestReports:
    @pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
    def test_an_origin_that_answers_nonsense_as_502(self, start_edge, answer):
        with RawOrigin(answers(answer)) as origin:
            edge = start_edge(origin=origin.url)
            reply = send(edge.port, GET)
            assert (reply.status, reply["Server"]) == (502, "cloudflare")
            assert origin.received.count(b"GET") == 1
        assert eventually(lambda: "502 (no application; The origin" in "".join(edge.lines))

    @pytest.mark.parametrize(
        ("framed", "then"),
        [
            (b"Content-Length: 9\r\n\r\nhalf", b""),
            (b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", b""),
            (b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", b"zz\r\n"),
        ],
    )
    def test_half_an_answer_by_a_broken_connection(self, start_edge, framed, then):
        is_heard = threading.Event()

        def script(line):
            line.head()
            line.send(b"HTTP/1.1 200 OK\r\n" + framed)
            is_heard.wait(5)
            line.send(then)

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url, silence=5)
            with Talk(edge.port, GET) as talk:
                talk.until(b"half")
                is_heard.set()
                assert talk.rest() in {b"", b"\r\n"}  # and no last chunk

    def test_an_origin_that_hangs_as_504(self, start_edge):
        with RawOrigin(lambda line: line.rest()) as origin:
            edge = start_edge(origin=origin.url, silence=0.2)
            assert send(edge.port, GET).status == 504
            assert send(edge.port, post(b"x")).status == 504
            assert origin.received.count(b"HTTP/1.1") == 2  # a hanging request is not sent again

    def test_an_origin_that_hangs_in_its_answer_by_a_broken_connection(self, start_edge):
        def script(line):
            line.head()
            line.send(LENGTH % 9 + b"half")
            line.rest()

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url, silence=0.2)
            with Talk(edge.port, GET) as talk:
                assert talk.rest().endswith(b"half")

    def test_an_origin_that_goes_and_comes_back(self, start_edge):
        port = free_port()
        edge = start_edge(origin=f"http://127.0.0.1:{port}")
        assert send(edge.port, GET).status == 502
        for _ in range(2):
            with RawOrigin(always(OK), port):
                assert send(edge.port, GET).status == 200
                assert send(edge.port, post(b"x")).status == 200
            assert send(edge.port, GET).status == 502

    def test_to_the_origin_that_the_caller_has_left(self, start_edge):
        with RawOrigin(lambda line: line.rest()) as origin:
            edge = start_edge(origin=origin.url, silence=30)
            with Talk(edge.port, GET):
                assert eventually(lambda: b"\r\n\r\n" in origin.received)
            assert origin.lines[0].has_ended.wait(5)


UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: chat, other\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\nSec-WebSocket-Protocol: chat\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\nX-Own: 1\r\n\r\n"
)
FRAMES = {
    "text": b"\x81\x85\x00\x00\x00\x00hello",
    "compressed": b"\xc1\x87\x00\x00\x00\x00\xcaH\xcd\xc9\xc9\x07\x00",
    "half a message": b"\x01\x83\x00\x00\x00\x00hel",
    "ping": b"\x89\x84\x00\x00\x00\x00ping",
    "pong that nobody asked for": b"\x8a\x80\x00\x00\x00\x00",
    "close with a code of its own": b"\x88\x86\x00\x00\x00\x00\x0f\xa0done",
    "reserved opcode": b"\x83\x80\x00\x00\x00\x00",
    "big": b"\x82\xff\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00" + b"x" * 0x800000,
}


class TestJoins:
    @pytest.fixture(scope="class")
    @classmethod
    def echo(cls):
        def script(line):
            line.head()
            line.send(SWITCH)
            while data := line.more():
                line.send(data)

        with RawOrigin(script) as origin:
            yield origin

    def test_what_was_agreed_on_and_no_more(self, start_edge, echo):
        edge = start_edge(origin=echo.url)
        with Talk(edge.port, UPGRADE) as talk:
            head = talk.until(b"\r\n\r\n")
        for line in SWITCH.strip().split(b"\r\n"):
            assert head.count(line + b"\r\n") == 1
        for line in UPGRADE.strip().split(b"\r\n"):
            assert echo.received.count(line + b"\r\n") == 1

    @pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
    def test_every_frame_byte_for_byte_both_ways(self, start_edge, echo, frame):
        edge = start_edge(origin=echo.url)
        with Talk(edge.port, UPGRADE) as talk:
            talk.until(b"\r\n\r\n")
            for start in range(0, len(frame), 65536):
                talk.say(frame[start : start + 65536])
                size = len(frame[start : start + 65536])
                got = talk.heard
                while len(got) < size:
                    got += talk.socket.recv(65536)
                talk.heard = b""
                assert got == frame[start : start + 65536]

    def test_a_frame_that_came_with_the_handshake(self, start_edge, echo):
        edge = start_edge(origin=echo.url)
        with Talk(edge.port, UPGRADE + FRAMES["text"]) as talk:
            talk.until(b"\r\n\r\n")
            assert talk.until(FRAMES["text"])

    def test_a_frame_that_came_with_the_answer(self, start_edge):
        def script(line):
            line.head()
            line.send(SWITCH + b"\x81\x05hello")

        with RawOrigin(script) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port, UPGRADE) as talk:
                assert talk.rest().endswith(b"\r\n\r\n\x81\x05hello")  # and then its end

    @pytest.mark.parametrize("status", [b"401 Unauthorized", b"403 Forbidden", b"200 OK"])
    def test_nobody_whom_the_origin_refuses(self, start_edge, status):
        refused = b"HTTP/1.1 " + status + b"\r\nX-Why: 1\r\nContent-Length: 2\r\n\r\nno"
        with RawOrigin(always(refused)) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port, UPGRADE) as talk:
                answered = talk.rest()
            assert answered.startswith(b"HTTP/1.1 " + status + b"\r\nX-Why: 1\r\n")
            assert answered.endswith(b"\r\n\r\nno")
            assert origin.received.count(b"GET /socket") == 1  # asked once

    def test_no_upgrade_to_anything_else(self, start_edge):
        asked = GET.replace(b"\r\n\r\n", b"\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
        with RawOrigin(always(OK)) as origin:
            edge = start_edge(origin=origin.url)
            with Talk(edge.port, asked + GET) as talk:
                assert talk.rest().count(b"HTTP/1.1 200 OK") == 1  # closed: told to ask again
            assert b"Upgrade" not in origin.received

    def test_until_the_caller_leaves(self, start_edge, echo):
        edge = start_edge(origin=echo.url)
        with Talk(edge.port, UPGRADE) as talk:
            talk.until(b"\r\n\r\n")
        assert echo.lines[-1].has_ended.wait(5)
        assert eventually(lambda: "forwarded 101" in "".join(edge.lines))

    def test_until_nobody_says_anything(self, start_edge, echo):
        edge = start_edge(origin=echo.url, silence=0.6)
        with Talk(edge.port, UPGRADE) as talk:
            talk.until(b"\r\n\r\n")
            for _ in range(4):
                time.sleep(0.3)
                talk.say(FRAMES["ping"])
                talk.until(FRAMES["ping"])
            assert talk.rest() == b""
        assert echo.lines[-1].has_ended.wait(5)

    def test_in_bounded_memory_with_a_side_that_does_not_read(self, start_process):
        sent = []

        def script(line):
            line.head()
            line.send(SWITCH)
            for _ in range(1024):
                line.send(b"x" * 65536)
                sent.append(1)

        with RawOrigin(script) as origin:
            edge = start_process(origin.url)
            edge.get("/warm")
            before = edge.memory()
            with Talk(edge.port, UPGRADE):
                eventually(lambda: len(sent) > 10)
                time.sleep(0.3)
                assert len(sent) < 1024
                assert edge.memory() - before < 8 * 1024  # kB


class TestWaits:
    def test_not_for_headers_that_come_too_slowly(self, strict_edge, origin, monkeypatch):
        monkeypatch.setattr(connections, "HEAD_TIME", 0.3)
        with Talk(strict_edge.port) as talk:
            started = time.monotonic()
            for byte in itertools.chain(GET[:-2], itertools.repeat(ord("x"), 200)):
                try:
                    talk.say(bytes([byte]))
                except ConnectionError:
                    break
                time.sleep(0.02)
                if time.monotonic() - started > 3:
                    break
            assert time.monotonic() - started < 2
            assert talk.rest().startswith((b"HTTP/1.0 408 ", b""))
        assert eventually(lambda: "refused 408" in "".join(strict_edge.lines))
        assert origin.seen == []

    def test_for_headers_within_their_time(self, strict_edge, origin, monkeypatch):
        monkeypatch.setattr(connections, "HEAD_TIME", 3)
        with Talk(strict_edge.port) as talk:
            for _ in range(2):
                for start in range(0, len(GET), 10):
                    talk.say(GET[start : start + 10])
                    time.sleep(0.05)
                assert talk.reply().status == 200

    def test_for_the_next_request_on_an_idle_connection(self, strict_edge, origin, monkeypatch):
        monkeypatch.setattr(connections, "HEAD_TIME", 0.1)
        with Talk(strict_edge.port, post(b"x" * 100)) as talk:
            assert talk.reply().status == 200
            time.sleep(0.3)
            talk.say(GET)
            assert talk.reply().status == 200

    def test_not_for_an_upload_that_stops(self, start_edge, monkeypatch):
        monkeypatch.setattr(upload, "CALLER_SILENCE", 0.3)
        with RawOrigin(lambda line: line.rest()) as origin:
            edge = start_edge(origin=origin.url, silence=5)
            head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\nhalf"
            with Talk(edge.port, head) as talk:
                assert talk.rest().startswith(b"HTTP/1.1 408 ")
            assert origin.lines[0].has_ended.wait(5)

    def test_not_for_an_origin_that_takes_nothing(self, start_edge, monkeypatch):
        monkeypatch.setattr("barbican.edge.wire.origin.ORIGIN_STALL", 0.3)
        with RawOrigin(lambda line: time.sleep(1.5)) as origin:
            edge = start_edge(origin=origin.url, silence=5)
            head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999\r\n\r\n"
            with Talk(edge.port, head) as talk, suppress(ConnectionError):
                for _ in range(1500):
                    talk.say(b"x" * 65536)
            assert eventually(lambda: "504 (no application; The origin" in "".join(edge.lines))


class TestHolds:
    def test_a_thousand_idle_connections_beside_a_prompt_one(self, start_process):
        with RawOrigin(always(OK)) as origin:
            edge = start_process(origin.url)
            edge.get("/warm")
            idle = [Talk(edge.port) for _ in range(1000)]
            try:
                started = time.monotonic()
                assert edge.get("/") == 200
                assert time.monotonic() - started < 3  # else it would wait for minutes
                for talk in idle[::100]:
                    talk.say(GET)
                    assert talk.reply().status == 200
            finally:
                for talk in idle:
                    talk.socket.close()
            assert eventually(lambda: edge.handles() < 100)

    def test_no_more_than_its_limit(self, start_edge, origin, monkeypatch):
        monkeypatch.setattr("barbican.edge.server.most_callers", lambda: 2)
        edge = start_edge()
        with Talk(edge.port, GET) as first:
            assert first.reply().status == 200
            with Talk(edge.port, GET) as second:
                assert second.reply().status == 200
                with Talk(edge.port) as third:
                    assert b" 503 " in third.until(b"\r\n")
            assert eventually(lambda: send(edge.port, GET).status == 200)

    def test_as_many_as_there_are_file_handles(self, monkeypatch):
        def limited(soft):
            monkeypatch.setattr("resource.getrlimit", lambda _which: (soft, soft))
            return connections.most_callers()

        assert limited(1024) == 480
        assert limited(1_000_000) == MOST_CALLERS
        assert limited(10) == 1
