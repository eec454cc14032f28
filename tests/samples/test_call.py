"""The callers' samples, against the real origin behind the real local edge."""

from __future__ import annotations

import json
import subprocess

import pytest
import yaml

from barbican.edge.testing import LocalEdge, allow, service_auth
from tests.e2e.test_demo import Demo
from tests.samples.running import SAMPLES, environment_for, need, run

pytestmark = pytest.mark.e2e
CALLERS = [
    "call/curl.sh",
    "call/python_stdlib.py",
    "call/node.mjs",
    "call/go/main.go",
    "call/powershell.ps1",
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


def settings(demo, **changes):
    pair = demo.pair()
    return {
        "DEMO_URL": f"http://127.0.0.1:{demo.port}/service-token/",
        "CF_ACCESS_CLIENT_ID": pair["CF-Access-Client-Id"],
        "CF_ACCESS_CLIENT_SECRET": pair["CF-Access-Client-Secret"],
        **changes,
    }


@pytest.mark.parametrize("sample", CALLERS)
class TestCaller:
    def test_with_a_good_pair_is_verified(self, demo, sample):
        done = run(sample, **settings(demo))
        assert (done.code, done.err) == (0, "")
        found = json.loads(done.out)
        assert found["verdict"] == "verified_service_token"
        assert found["principal"]["id"] == demo.pair()["CF-Access-Client-Id"]
        # The pair came as a pair, and by no other way.
        assert "Cookie" not in found["request"]["headers"]
        assert found["request"]["headers"]["User-Agent"] == "barbican-sample/1.0"

    def test_with_a_wrong_secret_fails_and_says_why(self, demo, sample):
        wrong = "cfast_" + "InventedSecretOfTheTests0123456789"
        done = run(sample, **settings(demo, CF_ACCESS_CLIENT_SECRET=wrong))
        assert done.code not in (0, 2)
        assert "efused: 401" in done.err
        assert wrong not in done.out + done.err

    def test_at_the_origin_itself_is_refused(self, demo, sample):
        url = f"http://127.0.0.1:{demo.origin_port}/service-token/"
        done = run(sample, **settings(demo, DEMO_URL=url))
        assert done.code != 0
        assert "efused: 401 application/problem+json" in done.err

    def test_without_the_pair_says_which_variable_is_missing(self, demo, sample):
        done = run(sample, DEMO_URL="http://127.0.0.1:9/")
        assert done.code != 0
        assert "is not set" in done.err
        assert "CF_ACCESS_CLIENT_" in done.err

    def test_sent_to_the_login_does_not_go_there(self, demo, sample):
        # Legacy, and a policy for people: a bad pair counts as none, and gets the login page.
        origin = f"http://127.0.0.1:{demo.origin_port}"
        with LocalEdge(origin, policies=[service_auth(), allow()], strict=False) as edge:
            done = run(sample, **settings(demo, DEMO_URL=f"{edge.url}/service-token/"))
            assert len(edge.decisions) == 1  # the login page was not asked for
        assert done.code != 0
        assert "ent to a login page" in done.err

    def test_where_nothing_listens_fails_calmly(self, demo, sample):
        done = run(sample, **settings(demo, DEMO_URL="http://127.0.0.1:9/"))
        assert done.code != 0
        assert "Traceback" not in done.err
        assert settings(demo)["CF_ACCESS_CLIENT_SECRET"] not in done.err


class TestGithubActions:
    @pytest.fixture
    def step(self):
        workflow = yaml.safe_load((SAMPLES / "call/github-actions.yml").read_text())
        assert workflow["permissions"] == {}
        [step] = workflow["jobs"]["call"]["steps"]
        return step

    def run(self, step, folder, **environment):
        need("bash", "curl")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env=environment_for(environment),
            capture_output=True,
            text=True,
            timeout=30,
        )

    def test_runs_as_its_runner_would_run_it(self, demo, step, tmp_path):
        done = self.run(step, tmp_path, **settings(demo))
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["verdict"] == "verified_service_token"

    def test_fails_with_a_wrong_secret(self, demo, step, tmp_path):
        done = self.run(step, tmp_path, **settings(demo, CF_ACCESS_CLIENT_SECRET="wrong"))
        assert done.returncode == 1
        assert "::error::Refused, or sent to a login page: 401" in done.stdout

    def test_names_the_secrets_and_holds_none(self, step):
        assert step["env"]["CF_ACCESS_CLIENT_SECRET"] == "${{ secrets.CF_ACCESS_CLIENT_SECRET }}"
