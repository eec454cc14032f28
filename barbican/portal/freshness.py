"""
Whether the copy may have changed since it was read, for next to nothing.

On SQLite `PRAGMA data_version` on the raw connection changes with every commit of any other
connection, in this process or another; the own connection's saves announce themselves by signal.
Other databases are asked for the latest change, in one small query.
"""

from __future__ import annotations

import threading
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, Max
from django.db.models.signals import post_delete, post_save

_lock = threading.Lock()
_generation = 0
_seen = threading.local()


def generation() -> int:
    """
    Return a number that grows whenever the copy may have changed.

    Raises `django.db.Error` when the database cannot be asked.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    stamp = _sqlite_stamp(connection) if connection.vendor == "sqlite" else _stamp()
    if getattr(_seen, "stamp", None) != stamp:
        _seen.stamp = stamp
        changed()
    return _generation


def changed(**_signal: Any) -> None:
    """Count one change."""
    global _generation  # noqa: PLW0603 - one number for the process
    with _lock:
        _generation += 1


def watch() -> None:
    """Hear of this process's own saves."""
    from barbican.portal.models import Callout, Demo, Section

    for model in (Demo, Section, Callout):
        post_save.connect(changed, sender=model, dispatch_uid=f"copy-saved-{model.__name__}")
        post_delete.connect(changed, sender=model, dispatch_uid=f"copy-deleted-{model.__name__}")


def _sqlite_stamp(connection: BaseDatabaseWrapper) -> tuple[int, int]:
    # The connection's identity too: the number means something on one connection only.
    if connection.connection is None:
        connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors:  # the raw connection raises the driver's own errors
        return id(raw), raw.execute("PRAGMA data_version").fetchone()[0]


def _stamp() -> Any:
    from barbican.portal.models import Demo

    return tuple(
        Demo.objects.aggregate(Max("changed_at"), Count("sections"), Max("sections__pk")).values()
    )
