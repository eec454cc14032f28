from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from barbican.portal import freshness


@pytest.fixture(autouse=True)
def _fresh_copy():
    """A rolled-back save is no commit, so nothing else would tell the page to look again."""
    freshness.changed()
    yield
    freshness.changed()


@pytest.fixture
def seeded(db):
    call_command("seed_copy", verbosity=0)


@pytest.fixture
def editor(client, db):
    user = User.objects.create_superuser("grace", "grace@example.com", "a long pass phrase")
    client.force_login(user)
    return client
