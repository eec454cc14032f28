"""
The demos that are installed. A demo is an app whose configuration is a `DemoConfig`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.apps import AppConfig, apps


class DemoConfig(AppConfig):
    """One demo: a folder in `demos/` with its words in `copy/`."""

    default = False  # for Django's search: a demo's own subclass is the one to take

    slug: str  # its path, and its subdomain

    @property
    def application(self) -> str:
        """The URL namespace, and the name in ACCESS_APPLICATIONS."""
        return self.slug.replace("-", "_")

    @property
    def template(self) -> str:
        """Its page."""
        return f"{self.application}/index.html"

    @property
    def copy_folder(self) -> Path:
        return Path(self.path) / "copy"


@cache
def demos() -> dict[str, DemoConfig]:
    """Return every installed demo by its slug, in the order of INSTALLED_APPS."""
    found = (config for config in apps.get_app_configs() if isinstance(config, DemoConfig))
    return {config.slug: config for config in found}


def demo_slugs() -> frozenset[str]:
    return frozenset(demos())
