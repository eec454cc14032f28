"""Every command of the troubleshooting matrix, run as it stands there, and its output explained."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from barbican.portal.explaining.explain import explain
from barbican.portal.explaining.explanation import Told
from barbican.portal.troubleshooting import matrix
from barbican.portal.troubleshooting.local import Local
from tests.e2e.stack import ROOT, Process, ask, free_pair, wait_for
from tests.e2e.test_demo import Demo

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: apt-get install curl"),
]
ROWS = [row for row in matrix.rows().values() if row.reproduction]
ALONE = [row for row in ROWS if row.reproduction.is_beside]
ROWS = [row for row in ROWS if row not in ALONE]
README = (ROOT / "README.md").read_text()
PEOPLE = re.compile(
    r'^#\[\[applications\]\]\n#name = "For people".*?(?=\n\n# )', re.MULTILINE | re.DOTALL
)


class People(Process):
    """A second edge before the same origin, with the example of `edge.toml` switched on."""

    def __init__(self, folder, origin_port):
        self.port = free_pair()
        text, count = PEOPLE.subn(
            lambda found: re.sub("^#", "", found[0], flags=re.MULTILINE),
            (ROOT / "edge.toml").read_text(),
        )
        assert count == 1
        (folder / "edge.toml").write_text(text)
        command = [sys.executable, "manage.py", "runedge", "--port", str(self.port)]
        command += ["--origin", f"http://127.0.0.1:{origin_port}", "--base-domain", "localhost"]
        command += ["--config", str(folder / "edge.toml"), "--state", str(folder / "state")]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "SECRET_KEY": "x" * 50}
        super().__init__(command, environment, folder / "edge.log")
        wait_for(lambda: "application=" in self.text() or self._answers(), self)

    def _answers(self):
        url = f"http://127.0.0.1:{self.port}/cdn-cgi/access/certs"
        return subprocess.run(["curl", "-s", url], capture_output=True).returncode == 0


class Beside(Process):
    """What a row starts by a command of its own, beside the demo."""

    def __init__(self, folder, demo, reproduction, spare):
        self.port, self.spare = free_pair(), spare
        command = localised(self.moved(reproduction.start), demo)
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        super().__init__(["bash", "-c", f"exec env {command}"], environment, folder / "log")
        wait_for(lambda: ask(self.port, "/", f"127.0.0.1:{self.port}", "GET", {}).status, self)

    def moved(self, command):
        """Return the command at a port that is free for certain."""
        assert f":{self.spare}" in command or f"--port {self.spare}" in command
        return command.replace(str(self.spare), str(self.port))


@pytest.fixture(scope="module")
def edges(tmp_path_factory):
    """Start each edge once, when it is first asked for."""
    started = {}

    def edge(flags, setup=""):
        key = "people" if setup else flags
        if key not in started:
            folder = tmp_path_factory.mktemp("edge")
            started[key] = People(folder, edge(()).origin_port) if setup else Demo(folder, *flags)
        return started[key]

    yield edge
    for each in started.values():
        each.stop()


def place(demo, port):
    """Return what `local.of` finds there."""
    origin, team = f"http://127.0.0.1:{demo.origin_port}", f"http://127.0.0.1:{demo.port}"
    return Local(f"http://localhost:{port}", origin, team)


def localised(script, demo):
    """Return these commands for this demo's state and this Python."""
    for old, new in (
        (".venv/bin/python", sys.executable),
        ("make_token", f"make_token --state {demo.folder}/state"),
        ("runedge", f"runedge --state {demo.folder}/state"),
    ):
        script = script.replace(old, new)
    return script


def run(commands, demo):
    """Return what a shell prints for these commands at this demo."""
    script = localised("\n".join(commands), demo)
    pair, other = demo.pair(), demo.pair("barbican-other-token")
    environment = {
        "PATH": os.environ["PATH"],
        "CF_ACCESS_CLIENT_ID": pair["CF-Access-Client-Id"],
        "CF_ACCESS_CLIENT_SECRET": pair["CF-Access-Client-Secret"],
        "OTHER_CLIENT_ID": other["CF-Access-Client-Id"],
        "OTHER_CLIENT_SECRET": other["CF-Access-Client-Secret"],
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize("row", ROWS, ids=[row.code for row in ROWS])
def test_gives_what_its_row_says(edges, row):
    demo = edges(row.reproduction.flags)
    port = edges((), row.reproduction.setup).port if row.reproduction.setup else demo.port
    reproduction = matrix.rows(place(demo, port))[row.code].reproduction
    assert_it_gives(row, reproduction, run(reproduction.commands, demo), demo)


@pytest.mark.parametrize("row", ALONE, ids=[row.code for row in ALONE])
def test_gives_what_its_row_says_beside_a_demo(edges, tmp_path, row):
    demo = edges(())
    at = place(demo, demo.port)
    reproduction = matrix.rows(at)[row.code].reproduction
    beside = Beside(tmp_path, demo, reproduction, at.spare)
    try:
        *before, last = reproduction.commands
        output = run((*before, beside.moved(last)), demo)
    finally:
        beside.stop()
    assert_it_gives(row, reproduction, output, demo)
    assert demo.get("/").status == 200


def assert_it_gives(row, reproduction, output, demo):
    statuses = re.findall(r"^HTTP/\S+ (\d{3})", output, re.MULTILINE)
    assert statuses[-1] == str(reproduction.status), output[:500]
    told = Told(mode="legacy" if "--legacy" in reproduction.flags else "strict")
    found = explain("$ " + "\n".join(reproduction.commands) + "\n" + output, told)
    assert found.reading.code in (row.code, *row.see), found.reading
    assert demo.pair()["CF-Access-Client-Secret"] not in repr(found)


@pytest.mark.parametrize("code", ["access-401", "bad_signature", "access-401-setting"])
def test_is_on_the_page_as_it_is_run_here(edges, code):
    demo = edges(())
    wanted = matrix.rows(place(demo, demo.port))[code].reproduction
    for port in (demo.port, demo.origin_port):
        answer = ask(port, f"/troubleshooting/{code}/?format=json", f"localhost:{port}", "GET", {})
        found = json.loads(answer.body)["reproduce"]
        assert found["commands"] == list(wanted.commands)
        assert found["start"] == wanted.start
        assert f"{demo.origin_port}" in found["start"]
        assert f"{demo.port}" in found["start"]


@pytest.mark.parametrize("path", ["/healthz", None])
def test_is_explained_as_the_readme_pipes_it_even_where_nothing_answers(edges, path):
    demo = edges(())
    [line] = re.findall(r"^\$ (curl .*/troubleshooting/explain/)$", README, re.MULTILINE)
    asked = f"http://127.0.0.1:{demo.origin_port}{path}" if path else "http://127.0.0.1:1/"
    line = line.replace("https://app.example.com/", asked).replace(":8080/", f":{demo.port}/")
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)
    assert "Nothing was pasted" not in done.stdout
    wanted = "This portal, at the origin" if path else "/troubleshooting/client-connection/"
    assert wanted in done.stdout
    assert done.stderr == ""
