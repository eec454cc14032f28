from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest

from barbican.access.errors import AccessError
from barbican.access.examination import Application
from barbican.access.keys import KeyStore
from barbican.access.verifier import Verifier
from barbican.edge.testing import LocalEdge, allow, block, bypass, service_auth
from barbican.edge.testing.state import HOSTS
from tests.echo import EchoOrigin, heard_header
from tests.edge.wire import get

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "edge-in-your-tests.md"
ASSERTION = "Cf-Access-Jwt-Assertion"


@pytest.fixture(scope="module")
def origin():
    with EchoOrigin() as echo:
        yield echo


@pytest.fixture
def edge(origin):
    with LocalEdge(origin.url) as running:
        yield running


def port(edge):
    return urlsplit(edge.url).port


def ask(edge, path="/", headers=None, **options):
    return get(port(edge), path, list((headers or {}).items()), **options)


def certs(edge):
    reply = ask(edge, "/cdn-cgi/access/certs")
    assert reply.status == 200
    return json.loads(reply.body)


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def code(edge, token):
    """Return what the origin's own verifier says of a token."""
    application = Application("reports", frozenset({edge.audience_tag}))
    verifier = Verifier(
        application=application, team_domain=edge.team_domain, keys=KeyStore(edge.certs_url)
    )
    try:
        return verifier.verify(token).identity
    except AccessError as error:
        return error.code


def run(*command, cwd, **environment):
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class TestStarts:
    def test_without_django_and_without_settings(self, tmp_path, origin):
        program = f"""
import sys, threading
from urllib.request import Request, urlopen
import barbican.edge.pytest_plugin
from barbican.edge.testing import LocalEdge
with LocalEdge({origin.url!r}) as edge:
    with urlopen(Request(edge.url, headers=edge.service_token().headers)) as answer:
        print(answer.status)
print([name for name in sys.modules if name.partition(".")[0] in ("django", "environ")])
print([thread.name for thread in threading.enumerate()])
"""
        done = run("-W", "error", "-c", program, cwd=tmp_path)
        assert (done.stdout.splitlines(), done.stderr) == (["200", "[]", "['MainThread']"], "")

    def test_two_at_once_that_know_nothing_of_each_other(self, origin):
        with LocalEdge(origin.url) as one, LocalEdge(origin.url) as other:
            assert one.url != other.url
            pair = one.service_token()
            assert ask(one, headers=pair.headers).status == 200
            assert ask(other, headers=pair.headers).status == 401
            assert code(other, one.application_token(pair)) == "wrong_issuer"

    def test_again_with_nothing_of_the_first_time(self, origin):
        edge = LocalEdge(origin.url)
        with edge:
            tag = edge.audience_tag
            edge.move_clock(hours=1)
        with edge:
            assert edge.audience_tag != tag
            assert edge.now == pytest.approx(time.time(), abs=5)

    def test_once_at_a_time(self, edge):
        with pytest.raises(RuntimeError, match="running already"):
            edge.start()

    @pytest.mark.parametrize(
        "origin", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:1/path"]
    )
    def test_in_front_of_nothing_that_is_no_origin(self, origin):
        with pytest.raises(ValueError, match="is no origin: write a scheme"):
            LocalEdge(origin)

    def test_before_anything_else(self, origin):
        with pytest.raises(RuntimeError, match="use it in a `with` block"):
            LocalEdge(origin.url).url  # noqa: B018

    def test_with_terminal_lines_where_they_are_wanted(self, origin):
        lines = []
        with LocalEdge(origin.url, write_line=lines.append) as edge:
            ask(edge, headers=edge.service_token().headers)
            assert edge.decisions
        assert "-> forwarded 200 (policy matched)" in lines[0]


