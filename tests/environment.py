"""
A pytest plugin that is loaded before Django's, so that its settings see these variables.

A developer's own environment or `.env` must not decide a test.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.update(
    SECRET_KEY="a key for tests only, which signs nothing that matters",
    DEBUG="false",
    BASE_DOMAIN="localhost",
    ALLOWED_HOSTS="testserver",
    DATABASE_URL="sqlite://:memory:",
    ACCESS_TEAM_DOMAIN="",
    ACCESS_LOCAL_EDGE="false",
    ACCESS_LEEWAY="30",
    SERVICE_TOKEN_AUD="",
    SERVICE_TOKEN_CLIENT_IDS="",
    ADMIN_AUD="",
    EMAIL_URL="",
)

# WhiteNoise warns, and a warning fails a test, where nothing was collected yet.
(Path(__file__).resolve().parents[1] / "staticfiles").mkdir(exist_ok=True)
