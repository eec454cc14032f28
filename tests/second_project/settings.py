"""A project of somebody else's, as docs/your-own-project.md says."""

from __future__ import annotations

import os

SECRET_KEY = "of a project that only the tests know, 0123456789"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.second_project.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
STATIC_URL = "static/"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "barbican.access",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "barbican.access.middleware.AccessMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "barbican.access.backends.AccessBackend",
]
ACCESS_TEAM_DOMAIN = os.environ["TEAM_DOMAIN"]
ACCESS_LOCAL_EDGE = True
ACCESS_APPLICATIONS = {
    "reports": {"audience_tags": ["a1" * 32]},
    "ingest": {
        "audience_tags": ["b2" * 32],
        "client_ids": ["00112233445566778899aabbccddeeff.access"],
    },
}