class TestStops:
    def test_and_leaves_no_thread_no_port_and_no_folder(self, origin):
        before = set(threading.enumerate())
        with LocalEdge(origin.url) as edge:
            ask(edge, headers=edge.service_token().headers)
            folder, number = edge._state.folder.folder, port(edge)
            assert folder.stat().st_mode & 0o777 == 0o700
        # A thread of the origin may still be on its way out.
        left = {each for each in threading.enumerate() if each.name == "local-edge"} - before
        assert (left, folder.exists()) == (set(), False)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", number), timeout=5)

    def test_when_a_test_fails(self, origin):
        with suppress(ZeroDivisionError), LocalEdge(origin.url) as edge:
            number = port(edge)
            _ = 1 / 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", number), timeout=5)

    def test_while_somebody_waits_for_keys(self, origin):
        edge = LocalEdge(origin.url).start()
        with (
            edge.break_keys("hang"),
            socket.create_connection(("127.0.0.1", port(edge)), timeout=5) as caller,
        ):
            caller.sendall(b"GET /cdn-cgi/access/certs HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while edge._thread.edge._is_idle.is_set():
                time.sleep(0.005)
            edge.stop()
            assert caller.recv(12) == b"HTTP/1.1 503"

    def test_twice_as_well_as_once(self, origin):
        edge = LocalEdge(origin.url).start()
        edge.stop()
        edge.stop()


class TestAdmits:
    def test_a_service_token_with_a_token_that_the_origin_believes(self, edge):
        pair = edge.service_token("nightly")
        reply = ask(edge, "/reports?month=5", pair.headers)
        assert reply.status == 200
        assert json.loads(reply.body)["path"] == "/reports?month=5"
        token = heard_header(reply.body, ASSERTION)
        assert code(edge, token).client_id == pair.client_id
        assert claims(token)["aud"] == [edge.audience_tag]

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "reports.localhost:8000"])
    def test_on_every_name_of_this_machine(self, edge, host):
        assert ask(edge, headers=edge.service_token().headers, host=host).status == 200
        assert ask(edge, host=host).status == 302

    @pytest.mark.parametrize("strict", [True, False])
    def test_a_person_who_has_logged_in(self, edge, strict):
        edge.strict = strict
        ada = edge.act_as("ada@example.com")
        reply = ask(edge, "/reports", ada.headers)
        assert (reply.status, edge.decisions[-1].email) == (200, "ada@example.com")
        assert code(edge, heard_header(reply.body, ASSERTION)).email == "ada@example.com"
        assert heard_header(reply.body, "Cf-Access-Authenticated-User-Email") == "ada@example.com"

    @pytest.mark.parametrize("by", ["forged_token", "application_token"])
    def test_nobody_by_a_cookie_that_is_forged_or_for_another_application(self, edge, by):
        changes = {"aud": ["0" * 64]} if by == "application_token" else {}
        token = getattr(edge, by)(email="ada@example.com", **changes)
        assert ask(edge, headers={"Cookie": f"CF_Authorization={token}"}).status == 302
        assert edge.decisions[-1].email == ""

    def test_a_person_until_the_session_ends(self, edge):
        ada = edge.act_as("ada@example.com", lifetime=60)
        edge.move_clock(seconds=59)
        assert ask(edge, headers=ada.headers).status == 200
        edge.move_clock(seconds=2)
        assert ask(edge, headers=ada.headers).status == 302

    def test_the_same_service_token_under_the_same_name(self, edge):
        assert edge.service_token("a") == edge.service_token("a") != edge.service_token("b")
        assert edge.create_service_token("new") == edge.service_token("new")

    def test_nobody_with_a_disabled_one(self, edge):
        pair = edge.create_service_token("off", enabled=False)
        assert ask(edge, headers=pair.headers).status == 401

    @pytest.mark.parametrize(("strict", "status"), [(True, 401), (False, 302)])
    def test_nobody_with_a_wrong_secret(self, edge, strict, status):
        edge.strict = strict
        assert edge.strict is strict
        headers = {**edge.service_token().headers, "CF-Access-Client-Secret": "wrong"}
        assert ask(edge, headers=headers).status == status

    def test_nobody_by_a_header_that_only_the_edge_may_send(self, edge):
        honest = edge.application_token(email="ada@example.com")
        assert ask(edge, headers={ASSERTION: honest}).status == 302
        passed = ask(edge, headers={ASSERTION: "forged", **edge.service_token().headers})
        assert heard_header(passed.body, ASSERTION) != "forged"

    def test_by_policies_of_your_own(self, origin):
        with LocalEdge(origin.url, policies=[]) as edge:
            assert ask(edge, headers=edge.service_token().headers).status == 403
        with LocalEdge(origin.url, policies=[bypass()]) as edge:
            reply = ask(edge)
            assert reply.status == 200
            names = [name.lower() for name, _value in json.loads(reply.body)["headers"]]
            assert ASSERTION.lower() not in names


