from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from barbican.edge.state import store

ROOT = Path(__file__).resolve().parents[1]


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class TestExample:
    def test_names_every_variable_that_the_settings_read(self):
        settings = "".join(
            (ROOT / "barbican" / name).read_text() for name in ("settings.py", "mail.py")
        )
        read = set(re.findall(r'(?:env\.\w+|names)\(\s*"([A-Z_]+)"', settings))
        example = (ROOT / ".env.example").read_text()
        named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
        assert read == named


class TestManage:
    def test_says_what_to_do_without_a_secret_key(self):
        if (ROOT / ".env").exists():
            pytest.skip("a .env is here: it holds a SECRET_KEY")
        done = manage("check")
        assert done.returncode == 2
        assert "SECRET_KEY is not set" in done.stderr
        assert "python -m barbican.demo --manage COMMAND" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("command", ["make_certificate", "make_token", "rotate_edge_keys"])
    def test_runs_the_edge_s_commands_without_one(self, command, tmp_path):
        name = ["robot"] if command == "make_certificate" else []
        done = manage(command, *name, "--state", str(tmp_path / "none"))
        assert done.returncode == 2
        assert "Start the edge once to make it." in done.stderr

    def test_signs_for_the_team_that_the_environment_names(self, tmp_path):
        state = tmp_path / "state"
        store.open_or_create(state)
        team = "http://127.0.0.1:8090"
        flags = ("--state", str(state), "--json")
        done = manage("make_token", *flags, ACCESS_TEAM_DOMAIN=team)
        assert json.loads(done.stdout)["claims"]["iss"] == team

    @pytest.mark.parametrize("leeway", ["soon", "-1", "1.5", ""])
    def test_says_what_to_do_with_a_leeway_that_is_no_number(self, leeway):
        done = manage("check", SECRET_KEY="x" * 50, ACCESS_LEEWAY=leeway)
        assert done.returncode == 2
        assert "ACCESS_LEEWAY should be" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("url", ["nonsense", "ftp://mail.example:s3cret@x"])
    def test_says_what_to_do_with_a_mail_address_that_is_none(self, url):
        done = manage("check", SECRET_KEY="x" * 50, EMAIL_URL=url)
        assert done.returncode == 2
        assert "EMAIL_URL should be" in done.stderr
        assert "Traceback" not in done.stderr
        assert url not in done.stderr

    def test_forgives_blanks_between_tags(self):
        tags = f" {'ab' * 32} , {'cd' * 32},"
        team = "https://acme.cloudflareaccess.com"
        done = manage("check", SECRET_KEY="x" * 50, ACCESS_TEAM_DOMAIN=team, SERVICE_TOKEN_AUD=tags)
        assert done.returncode == 0, done.stderr

    def test_names_half_a_configuration(self):
        done = manage(
            "check",
            SECRET_KEY="x" * 50,
            ACCESS_TEAM_DOMAIN="https://acme.cloudflareaccess.com",
            SERVICE_TOKEN_AUD="",
        )
        assert done.returncode == 1
        assert "access.E003" in done.stderr
        assert "HINT" in done.stderr


class TestGunicorn:
    @pytest.fixture(autouse=True)
    def _own_environment(self, monkeypatch, tmp_path):
        # The configuration would make a folder for every worker's counts, and this process's.
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    @pytest.mark.parametrize(
        "domain", ["http://127.0.0.1:1", "https://evil.example", "https://x.cloudflareaccess.com/"]
    )
    def test_does_not_start_with_an_unsafe_team_domain(self, domain):
        done = subprocess.run(
            [sys.executable, "-m", "gunicorn"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "SECRET_KEY": "x" * 50,
                "BIND": "127.0.0.1:0",
                "ACCESS_TEAM_DOMAIN": domain,
                "ACCESS_LOCAL_EDGE": "false",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.returncode == 2
        assert "ACCESS_TEAM_DOMAIN" in done.stderr
        assert "Traceback" not in done.stderr

    def test_warns_of_a_port_that_others_can_reach(self):
        shipped: dict[str, object] = {}
        said = []

        server = SimpleNamespace(
            log=SimpleNamespace(warning=lambda message, *values: said.append(message % values))
        )
        exec((ROOT / "gunicorn.conf.py").read_text(), shipped)
        for bind in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000", "unix:/run/portal.sock"):
            shipped["bind"] = bind
            shipped["on_starting"](server)
        assert said == []
        for bind in ("0.0.0.0:8000", "[::]:8000", "portal.example:80"):
            shipped["bind"] = bind
            shipped["on_starting"](server)
        assert len(said) == 3

    def test_ships_the_limits_that_matter(self):
        shipped: dict[str, object] = {}
        exec((ROOT / "gunicorn.conf.py").read_text(), shipped)
        assert shipped["header_map"] == "refuse"
        assert shipped["forwarder_headers"] == ""
        assert shipped["control_socket_disable"] is True
        assert shipped["worker_class"] == "barbican.serving.worker.OriginWorker"
        assert shipped["accesslog"] is None
