from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Verification of Cloudflare Access application tokens."""

    name = "barbican.access"
    label = "access"

    def ready(self) -> None:
        from barbican.access.checks import register_checks

        register_checks()