class TestProtects:
    def test_a_path_with_an_application_of_its_own(self, edge):
        robot, other = edge.service_token("robot"), edge.service_token("other")
        machines = edge.protect("/machines", service_auth(robot), service_auth_401_redirect=True)
        reply = ask(edge, "/machines/1", robot.headers)
        assert claims(heard_header(reply.body, ASSERTION))["aud"] == [machines.aud]
        assert ask(edge, "/machines/1", other.headers).status == 403
        assert ask(edge, "/machines/1").status == 401
        assert ask(edge, "/machinery", other.headers).status == 200

    def test_a_path_for_some_people_only(self, edge):
        admin = edge.protect("/admin", block("bob@example.com"), allow("@example.com"))
        for email, status in (
            ("ada@example.com", 200),
            ("bob@example.com", 403),
            ("eve@example.org", 403),
        ):
            person = edge.act_as(email, aud=[admin.aud])
            assert ask(edge, "/admin/users", person.headers).status == status
        assert edge.decisions[-2].policy_decision == "deny"
        assert edge.decisions[-1].policy_name == ""

    def test_a_host(self, edge):
        edge.protect("open.localhost", bypass())
        assert ask(edge, host="open.localhost").status == 200
        assert ask(edge, host="closed.localhost").status == 302

    def test_nothing_outside_this_machine_s_names(self, edge):
        assert ask(edge, host="portal.example").status == 200
        edge.protect("portal.example", service_auth())
        assert ask(edge, host="portal.example").status == 403

    def test_with_any_change_of_the_organisation(self, edge):
        made = edge.protect("/x", service_auth())
        edge.change(lambda known: known.without_401())
        assert edge.organisation.application(made.aud) == made

    @pytest.mark.parametrize("word", ["ada", "ada@", ""])
    def test_nobody_who_is_no_address(self, word):
        for policy in (allow, block):
            with pytest.raises(ValueError, match="is no e-mail address"):
                policy(word)


# (changes, claims that the token then has, claims that it lacks)
CHANGES = {
    "a machine": ({}, {"sub": "", "type": "app"}, {"email", "nbf"}),
    "a person": (
        {"email": "ada@example.com"}, {"email": "ada@example.com", "type": "app"}, {"common_name"},
    ),
    "another claim": ({"country": "GB"}, {"country": "GB"}, set()),
    "an audience as text": ({"aud": "a" * 64}, {"aud": "a" * 64}, set()),
    "a claim left out": ({"type": None, "iat": None}, {}, {"type", "iat"}),
    "a person with another subject": (
        {"email": "ada@example.com", "sub": "x"}, {"sub": "x"}, set(),
    ),
}  # fmt: skip

# (changes, what the origin's verifier says)
REFUSALS = {
    "for another application": ({"aud": ["0" * 64]}, "wrong_audience"),
    "of another team": ({"iss": "http://127.0.0.1:1"}, "wrong_issuer"),
    "that has ended": ({"lifetime": -31}, "expired"),
    "of the team's own session": ({"type": "org"}, "wrong_type"),
    "without an end": ({"exp": None}, "missing_claim"),
}


class TestSigns:
    @pytest.mark.parametrize(("changes", "there", "absent"), CHANGES.values(), ids=CHANGES)
    def test(self, edge, changes, there, absent):
        found = claims(edge.application_token(**changes))
        assert there.items() <= found.items()
        assert not absent & set(found)

    def test_for_a_day_or_for_as_long_as_it_is_told(self, edge):
        for options, lifetime in (({}, 86_400), ({"lifetime": 5}, 5)):
            found = claims(edge.application_token(**options))
            assert found["exp"] - found["iat"] == lifetime

    def test_for_a_machine_by_its_client_id(self, edge):
        pair = edge.service_token("nightly")
        assert code(edge, edge.application_token(pair)).client_id == pair.client_id
        assert code(edge, edge.application_token()).client_id == edge.service_token().client_id

    def test_for_a_person_with_one_subject_for_one_address(self, edge):
        one, again = edge.act_as("ada@example.com"), edge.act_as("Ada@Example.com")
        other = edge.act_as("bob@example.com")
        subjects = [code(edge, each.token).subject for each in (one, again, other)]
        assert subjects[0] == subjects[1] != subjects[2]
        assert one.headers == {"Cookie": f"CF_Authorization={one.cookies['CF_Authorization']}"}

    @pytest.mark.parametrize(("changes", "verdict"), REFUSALS.values(), ids=REFUSALS)
    def test_what_an_origin_has_to_refuse(self, edge, changes, verdict):
        assert code(edge, edge.application_token(**changes)) == verdict

    def test_a_twin_by_somebody_else_s_key(self, edge):
        pair = edge.service_token()
        honest, forged = edge.application_token(pair), edge.forged_token(pair)
        assert jwt.get_unverified_header(forged) == jwt.get_unverified_header(honest)
        assert code(edge, forged) == "bad_signature"

    def test_no_secret_into_a_representation(self, edge):
        pair, person = edge.service_token(), edge.act_as("ada@example.com")
        assert pair.client_secret not in repr(pair)
        assert person.token not in repr(person)


