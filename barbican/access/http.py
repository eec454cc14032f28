"""What a view sees: `request.access`, and a request type that knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from barbican.access.middleware import Access


class AccessRequest(HttpRequest):
    """For annotations: a request that has passed `AccessMiddleware`."""

    access: Access
