"""
The portal as the benchmarks call it: in process, through Django's WSGI handler, no sockets.

Import this first. It sets the environment, migrates a temporary database and loads the copy.
"""

from __future__ import annotations

import atexit
import io
import logging
import os
import shutil
import sys
import tempfile
from typing import Any

FOLDER = tempfile.mkdtemp(prefix="barbican-bench-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

from tests.issuer import AUD_TAG, Issuer  # noqa: E402
from tests.keyserver import KeyServer  # noqa: E402

KEY_SERVER = KeyServer().__enter__()
ISSUER = Issuer(KEY_SERVER.origin)
KEY_SERVER.publish(ISSUER.jwks())

os.environ.update(
    DJANGO_SETTINGS_MODULE="barbican.settings",
    SECRET_KEY="a key for benchmarks only, which signs nothing that matters",
    DEBUG="false",
    BASE_DOMAIN="localhost",
    ALLOWED_HOSTS="",
    DATABASE_URL=f"sqlite:///{FOLDER}/bench.sqlite3",
    ACCESS_TEAM_DOMAIN=ISSUER.team_domain,
    ACCESS_LOCAL_EDGE="true",
    ACCESS_LEEWAY="30",
    SERVICE_TOKEN_AUD=AUD_TAG,
    SERVICE_TOKEN_CLIENT_IDS="",
    ADMIN_AUD="",
)

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

settings.STATIC_ROOT = f"{FOLDER}/static"
settings.ACCESS_KEYS_FOLDER = None
django.setup()
logging.getLogger("barbican").setLevel(logging.WARNING)  # a terminal's speed is not ours
call_command("migrate", verbosity=0)
call_command("seed_copy", stdout=io.StringIO())
call_command("collectstatic", verbosity=0, interactive=False)

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402


class Answer:
    """What one call of a WSGI application gave back."""

    def __init__(self, status: str, body: bytes) -> None:
        self.status = int(status[:3])
        self.body = body


def environ(path: str, query: str = "", **headers: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "HTTP_USER_AGENT": "bench",
        "HTTP_ACCEPT": "text/html",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }


def call(application: Any, request: dict[str, Any]) -> Answer:
    status = []
    answer = application(dict(request), lambda line, _headers: status.append(line))
    body = b"".join(answer)
    answer.close()
    return Answer(status[0], body)


def portal() -> WSGIHandler:
    """Return the portal with everything that it ships."""
    return WSGIHandler()


def bare_view() -> WSGIHandler:
    """Return the least Django that answers: one view of two bytes, no middleware."""
    handler = WSGIHandler()
    handler._middleware_chain = None
    previous = settings.MIDDLEWARE, settings.ROOT_URLCONF
    settings.MIDDLEWARE = []
    try:
        handler.load_middleware()
    finally:
        settings.MIDDLEWARE, settings.ROOT_URLCONF = previous
    get_response = handler._middleware_chain

    def with_own_urls(request: HttpRequest) -> HttpResponse:
        request.urlconf = "bench.bare"
        return get_response(request)

    handler._middleware_chain = with_own_urls
    return handler
