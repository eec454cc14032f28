"""The set-up's scripts, against the local edge's management API: nothing differs but the base URL."""

from __future__ import annotations

import json

import pytest

from tests.e2e.test_demo import Demo
from tests.samples.running import need, run

pytestmark = pytest.mark.e2e
PATH, SUBDOMAIN = "barbicancloud.co.uk", "service-token.barbicancloud.co.uk"


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path)
    yield demo
    demo.stop()


@pytest.fixture
def api(demo):
    """Run a script with the environment that it asks for."""
    known = json.loads((demo.folder / "state" / "api.json").read_text())

    def api(sample, **more):
        need("jq")
        done = run(
            sample,
            CLOUDFLARE_BASE_URL=f"http://127.0.0.1:{demo.port + 1}/client/v4",
            CLOUDFLARE_ACCOUNT_ID=known["account_id"],
            CLOUDFLARE_API_TOKEN=more.pop("CLOUDFLARE_API_TOKEN", known["api_token"]),
            **more,
        )
        return done

    return api


def good(done):
    assert (done.code, done.err) == (0, "")
    return done.out


def variables(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def objects(text):
    """Return the JSON objects that stand one behind another."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        each, end = decoder.raw_decode(text)
        found.append(each)
        text = text[end:]
    return found


def token_of_shell(text):
    [made] = objects(text)
    return made["id"], made["client_id"], made["client_secret"]


def token_of_python(text):
    made = variables(text)
    names = ("SERVICE_TOKEN_ID", "CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET")
    return tuple(made[name] for name in names)


def applications_of_shell(text):
    return {each["domain"]: (each["id"], each["aud"]) for each in objects(text)}


def applications_of_python(text):
    rows = (line.split() for line in text.splitlines())
    return {domain: (id_, aud) for id_, domain, aud in rows}


@pytest.mark.parametrize(
    ("kind", "token_of", "applications_of"),
    [
        ("sh", token_of_shell, applications_of_shell),
        ("py", token_of_python, applications_of_python),
    ],
    ids=["API", "SDK"],
)
class TestSteps:
    def test_lead_from_nothing_to_a_verified_request(
        self, demo, api, kind, token_of, applications_of
    ):
        token_id, client_id, secret = token_of(good(api(f"setup/service_token.{kind}")))
        pair = {"CF-Access-Client-Id": client_id, "CF-Access-Client-Secret": secret}

        made = applications_of(good(api(f"setup/application.{kind}")))
        assert set(made) == {f"{PATH}/service-token", SUBDOMAIN}
        # No policy yet: nobody gets in. With the option, nothing presented is a 401.
        assert demo.get("/service-token", host=PATH, **pair).status == 403
        assert demo.get("/", host=SUBDOMAIN, **pair).status == 403

        ids = " ".join(id_ for id_, _ in made.values())
        good(api(f"setup/policy.{kind}", SERVICE_TOKEN_ID=token_id, APPLICATION_IDS=ids))
        # The edge lets it in, and the origin answers that it does not know this host.
        for host in (PATH, SUBDOMAIN):
            path = "/service-token" if host == PATH else "/"
            assert demo.get(path, host=host, **pair).status == 400
            assert demo.get(path, host=host).status == 401

        tags = variables(good(api(f"setup/portal.{kind}")))["SERVICE_TOKEN_AUD"].split(",")
        assert sorted(tags) == sorted(aud for _, aud in made.values())

    def test_rotate_with_a_day_for_the_old_secret(
        self, demo, api, kind, token_of, applications_of
    ):
        state = json.loads((demo.folder / "state" / "organisation.json").read_text())
        [known] = [
            each for each in state["service_tokens"] if each["name"] == "barbican-demo-token"
        ]
        before = demo.pair()
        made = variables(good(api(f"setup/rotate.{kind}", SERVICE_TOKEN_ID=known["id"])))
        after = {
            "CF-Access-Client-Id": made["CF_ACCESS_CLIENT_ID"],
            "CF-Access-Client-Secret": made["CF_ACCESS_CLIENT_SECRET"],
        }
        assert after["CF-Access-Client-Id"] == before["CF-Access-Client-Id"]
        assert after["CF-Access-Client-Secret"] != before["CF-Access-Client-Secret"]
        for pair in (before, after):
            assert demo.get(**pair).status == 200

    def test_with_a_wrong_api_token_fail(self, demo, api, kind, token_of, applications_of):
        done = api(f"setup/service_token.{kind}", CLOUDFLARE_API_TOKEN="wrong")
        assert done.code != 0
        assert done.out == ""
        assert "Authentication error" in done.err or "10000" in done.err


class TestOneHeader:
    def test_is_switched_on_and_then_enough(self, demo, api):
        state = json.loads((demo.folder / "state" / "organisation.json").read_text())
        application = state["applications"][0]["id"]
        pair = demo.pair()
        call = {
            "DEMO_URL": f"http://127.0.0.1:{demo.port}/service-token/",
            "CF_ACCESS_CLIENT_ID": pair["CF-Access-Client-Id"],
            "CF_ACCESS_CLIENT_SECRET": pair["CF-Access-Client-Secret"],
        }
        assert run("one-header/call.sh", **call).code == 1
        good(api("one-header/switch-on.sh", APPLICATION_ID=application))
        found = json.loads(good(run("one-header/call.sh", **call)))
        assert found["verdict"] == "verified_service_token"
        wrong = run("one-header/call.sh", **{**call, "CF_ACCESS_CLIENT_SECRET": "wrong"})
        assert (wrong.code, wrong.out) == (1, "")
        assert demo.get(**pair).status == 200  # the pair of headers goes on working
