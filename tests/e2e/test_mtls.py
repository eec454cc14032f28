"""A machine with a client certificate, from curl through the real edge to the real portal."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest

from barbican.edge.state import store
from tests.e2e.stack import (
    ROOT,
    SECRET_KEY,
    Origin,
    Process,
    ask,
    free_pair,
    free_port,
    wait_for,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: apt install curl"),
]


class Edge(Process):
    """`manage.py runedge` with a TLS listener, its state in a folder of its own."""

    def __init__(self, folder, origin_port, port):
        self.state, self.port, self.tls_port = folder / "state", port, free_port()
        self.origin_port = origin_port
        self.environment = {"PATH": os.environ["PATH"], "SECRET_KEY": SECRET_KEY}
        command = [sys.executable, "manage.py", "runedge", "--state", str(self.state)]
        command += ["--origin", f"http://127.0.0.1:{origin_port}", "--port", str(port)]
        command += ["--tls-port", str(self.tls_port)]
        super().__init__(command, self.environment, folder / "edge.log")
        wait_for(lambda: "TLS at https://" in self.text(), self)

    def make(self, name, *options):
        command = [sys.executable, "manage.py", "make_certificate", name]
        command += ["--state", str(self.state)]
        done = subprocess.run(
            [*command, "--tls-port", str(self.tls_port), "--json", *options],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return shlex.split(json.loads(done.stdout)["curl"])


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("mtls"), free_pair()
    organisation = store.open_or_create(folder / "state").state().organisation
    origin = Origin(
        folder,
        ACCESS_TEAM_DOMAIN=f"http://127.0.0.1:{port}",
        SERVICE_TOKEN_AUD=",".join(each.aud for each in organisation.applications),
    )
    edge = Edge(folder, origin.port, port)
    yield edge
    assert edge.stop() == 0
    origin.stop()
    assert "Traceback" not in edge.text() + origin.text()


def curl(command, *options):
    """Return status and JSON of the command that `make_certificate` printed."""
    done = subprocess.run(
        [*command, "--silent", "--show-error", "--write-out", "\n%{http_code}", *options],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


class TestAMachineWithACertificate:
    @pytest.mark.parametrize(
        ("path", "host", "route"),
        [
            ("/service-token/", "localhost", "path"),
            ("/service-token/", "127.0.0.1", "path"),
            ("/", "service-token.localhost", "subdomain"),
        ],
    )
    def test_is_verified_at_the_portal(self, edge, path, host, route):
        *command, _address = edge.make(f"agent-{host}", "--admit")
        address = f"https://{host}:{edge.tls_port}{path}?format=json"
        status, found = curl([*command, address])
        assert (status, found["verdict"]) == (200, "verified_certificate")
        assert found["principal"] == {"kind": "certificate", "id": f"agent-{host}"}
        assert found["demo"]["route"] == route

    def test_is_denied_without_a_policy_and_without_a_certificate(self, edge):
        command = edge.make("unnamed-agent")
        status, found = curl(command)
        assert (status, found["status_code"]) == (401, 401)  # "401 response" is on in the sample
        without = [*command[:3], command[-1]]
        assert without[1] == "--cacert"
        assert curl(without)[0] == 401

    def test_is_not_believed_by_its_headers_at_the_origin(self, edge):
        forged = {"Cf-Client-Cert-Sha256": "0" * 64, "Cf-Client-Cert-Der-Base64": "AAAA"}
        answer = ask(edge.port, "/service-token/", f"localhost:{edge.port}", "GET", forged)
        assert answer.status == 401
        answer = ask(edge.origin_port, "/service-token/", "localhost", "GET", forged)
        assert answer.status == 401