class TestMoves:
    def test_its_clock_past_a_service_token_s_end_and_back(self, edge):
        pair = edge.create_service_token("short", expires_in=timedelta(hours=1))
        assert ask(edge, headers=pair.headers).status == 200
        edge.move_clock(minutes=61)
        assert ask(edge, headers=pair.headers).status == 401
        assert edge.decisions[-1].reason == "service token expired"
        edge.move_clock(minutes=-2)
        assert ask(edge, headers=pair.headers).status == 200

    def test_it_for_tokens_of_another_time(self, edge):
        edge.move_clock(hours=-25)
        assert code(edge, edge.application_token()) == "expired"
        edge.move_clock(hours=50)
        assert code(edge, edge.application_token()) == "not_yet_valid"

    def test_it_never_past_forever(self, edge):
        pair = edge.create_service_token("forever", expires_in=None)
        edge.move_clock(days=30_000)
        assert ask(edge, headers=pair.headers).status == 200


class TestRotates:
    def test_the_keys_of_which_two_are_published(self, edge):
        def published():
            return [key["kid"] for key in certs(edge)["keys"]]

        signed, seen = [edge.application_token()], [published()]
        for _ in range(2):
            edge.rotate_keys()
            signed.append(edge.application_token())
            seen.append(published())
        first, second, third = (jwt.get_unverified_header(each)["kid"] for each in signed)
        assert [each[0] for each in seen] == [first, second, third]
        assert seen[2] == [third, second]
        assert len({key for each in seen for key in each}) == 4
        verdicts = [getattr(code(edge, each), "client_id", "unknown_key") for each in signed]
        client_id = edge.service_token().client_id
        assert verdicts == ["unknown_key", client_id, client_id]


class TestBreaksKeys:
    @pytest.mark.parametrize("status", [500, 403, 429])
    def test_with_a_status_and_mends_them(self, edge, status):
        token = edge.application_token()
        with edge.break_keys(status):
            assert ask(edge, "/cdn-cgi/access/certs").status == status
            assert code(edge, token) == "keys_unavailable"
        assert code(edge, token).client_id

    def test_with_a_page_where_keys_should_be(self, edge):
        with edge.break_keys("garbage"):
            reply = ask(edge, "/cdn-cgi/access/certs")
            assert (reply.status, reply["Content-Type"][:9]) == (200, "text/html")
            assert code(edge, edge.application_token()) == "keys_unavailable"
        assert certs(edge)

    def test_with_silence_until_it_is_over(self, edge):
        replies = []
        with edge.break_keys("hang"):
            caller = threading.Thread(
                target=lambda: replies.append(ask(edge, "/cdn-cgi/access/certs"))
            )
            caller.start()
            caller.join(0.3)
            assert caller.is_alive()
        caller.join(5)
        assert [reply.status for reply in replies] == [503]

    def test_and_nothing_else(self, edge):
        with edge.break_keys("hang"):
            assert ask(edge, headers=edge.service_token().headers).status == 200


class TestKeeps:
    def test_every_decision_in_its_order(self, edge):
        pair = edge.service_token()
        for number in range(20):  # each is there as soon as its answer is
            ask(edge, f"/{number}", pair.headers)
            assert edge.decisions[-1].path == f"/{number}"
        ask(edge, "/nobody")
        last = edge.decisions[-1]
        assert (last.decision, last.status, last.client_id) == ("sent to log in", 302, "")
        assert [each.status for each in edge.decisions] == [200] * 20 + [302]

    def test_those_that_are_answered_while_another_one_hangs(self, edge, origin):
        pair = edge.service_token()
        waiting = threading.Thread(target=ask, args=(edge, "/hang", pair.headers))
        waiting.start()
        try:
            ask(edge, "/other", pair.headers)
            assert edge.decisions[-1].path == "/other"
        finally:
            origin.release.set()
            waiting.join(10)
            origin.release.clear()


