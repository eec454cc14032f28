"""Exact gates: what a page costs in queries, calls of Python, fetches and bytes."""

from __future__ import annotations

import cProfile
import gzip
import pstats

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from barbican.access import conf
from barbican.portal.models import Section
from tests.issuer import new_key

pytestmark = pytest.mark.django_db

# Calls of functions in one answer, by cProfile through the WSGI handler, with some to spare for
# another patch release of Django. docs/performance.md says what they are made of.
CALLS = {"html": 1_750, "json": 1_300}


@pytest.fixture
def ask(seeded, team):
    """Answer a verified request through the WSGI handler alone, and return its body."""
    token, handler = team.service_token(), WSGIHandler()

    def ask(form):
        environ = RequestFactory()._base_environ(
            PATH_INFO="/service-token/",
            QUERY_STRING=f"format={form}",
            HTTP_HOST="localhost",
            HTTP_CF_ACCESS_JWT_ASSERTION=token,
        )
        return lambda: b"".join(handler(dict(environ), lambda *_: None))

    return ask


def calls(answer):
    for _ in range(3):
        answer()
    profile = cProfile.Profile()
    profile.runcall(answer)
    return pstats.Stats(profile).total_calls


class TestPage:
    @pytest.mark.parametrize("form", ["html", "json", "txt", "md"])
    def test_asks_the_database_nothing_once_it_is_warm(self, ask, form, django_assert_num_queries):
        answer = ask(form)
        answer()
        with django_assert_num_queries(0):
            assert answer()

    @pytest.mark.parametrize("form", CALLS)
    def test_stays_within_its_calls(self, ask, form):
        assert calls(ask(form)) <= CALLS[form]

    def test_stays_within_its_bytes(self, ask):
        body = ask("html")()
        assert len(body) <= 90_000
        assert len(gzip.compress(body)) <= 25_000

    def test_of_the_index_stays_within_its_bytes(self, client, seeded, team):
        body = client.get("/").content
        assert len(body) <= 30_000
        assert len(gzip.compress(body)) <= 8_000

    def test_costs_the_same_however_long_the_copy_is(self, ask):
        answer = ask("html")
        short = calls(answer)
        for section in Section.objects.all():
            section.body *= 10
            section.save()
        assert calls(answer) <= short * 1.1


class TestKeys:
    def test_are_fetched_once_for_any_number_of_unknown_ones(
        self, client, seeded, team, key_server
    ):
        stranger = new_key()
        key_server.behave()
        conf.key_store().find(team.key_id)
        for number in range(300):
            token = team.sign(team.service_claims(), key=stranger, kid=f"{number:064x}")
            client.get("/service-token/?format=json", HTTP_CF_ACCESS_JWT_ASSERTION=token)
        assert len(key_server.requests) == 2  # the first, and one for all the unknown ones
