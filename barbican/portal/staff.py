"""
Whether a public page may show what only the site's own people need.

The public pages have no session middleware. The session is read only where its cookie is there, so
a visitor without one costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import HttpRequest

from barbican.access.gate import check_person


def is_staff(request: HttpRequest) -> bool:
    """Say whether an active staff user is logged in at the admin, as the admin would have it."""
    user = _session_user(request)
    if user is None or not (user.is_active and getattr(user, "is_staff", False)):
        return False
    try:
        check_person(request.access, user)  # type: ignore[attr-defined]
    except PermissionDenied:
        return False
    return True


def _session_user(request: HttpRequest) -> Any:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    holder = cast(HttpRequest, SimpleNamespace(session=store, META=request.META))
    try:
        user = auth.get_user(holder)
    except DatabaseError:
        return None  # a page that proves who is calling does not need the database
    return user if user.is_authenticated else None
