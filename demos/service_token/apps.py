from __future__ import annotations

from barbican.portal.registry import DemoConfig


class ServiceTokenConfig(DemoConfig):
    """A machine shows a Client ID and a Client Secret to the edge."""

    default = True
    name = "demos.service_token"
    label = "service_token"
    slug = "service-token"
