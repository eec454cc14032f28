"""
Identity providers: list and get. The local edge has those that it was started with.

Source: Cloudflare API, Zero Trust > Identity providers.
"""

from __future__ import annotations

from typing import Any

from barbican.edge.api.call import Call, Routes
from barbican.edge.api.envelope import Reply, page
from barbican.edge.api.errors import not_found
from barbican.edge.organisation.model import IdentityProvider


def _list(call: Call) -> Reply:
    return page(call.request, [_shown(each) for each in call.organisation.identity_providers])


def _get(call: Call) -> Reply:
    for each in call.organisation.identity_providers:
        if each.id == call.ids["provider_id"]:
            return Reply(_shown(each))
    raise not_found()


def _shown(provider: IdentityProvider) -> dict[str, Any]:
    return {"id": provider.id, "name": provider.name, "type": provider.type, "config": {}}


ROUTES: Routes = {
    "identity_providers": {"GET": _list},
    "identity_providers/{provider_id}": {"GET": _get},
}
