"""
One request of each kind before the workers are forked, so that none of them pays for the first.

URLs, templates and the copy are then loaded once, in memory that the workers share.
"""

from __future__ import annotations

import gc
import io
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connections

from barbican.portal.negotiation import FORMS
from barbican.portal.registry import demos

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def warm(application: Application) -> None:
    """Answer every page in every form, then leave nothing behind that a fork must not share."""
    paths = ["/", "/troubleshooting/", *(f"/{slug}/" for slug in demos())]
    with _silence():
        for path in paths:
            for form in FORMS:
                _answer(application, path, f"format={form}")
    connections.close_all()
    gc.collect()
    gc.freeze()  # what is loaded now is never garbage: a collection need not touch, and copy, it


@contextmanager
def _silence() -> Iterator[None]:
    """Log warnings and no less: nobody has asked, so there is no verdict to report."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.INFO))
    try:
        yield
    finally:
        logging.disable(before)


def _answer(application: Application, path: str, query: str) -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": settings.BASE_DOMAIN,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": settings.BASE_DOMAIN,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    answer = application(environ, lambda *_: None)
    b"".join(answer)
    close = getattr(answer, "close", None)
    if close:
        close()
