"""
The ports on which `runedge` listens, and a sentence for each that it cannot have.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.management.base import CommandError

from barbican.edge.wire.listening import is_loopback, listen

LAST = 65535


def chosen(options: dict[str, Any]) -> tuple[int, int, int | None]:
    """Return the three ports: all differ, but for 0, which is any free one."""
    port, api_port, tls_port = (options[name] for name in ("port", "api_port", "tls_port"))
    if api_port is None and port == LAST:
        raise CommandError(
            f"No port is above {port} for the management API: name one with --api-port.",
            returncode=2,
        )
    if api_port is None:
        api_port = port and port + 1
    taken: dict[int, str] = {}
    flags = (("--port", port), ("--api-port", api_port), ("--tls-port", tls_port or 0))
    for flag, number in flags:
        if not 0 <= number <= LAST:
            raise CommandError(f"{flag} should be between 0 and {LAST}.", returncode=2)
        if number and (other := taken.setdefault(number, flag)) != flag:
            raise CommandError(
                f"{flag} should differ from {other}, and both are {number} (--api-port is one above"
                " --port unless it is given).",
                returncode=2,
            )
    return port, api_port, tls_port


@contextmanager
def listening(
    bind: str, port: int, api_port: int, tls_port: int | None
) -> Iterator[tuple[socket.socket, socket.socket, socket.socket | None]]:
    """Hold the sockets of all three, or none. Raises `CommandError`."""
    with ExitStack() as held:
        listener = held.enter_context(_listener(bind, port, "--port"))
        api_listener = held.enter_context(_listener(bind, api_port, "--api-port"))
        if tls_port is None:
            yield listener, api_listener, None
        else:
            yield (
                listener,
                api_listener,
                held.enter_context(_listener(bind, tls_port, "--tls-port")),
            )


def _listener(bind: str, port: int, flag: str) -> socket.socket:
    if not is_loopback(bind):
        raise CommandError(
            f"The local edge listens on loopback only: use --bind 127.0.0.1, not {bind}.",
            returncode=2,
        )
    try:
        return listen("127.0.0.1" if bind == "localhost" else bind, port)
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise CommandError(
            f"Port {port} on {bind} cannot be used ({why}): choose another one with {flag}.",
            returncode=2,
        ) from error
