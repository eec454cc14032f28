from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace

from barbican.edge.demo.recipes import exports, recipes
from barbican.edge.organisation import sample
from barbican.edge.organisation.model import Policy, PolicyDecision
from barbican.edge.organisation.selectors import Everyone, ServiceTokenIs
from tests.edge.conftest import NOW, with_policies


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


class TestTellWhy:
    def whys(self, organisation):
        return [each.why for each in recipes(organisation, port=1, origin_port=2, now=NOW)]

    def test_nothing_where_the_good_pair_passes(self, organisation):
        for each in (organisation, organisation.legacy().without_401()):
            assert self.whys(each) == [""] * 6

    def test_that_no_policy_names_it_any_more(self, organisation):
        other = organisation.service_token(sample.OTHER_TOKEN).id
        policy = replace(organisation.applications[0].policies[0], include=(ServiceTokenIs(other),))
        changed = with_policies(organisation, policy, name="by path\n$(reboot)")
        assert statuses(changed) == [403, 200, 401, 401, 200, 401]
        why, *others = self.whys(changed)
        assert why == (
            "service token not allowed by any policy, at the application 'by path\\n$(reboot)'"
        )
        assert others == [""] * 5

    def test_that_the_token_no_longer_authenticates(self, organisation):
        tokens = tuple(replace(each, is_enabled=False) for each in organisation.service_tokens)
        changed = replace(organisation, service_tokens=tokens)
        assert statuses(changed)[:2] == [401, 401]
        assert all("disabled" in why for why in self.whys(changed)[:2])

    def test_that_a_login_is_wanted_in_a_legacy_organisation(self, organisation):
        people = Policy("People", PolicyDecision.ALLOW, (Everyone(),))
        changed = with_policies(organisation.legacy(), people)
        assert statuses(changed)[0] == 302
        assert "not allowed by any policy" in self.whys(changed)[0]

    def test_that_the_origin_gets_nothing_signed(self, organisation):
        policy = Policy("Open", PolicyDecision.BYPASS, (Everyone(),))
        changed = with_policies(organisation, policy)
        assert statuses(changed) == [401, 200, 401, 401, 401, 401]
        assert "the policy 'Open' bypasses Access" in self.whys(changed)[0]

    def test_that_no_application_is_there(self, organisation):
        changed = replace(organisation, applications=organisation.applications[1:])
        assert statuses(changed)[:2] == [401, 200]
        assert "no application has this address" in self.whys(changed)[0]
        assert statuses(replace(organisation, applications=())) == [503] * 6


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
