from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cloudflare
import pytest

DAY = 24 * 3600  # seconds
YEAR = 365 * DAY


def held(folder, token_id):
    [found] = [each for each in folder.state().organisation.service_tokens if each.id == token_id]
    return found


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def tokens(client):
    return client.service_tokens


@pytest.fixture
def made(tokens):
    return tokens.create(name="ci")


class TestCreates:
    def test_a_secret_that_is_shown_once(self, tokens, folder):
        made = tokens.create(name="ci", duration="48h")
        assert made.client_secret.startswith("cfast_")
        assert len(made.client_secret) == len("cfast_") + 48
        assert held(folder, made.id).client_secret == made.client_secret
        shown = tokens.get(made.id)
        assert shown.client_id == made.client_id
        assert shown.client_id.endswith(".access")
        for answer in (shown, tokens.update(made.id), tokens.refresh(made.id), *tokens.list()):
            assert made.client_secret not in answer.to_json()

    @pytest.mark.parametrize(
        ("duration", "seconds"),
        [
            ("1h30m", 5_400), ("300ms", 0.3), ("8760h", YEAR), ("1m1.5s", 61.5), ("forever", None),
        ],
    )  # fmt: skip
    def test_an_end_as_its_duration_says(self, tokens, folder, clock, duration, seconds):
        found = held(folder, tokens.create(name="short", duration=duration).id)
        expected = None if seconds is None else pytest.approx(clock[0] + seconds)
        assert (found.expires_at, found.duration) == (expected, duration)

    def test_a_year_where_nothing_is_said(self, made, folder, clock):
        assert held(folder, made.id).expires_at == clock[0] + YEAR

    def test_a_disabled_one(self, tokens, folder):
        made = tokens.create(name="off", enabled=False, client_secret_version=3)
        assert made.enabled is False
        assert held(folder, made.id).is_enabled is False
        assert held(folder, made.id).client_secret_version == 3

    def test_two_of_one_name(self, tokens, made):
        assert tokens.create(name=made.name).id != made.id

    def test_with_201_and_a_word_about_what_has_no_effect(self, ask):
        told = ask("POST", "service_tokens", {"name": "x", "min_days_for_renewal": 7, "id": "y"})
        assert told.status == 201
        assert "without effect on the local edge: min_days_for_renewal" in told.said
        assert "stays as it is: id" in told.said
        assert told.result["id"] != "y"
        assert ask("POST", "service_tokens", {"name": "x"}).envelope["messages"] == []


class TestLists:
    def test_by_name_and_by_page(self, tokens):
        for number in range(3):
            tokens.create(name=f"runner {number}")
        names = ["runner 0", "runner 1", "runner 2"]
        assert [each.name for each in tokens.list(search="RUNNER")] == names
        assert [each.name for each in tokens.list(name="runner 1")] == ["runner 1"]
        page = tokens.list(search="runner", per_page=2)
        assert (len(page.result), page.result_info.total_count) == (2, 3)
        assert [each.name for each in page] == names

    def test_nothing_past_the_end(self, ask):
        told = ask("GET", "service_tokens", query="page=9&per_page=3")
        assert told.result == []
        assert told.envelope["result_info"] == {
            "page": 9, "per_page": 3, "count": 0, "total_count": 4, "total_pages": 2,
        }  # fmt: skip


class TestRotates:
    def test_with_a_grace_period(self, tokens, made, folder, clock):
        until = moment(clock[0]) + timedelta(hours=1)
        rotated = tokens.rotate(made.id, previous_client_secret_expires_at=until)
        assert rotated.client_id == made.client_id
        assert rotated.client_secret != made.client_secret
        token = held(folder, made.id)
        assert token.secrets(clock[0] + 3_599) == (rotated.client_secret, made.client_secret)
        assert token.secrets(clock[0] + 3_600) == (rotated.client_secret,)

    def test_without_one_and_the_old_secret_ends_now(self, tokens, made, folder, clock):
        rotated = tokens.rotate(made.id)
        assert held(folder, made.id).secrets(clock[0]) == (rotated.client_secret,)

    @pytest.mark.parametrize("later", [-3_600, 7_200])
    def test_and_the_grace_is_moved_afterwards(self, tokens, made, folder, clock, later):
        now = clock[0]
        tokens.rotate(made.id, previous_client_secret_expires_at=moment(now + 3_600))
        tokens.update(made.id, previous_client_secret_expires_at=moment(now + later))
        seconds_held = [len(held(folder, made.id).secrets(now + at)) for at in (0, 7_199, 7_200)]
        assert seconds_held == ([1, 1, 1] if later < 0 else [2, 2, 1])

    def test_by_raising_the_version_and_shows_the_new_secret(self, tokens, made, folder, clock):
        until = moment(clock[0] + 60)
        told = tokens.update(
            made.id, client_secret_version=2, previous_client_secret_expires_at=until
        )
        token = held(folder, made.id)
        assert token.secrets(clock[0]) == (token.client_secret, made.client_secret)
        assert told.to_dict()["client_secret"] == token.client_secret != made.client_secret

    def test_nothing_while_the_version_stays(self, tokens, made, folder):
        told = tokens.update(made.id, client_secret_version=1)
        assert "client_secret" not in told.to_dict()
        assert held(folder, made.id).client_secret == made.client_secret

    def test_no_version_down(self, tokens, made):
        tokens.rotate(made.id)
        with pytest.raises(cloudflare.BadRequestError, match="is 2 now and can only be raised"):
            tokens.update(made.id, client_secret_version=1)


