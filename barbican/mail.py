"""
How the local edge mails its login codes: Django's mail settings from `EMAIL_URL`.

Read by the portal's settings and by those of the edge alone.
"""

from __future__ import annotations

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

TIMEOUT = 10  # seconds


def mail_settings(env: environ.Env) -> dict[str, Any]:
    """
    Return the settings; without the variable, codes are shown on this machine instead.

    Raises `ImproperlyConfigured`, without a word of what may be a password.
    """
    is_set = bool(env.str("EMAIL_URL", default=""))
    found = {
        "MAILS_LOGIN_CODES": is_set,
        "EMAIL_TIMEOUT": TIMEOUT,
        "DEFAULT_FROM_EMAIL": env.str("DEFAULT_FROM_EMAIL", default="local-edge@localhost"),
    }
    if not is_set:
        return found
    try:
        return {**env.email("EMAIL_URL"), **found}
    except ImproperlyConfigured:
        raise ImproperlyConfigured(
            "EMAIL_URL should be an address such as smtp+tls://user:password@mail.example:587."
        ) from None
