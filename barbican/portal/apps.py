from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The index, the copy, and the four forms of a page."""

    name = "barbican.portal"
    label = "portal"
    verbose_name = "Demo pages"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from barbican import metrics
        from barbican.portal import copy, logins

        copy.watch()
        logins.watch()
        metrics.watch()
