from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
        settings = (ROOT / "barbican/settings.py").read_text()
        read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
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
        assert "Traceback" not in done.stderr

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

    def test_ships_the_limits_that_matter(self):
        shipped: dict[str, object] = {}
        exec((ROOT / "gunicorn.conf.py").read_text(), shipped)
        assert shipped["header_map"] == "refuse"
        assert shipped["forwarder_headers"] == ""
        assert shipped["control_socket_disable"] is True
        assert shipped["worker_class"] == "gthread"
        assert shipped["accesslog"] is None
