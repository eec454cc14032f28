"""
Where the edge and its management API listen: on loopback, and nowhere else.
"""

from __future__ import annotations

import ipaddress
import socket

from barbican.edge.wire.limits import BACKLOG


def is_loopback(host: str) -> bool:
    """Say whether this address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """
    Return a listening socket on loopback; port 0 takes a free one.

    Raises `ValueError` for any other address and `OSError` when the port is taken.
    """
    if not is_loopback(host):
        raise ValueError(f"The local edge listens on loopback only, and {host} is not.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def origin_of(listener: socket.socket, *, scheme: str = "http") -> str:
    """Return scheme, host and port of a listening socket; with http, the local team domain."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
