"""
Whether this origin can serve: database, migrations, signing keys, configuration.
"""

from __future__ import annotations

from typing import Any

from django.core.checks import ERROR
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from barbican.access import conf
from barbican.access.checks import check_settings
from barbican.portal.times import iso


def report() -> tuple[dict[str, Any], bool]:
    """Return the state of each part, and whether all are well. No secret is in it."""
    found = {
        "configuration": _configuration(),
        "database": _database(),
        "migrations": _migrations(),
        "signing_keys": _signing_keys(),
    }
    is_ready = all(part["ok"] for part in found.values())
    return {"ready": is_ready, **found}, is_ready


def _configuration() -> dict[str, Any]:
    problems = [
        message.id
        for message in check_settings()
        if message.level >= ERROR or not conf.team_domain()
    ]
    return {"ok": not problems, "problems": problems}


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"ok": False, "problems": ["The database does not answer."]}
    return {"ok": True, "vendor": connection.vendor}


def _migrations() -> dict[str, Any]:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return {"ok": False, "problems": ["The database does not answer."]}
    names = [f"{migration.app_label}.{migration.name}" for migration, _ in missing]
    return {"ok": not names, "missing": names}


def _signing_keys() -> dict[str, Any]:
    if not conf.is_safe_team_domain(conf.team_domain()):
        return {"ok": False, "problems": ["There is no team domain."]}
    store = conf.key_store()
    store.ensure()
    state = store.state()
    return {
        "ok": state.freshness in ("fresh", "stale"),
        "source": state.source,
        "freshness": state.freshness,
        "keys": list(state.key_ids),
        "fetched_at": iso(state.fetched_at),
        "last_error": state.last_error,
        "next_attempt_in": round(state.next_attempt_in, 1),
    }
