from __future__ import annotations

import gc
import logging

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

from barbican.warm import warm


@pytest.fixture
def _thaw():
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_thaw")
@pytest.mark.django_db(transaction=True)
class TestWarm:
    def test_answers_every_page_and_asks_for_no_key(self, team, key_server, monkeypatch):
        closed = []
        monkeypatch.setattr(connections, "close_all", lambda: closed.append(True))
        answered = []
        handler = WSGIHandler()

        def application(environ, start_response):
            answered.append((environ["PATH_INFO"], environ["QUERY_STRING"]))
            return handler(environ, start_response)

        key_server.behave()
        warm(application)
        assert len(answered) == 12  # index, matrix and one demo, in four forms
        assert key_server.requests == []
        assert closed
        assert gc.get_freeze_count() > 0

    @pytest.mark.parametrize(("level", "is_written"), [("WARNING", True), ("INFO", False)])
    def test_writes_warnings_and_no_verdict(self, team, caplog, level, is_written):
        logger = logging.getLogger("barbican.tests")

        def application(environ, start_response):
            logger.log(logging.getLevelName(level), "from a page")
            return []

        with caplog.at_level(logging.DEBUG):
            warm(application)
            assert ("from a page" in caplog.text) is is_written
            logger.info("afterwards")
        assert "afterwards" in caplog.text
