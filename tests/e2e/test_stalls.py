"""Callers who send half a request, read nothing or never hang up, at the shipped gunicorn."""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.stack import ROOT, Origin
from tests.issuer import AUD_TAG

pytestmark = pytest.mark.e2e

CALLERS = 40  # five for each thread of the one worker
PATIENCE = 4  # seconds for an answer: much less than a stalled caller is waited for
ARRIVAL = 1  # second, in place of the shipped time
EXPLAIN = b"POST /troubleshooting/explain/ HTTP/1.1\r\nHost: localhost\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
TOO_MUCH = b"Content-Length: 90000000\r\n\r\n"

STALLED = {
    "nothing": b"",
    "half a line": b"GET /heal",
    "half a head": HEALTH + b"X: ",
    "half a body": EXPLAIN + b"Content-Length: 1000\r\n\r\npaste=HTTP",
    "half a chunk": EXPLAIN + b"Transfer-Encoding: chunked\r\n\r\n5\r\npa",
    "half a body that nobody wants": HEALTH + b"Content-Length: 9\r\n\r\n1",
    "most of a body that is too large": EXPLAIN + TOO_MUCH + b"x" * 200,
    "half of the next request": HEALTH + b"\r\n" + HEALTH,
    "a request, and no end": HEALTH + b"Connection: close\r\n\r\n",
    "no HTTP, and no end": b"GET\r\n\r\n",
    "a head that is more than is collected": HEALTH + (b"X: " + b"x" * 8000 + b"\r\n") * 40,
    "a form that is more than is collected": (
        b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nCookie: csrftoken=" + b"x" * 32
        + b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 300000\r\n\r\n"
    ),
    "what it is asked for": EXPLAIN + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
}  # fmt: skip


def settings(signer):
    return {"ACCESS_TEAM_DOMAIN": signer.team_domain, "SERVICE_TOKEN_AUD": AUD_TAG}


@pytest.fixture(scope="module")
def origin(signer, tmp_path_factory):
    origin = Origin(tmp_path_factory.mktemp("origin"), **settings(signer))
    yield origin
    origin.stop()
    assert "Traceback" not in origin.text()


@pytest.fixture(scope="module")
def hasty(signer, origin, tmp_path_factory):
    """The shipped gunicorn, but that it waits for a second."""
    folder = tmp_path_factory.mktemp("hasty")
    (folder / "hasty.py").write_text(
        "from barbican.serving import connection\n"
        f"connection.ARRIVAL = {ARRIVAL}.0\n"
        f"exec(open({str(ROOT / 'gunicorn.conf.py')!r}).read())\n"
    )
    command = f"--config {folder}/hasty.py"
    hasty = Origin(folder, like=origin, GUNICORN_CMD_ARGS=command, **settings(signer))
    yield hasty
    hasty.stop()
    assert "Traceback" not in hasty.text()


def connect(origin, sent=b""):
    connection = socket.create_connection(("127.0.0.1", origin.port), timeout=PATIENCE)
    connection.sendall(sent)
    return connection


def answered(connection):
    """Return all that comes until the other side ends it."""
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    return found


def status(answer):
    return int(answer.split(b" ", 2)[1])


class TestAnswersOthers:
    @pytest.mark.parametrize("sent", STALLED.values(), ids=STALLED)
    def test_while_callers_stall_after(self, origin, sent):
        with ExitStack() as stalled:
            for _ in range(CALLERS):
                stalled.enter_context(closing(connect(origin, sent)))
            begun = time.monotonic()
            for _ in range(3):
                assert origin.get("/healthz").status == 200
            assert time.monotonic() - begun < PATIENCE

    def test_while_more_callers_stall_than_it_has_room_for(self, signer, origin, tmp_path):
        room = {"GUNICORN_CMD_ARGS": "--worker-connections 20"}
        small = Origin(tmp_path, like=origin, **room, **settings(signer))
        with ExitStack() as stalled:
            stalled.callback(small.stop)
            for sent in (STALLED["half a head"], HEALTH + b"\r\n"):
                for _ in range(CALLERS):
                    stalled.enter_context(closing(connect(small, sent)))
                assert small.get("/healthz").status == 200

    def test_of_whom_one_is_slow_while_many_are_idle(self, signer, origin, tmp_path):
        room = {"GUNICORN_CMD_ARGS": "--worker-connections 20"}
        small = Origin(tmp_path, like=origin, **room, **settings(signer))
        with ExitStack() as idle:
            idle.callback(small.stop)
            slow = idle.enter_context(closing(connect(small, STALLED["half a head"])))
            for _ in range(12):  # as many as 8 threads leave room for
                one = idle.enter_context(closing(connect(small, HEALTH + b"\r\n")))
                assert status(one.recv(65_536)) == 200
            for _ in range(8):
                idle.enter_context(closing(connect(small, STALLED["half a head"])))
            assert small.get("/healthz").status == 200
            slow.sendall(b"y\r\nConnection: close\r\n\r\n")
            assert status(answered(slow)) == 200

    @pytest.mark.parametrize("path", [b"/service-token/", b"/static/img/social.png"])
    def test_while_callers_do_not_read(self, origin, path):
        many = (b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n") * 1_000
        with ExitStack() as stalled:
            for _ in range(CALLERS // 2):
                caller = stalled.enter_context(closing(socket.socket()))
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                caller.connect(("127.0.0.1", origin.port))
                caller.sendall(many)
            begun = time.monotonic()
            while time.monotonic() - begun < PATIENCE:  # their buffers fill meanwhile
                asked = time.monotonic()
                assert origin.get("/healthz").status == 200
                assert time.monotonic() - asked < PATIENCE
                time.sleep(0.2)


class TestTakes:
    """What arrives slowly, and does arrive."""

    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            (HEALTH + b"Connection: close\r\n\r\n", 200),
            (
                EXPLAIN + b"Connection: close\r\nContent-Length: 21\r\n\r\nHTTP/1.1 404 Nothing\n",
                200,
            ),
            (
                EXPLAIN + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"5\r\nHTTP/\r\n10\r\n1.1 404 Nothing\n\r\n0\r\n\r\n",
                411,
            ),
        ],
        ids=["a head", "a body", "chunks"],
    )
    def test_byte_by_byte(self, origin, sent, expected):
        with closing(connect(origin)) as connection:
            for at in range(len(sent)):
                connection.sendall(sent[at : at + 1])
            assert status(answered(connection)) == expected

    def test_a_body_that_is_announced_first(self, origin):
        head = EXPLAIN + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        with closing(connect(origin, head)) as connection:
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"HTTP/")
            assert status(answered(connection)) == 200

    def test_two_requests_at_once_and_a_third_in_pieces(self, origin):
        with closing(connect(origin, (HEALTH + b"\r\n") * 2 + HEALTH)) as connection:
            time.sleep(0.2)
            connection.sendall(b"Connection: close\r\n\r\n")
            assert answered(connection).count(b"HTTP/1.1 200 OK") == 3

    def test_what_a_caller_said_before_it_closed_its_side(self, origin):
        with closing(connect(origin, HEALTH + b"\r\n")) as connection:
            connection.shutdown(socket.SHUT_WR)
            assert status(answered(connection)) == 200