class TestTells:
    def test_the_settings_of_a_django_project(self, edge):
        other = edge.protect("/admin", allow("ada@example.com"))
        assert edge.settings("reports", admin=other.aud) == {
            "ACCESS_TEAM_DOMAIN": edge.url,
            "ACCESS_LOCAL_EDGE": True,
            "ACCESS_APPLICATIONS": {
                "reports": {"audience_tags": [edge.audience_tag]},
                "admin": {"audience_tags": [other.aud]},
            },
        }

    def test_the_names_that_it_covers(self, edge):
        [covering] = edge.organisation.applications
        assert tuple(map(str, covering.destinations)) == HOSTS


def written(section, folder):
    """Write the page's files of one section, and return their names and texts."""
    text = PAGE.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", text, re.DOTALL)
    files: dict[str, str] = {}
    for name, content in blocks:
        files[name] = files.get(name, "") + content
    for name, content in files.items():
        (folder / name).write_text(content)
    return files


OFFLINE = ("--disable-socket", "--allow-hosts=127.0.0.1,::1,localhost")


def pytest_in(folder, *options, **environment):
    ours = ("-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider")
    return run(*ours, "-W", "error", *options, cwd=folder, **environment)


class TestPage:
    def test_holds_the_promise_of_twenty_lines(self, tmp_path):
        files = written("A plain WSGI application", tmp_path)
        both = (files["conftest.py"] + files["test_app.py"]).splitlines()
        assert len([line for line in both if line.strip()]) <= 20

    @pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "with xdist"])
    def test_runs_in_a_plain_project(self, tmp_path, workers):
        files = written("A plain WSGI application", tmp_path)
        assert {"app.py", "conftest.py", "test_app.py", "test_more.py"} == set(files)
        done = pytest_in(tmp_path, "-p", "no:django", *OFFLINE, *workers)
        count = "".join(files.values()).count("\ndef test_")
        assert f"{count} passed" in done.stdout, done.stdout + done.stderr
        assert done.returncode == 0

    def test_runs_in_a_django_project(self, tmp_path):
        files = written("A Django project", tmp_path)
        done = pytest_in(
            tmp_path,
            *OFFLINE,
            DJANGO_SETTINGS_MODULE="tests.second_project.settings",
            TEAM_DOMAIN="",
        )
        count = "".join(files.values()).count("\ndef test_")
        assert f"{count} passed" in done.stdout, done.stdout + done.stderr
        assert done.returncode == 0

    def test_names_everything_that_the_edge_can(self):
        text = PAGE.read_text()
        public = [name for name in vars(LocalEdge) if not name.startswith("_")]
        assert [name for name in public if f"`{name}" not in text] == []


class TestPlugin:
    def test_says_what_is_missing(self, tmp_path):
        (tmp_path / "conftest.py").write_text('pytest_plugins = ["barbican.edge.pytest_plugin"]\n')
        (tmp_path / "test_it.py").write_text("def test_it(local_edge): ...\n")
        done = pytest_in(tmp_path, "-p", "no:django")
        assert "define a fixture local_edge_origin that returns its URL" in done.stdout
        assert done.returncode == 1

    def test_stops_what_its_factory_started_at_the_end_of_the_run(self, tmp_path, origin):
        (tmp_path / "conftest.py").write_text('pytest_plugins = ["barbican.edge.pytest_plugin"]\n')
        (tmp_path / "test_it.py").write_text(
            f"""
import pytest, threading

@pytest.fixture(scope="session")
def edges(local_edge_factory):
    return [local_edge_factory({origin.url!r}, strict=strict) for strict in (True, False)]

@pytest.mark.parametrize("number", [0, 1])
def test_it(edges, number):
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("local-edge") == 2
    assert [edge.strict for edge in edges] == [True, False]
"""
        )
        (tmp_path / "conftest.py").write_text(
            """
import threading
pytest_plugins = ["barbican.edge.pytest_plugin"]

def pytest_unconfigure():
    print("left:", [each.name for each in threading.enumerate() if each.name == "local-edge"])
"""
        )
        done = pytest_in(tmp_path, "-p", "no:django", "-s")
        assert "2 passed" in done.stdout, done.stdout + done.stderr
        assert "left: []" in done.stdout
