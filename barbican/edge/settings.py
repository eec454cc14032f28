"""
Django's settings for the edge's own commands, where those of the portal are not there.
"""

from __future__ import annotations

from pathlib import Path

import environ

from barbican.mail import mail_settings

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()
env.read_env(BASE_DIR / ".env")

ACCESS_TEAM_DOMAIN = env.str("ACCESS_TEAM_DOMAIN", default="").rstrip("/")
BASE_DOMAIN = env.str("BASE_DOMAIN", default="localhost").lower()
INSTALLED_APPS = ["barbican.edge"]
USE_TZ = True
globals().update(mail_settings(env))
