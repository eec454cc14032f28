"""
The settings of this package, typed and read live. Nothing else here reads Django's settings.

    ACCESS_TEAM_DOMAIN     "https://<team>.cloudflareaccess.com", no trailing slash; "" when unset
    ACCESS_APPLICATIONS    {namespace: {"audience_tags": […], "client_ids": […], "welcomes": […]}}
    ACCESS_LEEWAY          seconds of clock skew allowed
    ACCESS_LOCAL_EDGE      whether the team domain may be http on loopback
    ACCESS_KEYS_FOLDER     where the last good key set is kept; None keeps it nowhere
    ACCESS_CREATE_USERS    whether a verified person without a Django user gets one
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

from barbican.access.examination import Application
from barbican.access.identity import Kind
from barbican.access.keys import KeyStore
from barbican.access.shelf import Shelf
from barbican.access.verifier import Verifier
from barbican.protocol import CERTS_PATH

DEFAULT_LEEWAY = 30  # seconds
ADMIN = "admin"  # the namespace of Django's admin: signed in to by password, see `gate`

_TEAM_DOMAIN = re.compile(
    r"https://[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.fed)?\.cloudflareaccess\.com"
)
_AUDIENCE_TAG = re.compile(r"[0-9a-f]{64}")
_CLIENT_ID = re.compile(r"[0-9a-f]{32}\.access")


def team_domain() -> str:
    return str(getattr(settings, "ACCESS_TEAM_DOMAIN", ""))


def leeway() -> int:
    return int(getattr(settings, "ACCESS_LEEWAY", DEFAULT_LEEWAY))


def local_edge() -> bool:
    return getattr(settings, "ACCESS_LOCAL_EDGE", False) is True


def create_users() -> bool:
    return getattr(settings, "ACCESS_CREATE_USERS", False) is True


def applications() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = getattr(settings, "ACCESS_APPLICATIONS", {})
    return found


def is_safe_team_domain(value: str) -> bool:
    """
    Say whether keys may be fetched from this origin.

    https on a team's host; with the local edge switched on, also http on loopback.
    """
    if _TEAM_DOMAIN.fullmatch(value):
        return True
    return local_edge() and _is_loopback_origin(value)


def are_audience_tags(values: list[str]) -> bool:
    return all(_AUDIENCE_TAG.fullmatch(value) for value in values)


def are_client_ids(values: list[str]) -> bool:
    return all(_CLIENT_ID.fullmatch(value) for value in values)


@cache
def application(name: str) -> Application:
    """
    Return the application that protects this URL namespace.

    One that is unknown, or whose tags are not all AUD tags, has none and so is not configured.
    """
    entry = applications().get(name, {})
    tags, client_ids = list(entry.get("audience_tags", ())), list(entry.get("client_ids", ()))
    is_sound = are_audience_tags(tags) and are_client_ids(client_ids)
    return Application(
        name=name,
        audience_tags=frozenset(tags if is_sound else ()),
        client_ids=frozenset(client_ids),
        welcomes=frozenset(map(Kind, entry.get("welcomes", Kind))),
    )


@cache
def verifier_for(name: str) -> Verifier:
    """Return the verifier of one application. All of them share one key store."""
    domain = team_domain()
    return Verifier(
        application=application(name),
        team_domain=domain if is_safe_team_domain(domain) else "",
        keys=key_store(),
        leeway=leeway(),
    )


@cache
def key_store() -> KeyStore:
    """Return the process's key store, of the team domain that is set."""
    url = f"{team_domain()}{CERTS_PATH}"
    folder = getattr(settings, "ACCESS_KEYS_FOLDER", None)
    return KeyStore(url, shelf=Shelf(Path(folder), url) if folder else None)


@receiver(setting_changed)
def _forget(*, setting: str, **_kwargs: object) -> None:
    if setting.startswith("ACCESS_"):
        for cached in (application, verifier_for, key_store):
            cached.cache_clear()


def _is_loopback_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    bare = f"[{host}]" if ":" in host else host
    if value != f"http://{bare}" + (f":{port}" if port is not None else ""):
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
