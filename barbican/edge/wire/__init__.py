"""HTTP between caller, edge and origin: connections, framing, limits, headers."""
