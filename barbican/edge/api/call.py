"""
One authenticated request on its way to a handler, and the table that names the handlers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from barbican.edge.api import fields
from barbican.edge.api.envelope import ApiRequest, Reply
from barbican.edge.api.fields import Fields
from barbican.edge.organisation.model import Organisation
from barbican.edge.state.store import StateFolder


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler may ask and do."""

    request: ApiRequest
    folder: StateFolder
    now: float  # Unix seconds
    ids: Mapping[str, str]  # the parts of the path that stand in braces
    account_id: str
    team_domain: str = ""  # host and port of the running edge, where the caller knows it

    @property
    def organisation(self) -> Organisation:
        return self.folder.state().organisation

    def body(self) -> Fields:
        return fields.parse(self.request.body)

    def change(self, function: Callable[[Organisation], Organisation]) -> Organisation:
        return self.folder.change(function)


Handler: TypeAlias = Callable[[Call], Reply]
# Path below `/accounts/{account_id}/access/`, then method.
Routes: TypeAlias = Mapping[str, Mapping[str, Handler]]


def shown_time(seconds: float | None) -> str | None:
    """Return Unix seconds as the API writes them, None for never."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None
