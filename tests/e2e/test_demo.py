"""`make demo`'s program: the real origin behind the real edge, as a newcomer meets them."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from jsonschema import Draft202012Validator

from tests.e2e.stack import ROOT, Process, ask, free_pair, free_port, set_up_alone, wait_for

pytestmark = pytest.mark.e2e


class Demo(Process):
    """`python -m barbican.demo` on free ports, with its state in a folder of its own."""

    def __init__(self, folder, *flags, **more):
        self.folder = folder
        self.origin_port, self.port = free_port(), free_pair()
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **more}
        command = [sys.executable, "-m", "barbican.demo", "--state", str(folder / "state")]
        command += ["--port", str(self.origin_port), "--edge-port", str(self.port), *flags]
        with set_up_alone():
            super().__init__(command, environment, folder / "demo.log")
            wait_for(lambda: "Ctrl-C stops it" in self.text(), self)

    def pair(self, name="barbican-demo-token"):
        organisation = json.loads((self.folder / "state" / "organisation.json").read_text())
        [token] = [each for each in organisation["service_tokens"] if each["name"] == name]
        return {
            "CF-Access-Client-Id": token["client_id"],
            "CF-Access-Client-Secret": token["client_secret"],
        }

    def get(self, path="/service-token/?format=json", host="localhost", **headers):
        return ask(self.port, path, f"{host}:{self.port}", "GET", headers)

    def requests_at_the_origin(self):
        return self.text().count("service_token: ")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    assert demo.stop() == 0
    assert "Traceback" not in demo.text()


class TestIntroduction:
    @pytest.mark.parametrize("email_url", ["", "smtp://127.0.0.1:9"])
    def test_comes_first_at_the_first_start_and_later(self, tmp_path, email_url):
        for _again in range(2):
            demo = Demo(tmp_path, EMAIL_URL=email_url)
            try:
                said = demo.text()
            finally:
                assert demo.stop() == 0
            assert said.startswith("\nBarbican Identity Demo is up. Ctrl-C stops it.\n")
            mailbox = f"http://127.0.0.1:{demo.port + 1}/mailbox"
            assert (mailbox in said, "mailed (EMAIL_URL)" in said) == (
                not email_url,
                bool(email_url),
            )

    def test_gives_every_value_that_the_pages_commands_use(self, demo):
        lines = re.findall(r"^export .*$", demo.text(), re.MULTILINE)
        given = "\n".join((*lines, 'echo "$CF_ACCESS_CLIENT_ID $OTHER_CLIENT_SECRET"'))
        done = subprocess.run(["bash", "-c", given], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [
            demo.pair()["CF-Access-Client-Id"],
            demo.pair("barbican-other-token")["CF-Access-Client-Secret"],
        ]
        assert demo.get("/troubleshooting/").status == 200

    def test_names_the_command_that_makes_an_account(self, demo):
        [command] = re.findall(r"^  An account for /admin/ +(.+)$", demo.text(), re.MULTILINE)
        assert command.endswith(f"--state {demo.folder}/state")
        answers = {
            "DJANGO_SUPERUSER_USERNAME": "ada",
            "DJANGO_SUPERUSER_EMAIL": "ada@invented.test",
            "DJANGO_SUPERUSER_PASSWORD": "an invented pass phrase",
        }
        done = subprocess.run(
            ["bash", "-c", command.replace(".venv/bin/python", sys.executable)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **answers},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        with closing(sqlite3.connect(demo.folder / "state" / "demo.sqlite3")) as database:
            found = database.execute("SELECT username, is_superuser FROM auth_user").fetchall()
        assert ("ada", 1) in found


class TestManage:
    def ask(self, demo, *command, stdin=""):
        [shown] = re.findall(r"^  Any command of manage.py +(.+)$", demo.text(), re.MULTILINE)
        words = [sys.executable, *shlex.split(shown)[1:]]
        assert words.pop() == "doctor"
        return subprocess.run(
            [*words, *command],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "SECRET_KEY": "theirs", "ADMIN_AUD": "theirs"},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_finds_that_all_is_well(self, demo):
        done = self.ask(demo, "doctor", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        found = {each["about"]: each["found"] for each in json.loads(done.stdout)}
        assert found["ACCESS_TEAM_DOMAIN"] == f"http://127.0.0.1:{demo.port}"
        assert found["SERVICE_TOKEN_AUD"] == "2 AUD tags"
        assert "published" in found["signing keys"]

    def test_signs_and_verifies_with_the_keys_of_this_demo(self, demo):
        token = self.ask(demo, "make_token").stdout
        verified = self.ask(demo, "verify_token", stdin=token)
        assert (verified.returncode, verified.stdout.splitlines()[0]) == (
            0, "verified_service_token",
        )  # fmt: skip
        refused = self.ask(demo, "verify_token", stdin=token.strip()[:-9] + "AAAAAAAAA")
        assert (refused.returncode, refused.stdout.splitlines()[0]) == (1, "bad_signature")


class TestGoodPair:
    @pytest.mark.parametrize(
        ("path", "host", "route"),
        [
            ("/service-token/?format=json", "localhost", "path"),
            ("/service-token/?format=json", "127.0.0.1", "path"),
            ("/?format=json", "service-token.localhost", "subdomain"),
        ],
    )
    def test_is_verified_at_the_origin(self, demo, path, host, route):
        pair = demo.pair()
        answer = demo.get(path, host, **pair)
        found = json.loads(answer.body)
        assert (answer.status, found["verdict"]) == (200, "verified_service_token")
        assert found["principal"]["id"] == pair["CF-Access-Client-Id"]
        assert found["demo"]["route"] == route
        assert {row["result"] for row in found["checks"]} == {"pass"}
        assert pair["CF-Access-Client-Secret"] not in answer.text

    def test_is_sent_to_the_edge_by_a_page_that_is_read_at_the_origin(self, demo):
        host = f"localhost:{demo.origin_port}"
        page = ask(demo.origin_port, "/service-token/?format=md", host, "GET", {}).body.decode()
        [url] = set(re.findall(r"curl (http://\S+)", page))
        assert url == f"http://localhost:{demo.port}/service-token/"
        values = f"- Subdomain: `http://service-token.localhost:{demo.port}/`"
        assert values in page

    def test_reads_well_in_a_terminal(self, demo):
        pair = demo.pair()
        answer = demo.get("/service-token/", User_Agent="curl/8.5.0", Accept="*/*", **pair)
        first = answer.text.splitlines()[0]
        assert first.startswith("VERIFIED")
        assert pair["CF-Access-Client-Id"] in first
        assert max(map(len, answer.text.splitlines())) <= 80

    def test_gets_json_that_fits_the_openapi_document(self, demo):
        document = json.loads(ask(demo.origin_port, "/openapi.json", "localhost", "GET", {}).body)
        for headers in (demo.pair(), None):
            if headers is None:
                path = "/service-token/?format=json"
                answer = ask(demo.origin_port, path, "localhost", "GET", {})
            else:
                answer = demo.get(**headers)
            operation = document["paths"]["/service-token/"]["get"]
            [(_, content)] = [
                (kind, each["schema"])
                for kind, each in operation["responses"][str(answer.status)]["content"].items()
                if kind == answer.headers["Content-Type"].partition(";")[0]
            ]
            schema = {**content, "components": document["components"]}
            Draft202012Validator(schema).validate(json.loads(answer.body))


class TestEdge:
    @pytest.mark.parametrize("path", ["/service-token/", "/service-token", "/%73ervice-token/"])
    def test_answers_itself_without_a_pair(self, demo, path):
        before = demo.requests_at_the_origin()
        answer = demo.get(path)
        assert answer.status == 401
        assert answer.headers["Cf-Access-Aud"]
        assert demo.requests_at_the_origin() == before

    def test_answers_itself_where_the_pair_is_wrong(self, demo):
        before = demo.requests_at_the_origin()
        pair = demo.pair()
        wrong = {**pair, "CF-Access-Client-Secret": pair["CF-Access-Client-Secret"][:-1] + "x"}
        half = {"CF-Access-Client-Id": pair["CF-Access-Client-Id"]}
        for headers, status in (
            (wrong, 401),
            (half, 401),
            (demo.pair("barbican-expired-token"), 401),
            (demo.pair("barbican-disabled-token"), 401),
            (demo.pair("barbican-other-token"), 403),
        ):
            answer = demo.get(**headers)
            assert answer.status == status
            assert "Location" not in answer.headers
        assert demo.requests_at_the_origin() == before

    def test_takes_forged_headers_away(self, demo):
        forged = {"Cf-Access-Jwt-Assertion": "a.b.c", **demo.pair()}
        found = json.loads(demo.get(**forged).body)
        assert found["verdict"] == "verified_service_token"
        index = demo.get("/", Cf_Access_Jwt_Assertion="a.b.c", User_Agent="curl/8")
        assert index.status == 200
        assert "malformed" not in index.text

    def test_follows_a_rotation(self, demo):
        pair = demo.pair()
        before = json.loads(demo.get(**pair).body)["token"]["header"]["kid"]
        state = demo.folder / "state"
        rotate = [sys.executable, "manage.py", "rotate_edge_keys", "--state", str(state)]
        environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 50}
        done = Process(rotate, environment, demo.folder / "rotate.log")
        assert done.process.wait(timeout=30) == 0
        done.stop()
        answer = demo.get(**pair)
        found = json.loads(answer.body)
        assert found["verdict"] == "verified_service_token"
        assert found["token"]["header"]["kid"] != before

    def test_prints_no_secret_but_its_own_recipes(self, demo):
        secret = demo.pair("barbican-expired-token")["CF-Access-Client-Secret"]
        demo.get(**demo.pair("barbican-expired-token"))
        decisions = demo.text().partition("One line for each decision")[2]
        assert secret not in decisions
        assert demo.pair()["CF-Access-Client-Secret"] not in decisions


class TestManagementApi:
    def test_is_one_port_above_the_edge(self, demo):
        api = json.loads((demo.folder / "state" / "api.json").read_text())
        path = f"/client/v4/accounts/{api['account_id']}/access/service_tokens"
        authorization = {"Authorization": f"Bearer {api['api_token']}"}
        answer = ask(demo.port + 1, path, "127.0.0.1", "GET", authorization)
        names = [each["name"] for each in json.loads(answer.body)["result"]]
        assert (answer.status, "barbican-demo-token" in names) == (200, True)
        assert ask(demo.port + 1, path, "127.0.0.1", "GET", {}).status == 400
        assert (demo.folder / "state" / "api.json").stat().st_mode & 0o777 == 0o600


class TestWithoutTheOption:
    def test_no_pair_is_403(self, tmp_path):
        demo = Demo(tmp_path, "--no-401")
        try:
            assert demo.get().status == 403
        finally:
            assert demo.stop() == 0


class TestDoctor:
    def manage(self, demo, *arguments, stdin="", **environment):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "SECRET_KEY": "x" * 50,
                "ACCESS_LOCAL_EDGE": "true",
                "ACCESS_TEAM_DOMAIN": f"http://127.0.0.1:{demo.port}",
                **environment,
            },
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def test_says_who_answers_a_live_demo(self, demo):
        pair = demo.pair()
        url = f"http://127.0.0.1:{demo.port}/service-token/"
        code, out = self.manage(
            demo,
            "doctor",
            "--url",
            url,
            CF_ACCESS_CLIENT_ID=pair["CF-Access-Client-Id"],
            CF_ACCESS_CLIENT_SECRET=pair["CF-Access-Client-Secret"],
        )
        assert code == 0, out
        assert "without the pair: 401 from the edge" in out
        assert "with the pair: 200 from the origin" in out
        assert pair["CF-Access-Client-Secret"] not in out

    def test_notices_a_way_round_the_edge(self, demo):
        url = f"http://127.0.0.1:{demo.origin_port}/service-token/"
        code, out = self.manage(demo, "doctor", "--url", url)
        assert code == 1
        assert "without passing Access" in out

    def test_and_a_token_made_for_tests_is_verified(self, demo):
        organisation = json.loads((demo.folder / "state" / "organisation.json").read_text())
        tag = organisation["applications"][0]["aud"]
        state = str(demo.folder / "state")
        for claims, wanted in (([], 0), (["--claim", "exp=1"], 1), (["--without", "iat"], 1)):
            _, token = self.manage(demo, "make_token", "--state", state, *claims)
            code, out = self.manage(demo, "verify_token", stdin=token, SERVICE_TOKEN_AUD=tag)
            assert code == wanted, out
