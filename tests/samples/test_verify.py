"""The origins' samples: each is started as a server of its own, behind the local edge."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from barbican.edge.testing import LocalEdge
from tests.e2e.stack import Process, ask, free_port, wait_for
from tests.samples.running import SAMPLES, environment_for, need, need_jose

pytestmark = pytest.mark.e2e
ASSERTION = "Cf-Access-Jwt-Assertion"
DEBIANS_GO = Path("/usr/share/gocode")


def python(_folder):
    return [sys.executable, str(SAMPLES / "verify/python_pyjwt.py")]


def node(folder):
    """Node looks for packages beside the file, so the file goes beside the packages."""
    need_jose()
    from tests.node.run import HERE

    (folder / "node_modules").symlink_to(HERE / "node_modules")
    shutil.copy(SAMPLES / "verify/node_jose.mjs", folder)
    return ["node", str(folder / "node_jose.mjs")]


def go(folder):
    """Built with the module that go.mod names, or with Debian's package, whose names are the same."""
    need("go")
    built = folder / "verify"
    for place, settings in ((go_module(folder), {}), debians_go_path(folder)):
        done = subprocess.run(
            ["go", "build", "-o", str(built), "."],
            cwd=place,
            env=environment_for(settings),
            capture_output=True,
            text=True,
        )
        if done.returncode == 0:
            return [str(built)]
    pytest.skip("go-oidc is not here: apt-get install golang-github-coreos-go-oidc-dev")


def go_module(folder):
    return shutil.copytree(SAMPLES / "verify/go", folder / "module")


def debians_go_path(folder):
    """Return where to build, and with which settings: Debian's go-oidc has no module and no `/v3`."""
    sources = folder / "path" / "src"
    oidc = sources / "github.com/coreos/go-oidc/v3/oidc"
    if (DEBIANS_GO / "src/github.com/coreos/go-oidc").is_dir():
        shutil.copytree(DEBIANS_GO / "src/github.com/coreos/go-oidc", oidc)
    place = shutil.copytree(SAMPLES / "verify/go", sources / "barbican.example/verify")
    path = f"{folder / 'path'}:{DEBIANS_GO}"
    return place, {"GO111MODULE": "off", "GOFLAGS": "", "GOPATH": path}


@pytest.fixture(scope="module", params=[python, node, go], ids=lambda server: server.__name__)
def server(request, tmp_path_factory):
    """The edge, and the sample behind it, which believes that edge."""
    folder, port = tmp_path_factory.mktemp("verify"), free_port()
    command = request.param(folder)
    with LocalEdge(f"http://127.0.0.1:{port}") as edge, serving(command, edge, port, folder):
        yield edge, port


@contextmanager
def serving(command, edge, port, folder):
    environment = environment_for(
        {
            "ACCESS_TEAM_DOMAIN": edge.team_domain,
            "ACCESS_AUD": edge.audience_tag,
            "PORT": str(port),
        }
    )
    process = Process(command, environment, folder / "server.log")
    try:
        wait_for(lambda: answers(port), process)
        yield process
    finally:
        process.stop()


def answers(port):
    with suppress(OSError):
        return ask(port, "/", "localhost", "GET", {}).status
    return None


def status(port, token):
    return ask(port, "/", "localhost", "GET", {ASSERTION: token}).status


class TestLetsIn:
    def test_a_machine_through_the_edge(self, server):
        edge, _ = server
        pair = edge.service_token()
        answer = ask(int(edge.url.rpartition(":")[2]), "/", "127.0.0.1", "GET", pair.headers)
        assert (answer.status, answer.text) == (200, f"Hello {pair.client_id}\n")

    def test_a_person_whom_the_edge_signed_for(self, server):
        edge, port = server
        token = edge.application_token(email="ada@example.com")
        answer = ask(port, "/", "localhost", "GET", {ASSERTION: token})
        assert (answer.status, answer.text) == (200, "Hello ada@example.com\n")

    def test_the_documented_variants(self, server):
        edge, port = server
        assert status(port, edge.application_token(aud=edge.audience_tag)) == 200  # plain string
        assert status(port, edge.application_token(type=None)) == 200


class TestRefuses:
    def test_a_request_that_went_round_the_edge(self, server):
        edge, port = server
        forged = {**edge.service_token().headers, "Cf-Access-Authenticated-User-Email": "a@b.example"}
        assert ask(port, "/", "localhost", "GET", forged).status == 401

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": ["f" * 64]},
            {"aud": None},
            {"iss": "https://other.cloudflareaccess.com"},
            {"exp": 1_790_000_000},  # past; the same on every worker, for it names the test
            {"exp": None},
            {"iat": None},
            {"type": "org"},
        ],
        ids=repr,
    )
    def test_a_token_that_is_signed_and_not_for_this(self, server, claims):
        edge, port = server
        assert status(port, edge.application_token(**claims)) == 401

    def test_a_token_that_somebody_else_signed(self, server):
        edge, port = server
        assert status(port, edge.forged_token()) == 401

    @pytest.mark.parametrize("token", ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
    def test_what_is_no_token(self, server, token):
        _, port = server
        assert status(port, token) == 401

    def test_two_assertions(self, server):
        edge, port = server
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.putrequest("GET", "/")
            for _ in range(2):
                connection.putheader(ASSERTION, edge.application_token())
            connection.endheaders()
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 401


class TestSettings:
    @pytest.mark.parametrize("missing", ["ACCESS_TEAM_DOMAIN", "ACCESS_AUD"])
    @pytest.mark.parametrize("sample", [python, node], ids=lambda sample: sample.__name__)
    def test_that_are_missing_are_named(self, tmp_path, sample, missing):
        told = {"ACCESS_TEAM_DOMAIN": "https://example.cloudflareaccess.com", "ACCESS_AUD": "f" * 64}
        del told[missing]
        done = subprocess.run(
            sample(tmp_path), env=environment_for(told), capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 1
        assert missing in done.stderr
        assert "Traceback" not in done.stderr


class TestKeys:
    def test_that_cannot_be_fetched_let_nobody_in(self, tmp_path):
        port = free_port()
        with (
            LocalEdge(f"http://127.0.0.1:{port}") as edge,
            serving(python(tmp_path), edge, port, tmp_path),
            edge.break_keys(503),
        ):
            assert status(port, edge.application_token()) == 503
