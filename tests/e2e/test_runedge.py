from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from http.client import HTTPConnection

import pytest

from tests.e2e.stack import ROOT, Process, free_pair, wait_for

pytestmark = pytest.mark.e2e

FILE = """\
[[service_tokens]]
name = "robot"

[[applications]]
name = "Anything"
destinations = ["site.test/private"]
service_auth_401_redirect = true
policies = [
    { name = "Machines", decision = "service_auth", include = [{ service_token = "robot" }] },
]
"""


class Origin(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.headers.get("Cf-Access-Jwt-Assertion", "none").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def origin():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


class Edge(Process):
    """The edge alone, with nothing of the portal configured."""

    def __init__(self, folder, origin, *flags, **environment):
        self.port = free_pair()
        command = [sys.executable, str(ROOT / "manage.py"), "runedge"]
        command += ["--config", str(folder / "edge.toml"), "--port", str(self.port)]
        command += ["--origin", f"http://127.0.0.1:{origin}", *flags]
        super().__init__(command, {"PATH": os.environ["PATH"], **environment}, folder / "log")
        wait_for(lambda: self.get("/cdn-cgi/access/certs").status == 200, self)

    def get(self, path, headers=None):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": "site.test", **(headers or {})})
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()

    def wait(self, is_so):
        ends_at = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < ends_at, self.text()
            time.sleep(0.05)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "edge.toml").write_text(FILE)
    return tmp_path


@pytest.fixture
def edge(folder, origin):
    running = Edge(folder, origin)
    yield running
    running.stop()
    assert "Traceback" not in running.text()


def pair(folder):
    [token] = json.loads((folder / ".edge/organisation.json").read_text())["service_tokens"]
    return {
        "CF-Access-Client-Id": token["client_id"],
        "CF-Access-Client-Secret": token["client_secret"],
    }


class TestRuns:
    def test_in_front_of_any_origin_without_the_portal(self, edge, folder):
        assert edge.get("/public").body == b"none"
        assert edge.get("/private").status == 401
        assert edge.get("/private", pair(folder)).body.startswith(b"eyJ")

    def test_with_the_mailbox_named_that_it_has(self, edge):
        address = f"http://127.0.0.1:{edge.port + 1}/mailbox"
        assert f"Login codes are shown here and at {address}.\n" in edge.text()
        with urllib.request.urlopen(address) as page:
            assert page.status == 200

    def test_without_a_mailbox_where_codes_are_mailed(self, folder, origin):
        edge = Edge(folder, origin, EMAIL_URL="smtp://127.0.0.1:9")
        try:
            assert "Management API at" in edge.text()
            assert "Login codes" not in edge.text()
        finally:
            edge.stop()

    @pytest.mark.parametrize(("flags", "status"), [(["--no-401"], 403), (["--legacy"], 401)])
    def test_with_its_flags(self, folder, origin, flags, status):
        edge = Edge(folder, origin, *flags)
        try:
            assert edge.get("/private").status == status
        finally:
            edge.stop()

    def test_with_the_same_secrets_after_a_restart(self, folder, origin):
        first = Edge(folder, origin)
        first.stop()
        before = pair(folder)
        second = Edge(folder, origin)
        try:
            assert second.get("/private", before).status == 200
        finally:
            second.stop()

    def test_with_the_portal_s_settings_where_they_are_there(self, folder, origin):
        text = FILE.replace("site.test", "{base_domain}")
        (folder / "edge.toml").write_text(text)
        edge = Edge(folder, origin, SECRET_KEY="x" * 50, BASE_DOMAIN="site.test")
        try:
            assert edge.get("/private").status == 401
        finally:
            edge.stop()


class TestFollows:
    def test_the_file_and_survives_a_broken_one(self, edge, folder):
        path = folder / "edge.toml"
        headers = pair(folder)
        path.write_text(FILE.replace("/private", "/closed"))
        edge.wait(lambda: edge.get("/closed").status == 401)
        assert edge.get("/private").status == 200
        assert edge.get("/closed", headers).body.startswith(b"eyJ")  # the secret stayed
        path.write_text(FILE.replace("destinations", "destination"))
        edge.wait(lambda: "goes on as before" in edge.text())
        assert f"{path}:6: There is no key 'destination' here." in edge.text()
        assert edge.get("/closed").status == 401
        path.write_text(FILE)
        edge.wait(lambda: edge.get("/private").status == 401)
        assert edge.get("/private", headers).status == 200

    def test_what_another_process_writes_at_the_next_request(self, edge, folder):
        headers = pair(folder)
        before = edge.get("/private", headers).body
        rotate = [sys.executable, str(ROOT / "manage.py"), "rotate_edge_keys"]
        subprocess.run(
            [*rotate, "--state", str(folder / ".edge")],
            env={"PATH": os.environ["PATH"]},
            check=True,
            capture_output=True,
        )
        assert edge.get("/private", headers).body.split(b".")[0] != before.split(b".")[0]


class TestChecks:
    @pytest.mark.parametrize(("text", "code"), [(FILE, 0), (FILE + "x = 1\n", 2)])
    def test_with_its_exit_code(self, folder, text, code):
        (folder / "edge.toml").write_text(text)
        check = ["runedge", "--check", "--config", "edge.toml"]
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *check],
            cwd=folder,
            env={"PATH": os.environ["PATH"]},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code
        if code:
            assert done.stderr.splitlines()[1:] == ["edge.toml:11: There is no key 'x' here."]
        else:
            assert done.stdout.startswith("edge.toml is sound: 1 application, ")
