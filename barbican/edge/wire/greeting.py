"""
Takes the callers of the TLS listener, within the limits that hold for every connection.

asyncio's own servers know a caller only when its handshake is done. Here it counts from the start,
and its handshake has the time that a request's head has. Where no room is left it is hung up on.
"""

from __future__ import annotations

import asyncio
import socket

from barbican.edge.certificates.tls import SecureListener
from barbican.edge.wire.connections import Connection, Connections
from barbican.edge.wire.limits import HEAD_TIME, LINGER

PAUSE = 0.1  # seconds before the next try where no caller could be taken: no handle was left


async def greet(listener: SecureListener, connections: Connections) -> None:
    """Take one caller after the other until cancelled, and break off the handshakes then."""
    listener.socket.settimeout(0)
    tasks: set[asyncio.Task[None]] = set()
    try:
        while True:
            caller = await _next(listener.socket)
            if not connections.has_room:
                caller.close()
                continue
            connection = connections()
            connections.greeted.add(connection)
            task = asyncio.create_task(_shake_hands(caller, listener, connections, connection))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    finally:
        listener.socket.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _next(listener: socket.socket) -> socket.socket:
    loop = asyncio.get_running_loop()
    while True:
        try:
            caller, _address = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(PAUSE)
        else:
            return caller


async def _shake_hands(
    caller: socket.socket,
    listener: SecureListener,
    connections: Connections,
    connection: Connection,
) -> None:
    try:
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: connection,
            caller,
            ssl=listener.context,
            ssl_handshake_timeout=HEAD_TIME,
            ssl_shutdown_timeout=LINGER,
        )
    except OSError:
        pass  # the handshake failed, and both sides know
    finally:
        connections.greeted.discard(connection)  # also where it was never made
