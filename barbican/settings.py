"""
Settings of the portal. Everything that differs between installations is read in the first block.

A variable comes from the environment, else from `.env` beside manage.py. Secrets have no default.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from barbican import csp, headers
from barbican.mail import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent

# Environment -------------------------------------------------------------------------

env = environ.Env()
env.read_env(BASE_DIR / ".env")

if not env.str("SECRET_KEY", default=""):
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set it in the environment or copy .env.example to .env and fill it "
        "in. `make demo` makes one for itself, and `.venv/bin/python -m barbican.demo --manage"
        " COMMAND` runs any command with the demo's own settings."
    )
if not env.str("ACCESS_LEEWAY", default="30").isdecimal():
    raise ImproperlyConfigured("ACCESS_LEEWAY should be a whole number of seconds, such as 30.")


def names(variable: str) -> list[str]:
    """Return what stands between commas, without blanks around it."""
    return [name.strip() for name in env.list(variable, default=[]) if name.strip()]


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
BASE_DOMAIN = env.str("BASE_DOMAIN", default="localhost").lower()
EXTRA_HOSTS = names("ALLOWED_HOSTS")
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
ACCESS_TEAM_DOMAIN = env.str("ACCESS_TEAM_DOMAIN", default="")
ACCESS_LOCAL_EDGE = env.bool("ACCESS_LOCAL_EDGE", default=False)
ACCESS_LEEWAY = env.int("ACCESS_LEEWAY", default=30)
# Each application's own AUD tags, by URL namespace: a token for an open demo never enters the
# admin. A later demo adds its line.
ACCESS_APPLICATIONS = {
    "service_token": {
        "audience_tags": names("SERVICE_TOKEN_AUD"),
        "client_ids": names("SERVICE_TOKEN_CLIENT_IDS"),
    },
    "admin": {"audience_tags": names("ADMIN_AUD")},
}

# How the local edge mails its login codes. Without EMAIL_URL they are shown on this machine.
globals().update(mail_settings(env))

# Hosts --------------------------------------------------------------------------------

# A laptop's addresses are one door where the domain is localhost.
_LOOPBACK = ["127.0.0.1", "[::1]"] if BASE_DOMAIN == "localhost" else []
# Names of the portal itself. A demo's subdomain is routed by `barbican.hosts`.
PORTAL_HOSTS = [BASE_DOMAIN, *_LOOPBACK, *EXTRA_HOSTS]
ALLOWED_HOSTS = [f".{BASE_DOMAIN}", *PORTAL_HOSTS]
IS_LOCAL = DEBUG or ACCESS_LOCAL_EDGE
CSRF_TRUSTED_ORIGINS = [f"https://{BASE_DOMAIN}"]

# Application --------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "reversion",
    "barbican.access",
    "barbican.portal",
    "demos.service_token",
]
# The local edge is a stand-in for laptops and tests; production does not install aiohttp.
if importlib.util.find_spec("aiohttp"):
    INSTALLED_APPS.append("barbican.edge")

# Headers come first, so that every answer has them; hosts come before the static files, which
# belong to the portal's host alone.
MIDDLEWARE = [
    "barbican.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "barbican.hosts.HostRoutingMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "barbican.adminonly.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "barbican.bodies.BodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "barbican.adminonly.AuthenticationMiddleware",
    "barbican.adminonly.MessageMiddleware",
    "barbican.access.middleware.AccessMiddleware",
    "barbican.access.gate.AdminGateMiddleware",
    "barbican.portal.logins.LoginThrottleMiddleware",
]

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "barbican.access.backends.AccessBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# The last good signing keys, so that a restart during an outage still verifies.
ACCESS_KEYS_FOLDER = BASE_DIR / ".keys"

# The pages show these very files (`barbican.portal.samples`).
SAMPLES_FOLDER = BASE_DIR / "samples"

ROOT_URLCONF = "barbican.urls"
WSGI_APPLICATION = "barbican.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES["default"].setdefault("CONN_MAX_AGE", 600)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Readers never wait for an editor's save, and a save waits its turn.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        transaction_mode="IMMEDIATE",
    )

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# Static files -------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "barbican.static.JoinedManifestStorage"
        )
    },
}
# A demo's subdomain loads the portal's files, which are public.
WHITENOISE_ADD_HEADERS_FUNCTION = headers.add_static_headers

# Security -----------------------------------------------------------------------------

SECURE_CSP = csp.POLICY
SECURE_HSTS_SECONDS = 31_536_000  # one year; sent over https only
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_NAME = "sessionid" if IS_LOCAL else "__Host-sessionid"
SESSION_COOKIE_SECURE = not IS_LOCAL
SESSION_COOKIE_AGE = 8 * 3600  # seconds: one working day
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "csrftoken" if IS_LOCAL else "__Host-csrftoken"
CSRF_COOKIE_SECURE = not IS_LOCAL
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "barbican.portal.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes
DEFAULT_EXCEPTION_REPORTER_FILTER = "barbican.logs.ReporterFilter"
SILENCED_SYSTEM_CHECKS = [
    # X-Frame-Options is among the headers that `barbican.headers` sets on every answer.
    "security.W002",
    # The edge redirects to https; the tunnel speaks http to us, and a probe on loopback must not
    # be sent away.
    "security.W008",
    # Preloading binds the whole domain for years. That is its owner's decision.
    "security.W021",
]

# Logs ---------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "barbican.logs.LineFormatter"},
        "json": {"()": "barbican.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line" if IS_LOCAL else "json",
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "barbican": {"level": "INFO"},
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # Each 4xx is a verdict, which `barbican.access` logs, or somebody else's typing error.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # runserver's own access log has the query string, where a secret could stand.
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
