"""Barbican Identity Demo: what Cloudflare Access says about a caller, proven at the origin."""

from __future__ import annotations

__version__ = "0.1.0"