class TestChanges:
    def test_name_state_and_duration(self, tokens, made, folder, clock):
        clock[0] += DAY
        changed = tokens.update(made.id, name="new", enabled=False, duration="48h")
        assert (changed.name, changed.enabled) == ("new", False)
        assert held(folder, made.id).expires_at == clock[0] + 2 * DAY
        assert held(folder, made.id).is_enabled is False

    def test_nothing_that_is_left_out(self, tokens, made, folder):
        before = held(folder, made.id)
        tokens.update(made.id, name="new")
        after = held(folder, made.id)
        assert (after.expires_at, after.duration) == (before.expires_at, before.duration)
        assert (after.client_secret, after.is_enabled) == (before.client_secret, True)

    def test_an_end_by_a_year_with_refresh(self, tokens, folder, clock):
        made = tokens.create(name="ageing", duration="24h")
        tokens.refresh(made.id)
        assert held(folder, made.id).expires_at == clock[0] + DAY + YEAR
        clock[0] += 3 * YEAR
        tokens.refresh(made.id)
        assert held(folder, made.id).expires_at == clock[0] + YEAR

    def test_nothing_of_a_token_that_never_ends(self, tokens, folder):
        made = tokens.create(name="eternal", duration="forever")
        tokens.refresh(made.id)
        assert held(folder, made.id).expires_at is None


class TestDeletes:
    def test_a_token_that_no_policy_names(self, tokens, made):
        assert tokens.delete(made.id).id == made.id
        with pytest.raises(cloudflare.NotFoundError, match="service_token_not_found"):
            tokens.get(made.id)

    @pytest.mark.parametrize("part", ["include", "require", "exclude"])
    def test_none_that_a_policy_names(self, client, tokens, made, part):
        rule = [{"service_token": {"token_id": made.id}}]
        rules = {"include": [{"everyone": {}}], part: rule}
        policy = client.policies.create(name="x", decision="non_identity", **rules)
        with pytest.raises(cloudflare.BadRequestError, match="service_token_in_use"):
            tokens.delete(made.id)
        client.policies.delete(policy.id)
        tokens.delete(made.id)

    def test_none_of_the_sample_with_its_policy_of_one_application(self, ask, folder):
        demo = folder.state().organisation.service_token("barbican-demo-token")
        told = ask("DELETE", f"service_tokens/{demo.id}")
        assert (told.status, told.code) == (400, 12139)


class TestRefuses:
    @pytest.mark.parametrize(
        ("body", "why"),
        [
            (None, "name should be"),
            ({"name": ""}, "name should be"),
            ({"name": "  "}, "name should be"),
            ({"name": 5}, "name should be"),
            ({"name": "x" * 351}, "at most 350"),
            ({"name": "a\nb"}, "printable"),
            ({"name": "\ud800"}, "printable"),
            ({"name": "x", "duration": "soon"}, "no duration"),
            ({"name": "x", "duration": "0s"}, "no time at all"),
            ({"name": "x", "duration": "-1h"}, "no duration"),
            ({"name": "x", "duration": "9" * 20 + "h"}, "a hundred years"),
            ({"name": "x", "duration": 5}, "should be a text"),
            ({"name": "x", "enabled": "yes"}, "enabled should be true or false"),
            ({"name": "x", "enabled": 1}, "enabled should be true or false"),
            ({"name": "x", "client_secret_version": 0}, "from 1"),
            ({"name": "x", "client_secret_version": 1.5}, "whole number"),
            ({"name": "x", "client_secret_version": True}, "should be a number"),
            ({"name": "x", "previous_client_secret_expires_at": "tomorrow"}, "RFC 3339"),
        ],
        ids=str,
    )
    def test_a_new_token_of(self, ask, folder, body, why):
        before = folder.state().organisation
        told = ask("POST", "service_tokens", body)
        assert (told.status, told.code) == (400, 12130)
        assert why in told.message
        assert folder.state().organisation == before

    @pytest.mark.parametrize(
        "value",
        ["2030-01-31", "2030-01-31T12:00:00", "2030-W05-4T12:00:00Z", 5, "2030-13-31T12:00:00Z"],
    )
    def test_a_time_that_is_no_rfc_3339(self, ask, folder, value):
        token = folder.state().organisation.service_tokens[0]
        path = f"service_tokens/{token.id}/rotate"
        told = ask("POST", path, {"previous_client_secret_expires_at": value})
        assert (told.status, told.code) == (400, 12130)
        assert held(folder, token.id).client_secret == token.client_secret

    @pytest.mark.parametrize(
        ("method", "rest"),
        [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/refresh")],
    )
    def test_an_unknown_id(self, ask, method, rest):
        told = ask(method, f"service_tokens/7f5e0a53-0000-4000-8000-000000000000{rest}")
        assert (told.status, told.result) == (404, None)
        assert told.message == "access.api.error.service_token_not_found"
