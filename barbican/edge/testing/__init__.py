"""The local edge inside your own tests. See `docs/edge-in-your-tests.md`."""

from __future__ import annotations

from barbican.edge.testing.callers import LoggedIn, Pair
from barbican.edge.testing.local_edge import LocalEdge
from barbican.edge.testing.policies import allow, block, bypass, service_auth

__all__ = ["LocalEdge", "LoggedIn", "Pair", "allow", "block", "bypass", "service_auth"]
