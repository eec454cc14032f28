from __future__ import annotations

import shlex
import subprocess

from barbican.edge.demo.recipes import exports, recipes
from barbican.edge.organisation import sample
from tests.edge.conftest import NOW


def statuses(organisation):
    return [recipe.status for recipe in recipes(organisation, port=1, origin_port=2, now=NOW)]


class TestRecipes:
    def test_say_what_each_mode_answers(self, organisation):
        assert statuses(organisation) == [200, 200, 401, 401, 403, 401]
        assert statuses(organisation.without_401()) == [200, 200, 403, 401, 403, 401]
        assert statuses(organisation.legacy()) == [200, 200, 401, 401, 401, 401]
        assert statuses(organisation.legacy().without_401()) == [200, 200, 403, 403, 403, 401]

    def test_can_be_pasted(self, organisation):
        token = organisation.service_token(sample.DEMO_TOKEN)
        first, second, *_rest, last = recipes(organisation, port=8080, origin_port=8000, now=NOW)
        assert first.command == (
            f"curl -i -H 'CF-Access-Client-Id: {token.client_id}'"
            f" -H 'CF-Access-Client-Secret: {token.client_secret}'"
            " http://localhost:8080/service-token/"
        )
        assert second.command.endswith(" http://service-token.localhost:8080/")
        assert last.command.endswith(" http://127.0.0.1:8000/service-token/")


class TestExports:
    def test_give_a_shell_both_pairs_in_one_paste(self, organisation):
        names = ("CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET", "OTHER_CLIENT_ID",
                 "OTHER_CLIENT_SECRET")  # fmt: skip
        script = f"{exports(organisation)}\n{shlex.join(['printenv', *names])}"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        demo, other = map(organisation.service_token, (sample.DEMO_TOKEN, sample.OTHER_TOKEN))
        assert done.stdout.split() == [
            demo.client_id, demo.client_secret, other.client_id, other.client_secret,
        ]  # fmt: skip
