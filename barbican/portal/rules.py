"""
What an editor's words may not hold: a secret that was pasted by mistake.
"""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

_SECRETS = (
    (re.compile(r"cfast_[A-Za-z0-9]{8,}"), "a Client Secret"),
    (
        re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])"),
        "64 hex digits, as a secret has",
    ),
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"), "a JSON Web Token"),
)


def no_secret(text: str) -> None:
    """Raise `ValidationError` where the text holds something like a secret. Does not quote it."""
    for pattern, name in _SECRETS:
        if pattern.search(text):
            raise ValidationError(
                f"This holds what looks like {name}. Pages are public: write a placeholder such "
                f"as <your-client-secret> instead, and rotate the secret if it was a real one.",
                code="secret",
            )