class TestRefuses:
    @pytest.mark.parametrize("sent", [STALLED["half a head"], STALLED["half a body"]])
    def test_what_does_not_arrive_in_time(self, hasty, sent):
        with closing(connect(hasty, sent)) as connection:
            answer = answered(connection)
        assert status(answer) == 408
        assert b"it should be whole after 1 seconds" in answer

    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            (STALLED["half a head"], b"400"),
            (STALLED["half a body"], b"400"),
            (STALLED["half a chunk"], b"400"),
            (HEALTH + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n1", b"100"),
            (EXPLAIN + b"Expect: 100-continue\r\nContent-Length: 99\r\n\r\n1", b"100"),
        ],
    )
    def test_what_breaks_off(self, origin, sent, expected):
        before = len(origin.text())
        assert origin.raw(sent).split(b" ", 2)[1] == expected
        with closing(connect(origin, sent)) as connection:
            reset = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        assert origin.get("/healthz").status == 200
        assert "Traceback" not in origin.text()[before:]

    def test_half_a_form(self, origin):
        head = EXPLAIN + b"Expect: 100-continue\r\nContent-Length: 99\r\n\r\npaste=HTTP"
        answer = origin.raw(head).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert status(answer) == 400
        assert b"broke off" in answer

    def test_a_large_body_before_it_comes(self, origin):
        with closing(connect(origin, EXPLAIN + TOO_MUCH)) as connection:
            assert status(connection.recv(100)) == 413

    def test_to_wait_for_what_was_asked_for_and_does_not_come(self, hasty):
        head = EXPLAIN + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n"
        with closing(connect(hasty, head)) as connection:
            begun = time.monotonic()
            answered(connection)
            assert time.monotonic() - begun < PATIENCE

    def test_to_hold_a_connection_on_which_nothing_comes(self, hasty):
        with closing(connect(hasty)) as connection:
            assert answered(connection) == b""


@contextmanager
def held(process):
    """Have all that is done in the block found by the worker at once, in that order."""
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for worker in workers:
        os.kill(int(worker), signal.SIGSTOP)
    time.sleep(0.1)
    try:
        yield
    finally:
        time.sleep(0.1)
        for worker in workers:
            os.kill(int(worker), signal.SIGCONT)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc: run it on Linux")
class TestSurvives:
    def test_word_of_the_connection_that_it_has_just_closed(self, signer, origin, tmp_path):
        room = {"GUNICORN_CMD_ARGS": "--worker-connections 20"}
        small = Origin(tmp_path, like=origin, **room, **settings(signer))
        with ExitStack() as stack:
            stack.callback(small.stop)
            half = [connect(small, STALLED["half a head"]) for _ in range(19)]
            callers = [stack.enter_context(closing(each)) for each in half]
            time.sleep(0.2)
            with held(small.process):
                stack.enter_context(closing(connect(small, HEALTH + b"\r\n")))
                for caller in callers:
                    caller.sendall(b"a\r\n\r\n")
            assert small.get("/healthz").status == 200
            assert "Traceback" not in small.text()


class TestStops:
    def test_with_half_a_request_open(self, signer, origin, tmp_path):
        other = Origin(tmp_path, like=origin, **settings(signer))
        with closing(connect(other, STALLED["half a head"])):
            assert other.get("/healthz").status == 200
            begun = time.monotonic()
            other.stop()
            assert time.monotonic() - begun < PATIENCE


class TestLoad:
    def test_of_requests_beside_stalled_ones_is_answered_in_full(self, origin):
        found, lock = [], threading.Lock()

        def ask():
            for _ in range(20):
                answer = origin.get("/healthz").status
                with lock:
                    found.append(answer)

        with ExitStack() as stalled:
            for sent in STALLED.values():
                stalled.enter_context(closing(connect(origin, sent)))
            askers = [threading.Thread(target=ask) for _ in range(8)]
            for asker in askers:
                asker.start()
            for asker in askers:
                asker.join()
        assert found == [200] * 160
