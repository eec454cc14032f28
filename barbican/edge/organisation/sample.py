"""
The names that the demo relies on in the shipped `edge.toml`, and the organisation that it makes.
"""

from __future__ import annotations

from barbican.edge.config.loading import load
from barbican.edge.organisation.applying import NOTHING, apply
from barbican.edge.organisation.minting import client_secret, service_token
from barbican.edge.organisation.model import Organisation

__all__ = ["client_secret", "organisation", "service_token"]

SLUG = "service-token"
DEMO_TOKEN = "barbican-demo-token"  # noqa: S105 - a name
OTHER_TOKEN = "barbican-other-token"  # noqa: S105 - a name
EXPIRED_TOKEN = "barbican-expired-token"  # noqa: S105 - a name
DISABLED_TOKEN = "barbican-disabled-token"  # noqa: S105 - a name


def organisation(base_domain: str, now: float) -> Organisation:
    """Return a new organisation from the shipped file, for a portal on this domain."""
    return apply(load(base_domain=base_domain), None, NOTHING, now)[0]
