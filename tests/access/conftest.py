from __future__ import annotations

import pytest

from barbican.access.examination import Application
from barbican.access.keys import KeyStore
from barbican.access.verifier import Verifier
from tests.issuer import AUD_TAG, SUBDOMAIN_AUD_TAG


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def monotonic():
    return Clock()


@pytest.fixture
def store(key_server, issuer, monotonic):
    return KeyStore(key_server.url, monotonic=monotonic)


@pytest.fixture
def application():
    return Application("service_token", frozenset({AUD_TAG, SUBDOMAIN_AUD_TAG}))


@pytest.fixture
def verifier(issuer, store, application):
    return Verifier(application=application, team_domain=issuer.team_domain, keys=store)


@pytest.fixture
def verifier_of(issuer, store):
    """Make a verifier of the local team with another application, leeway or clock."""

    def make(*, tags=(AUD_TAG,), leeway=30, **options):
        clock = options.pop("clock", None)
        return Verifier(
            application=Application("service_token", frozenset(tags), **options),
            team_domain=issuer.team_domain,
            keys=store,
            leeway=leeway,
            **({"clock": clock} if clock else {}),
        )

    return make
