"""
Slows down whoever guesses passwords at the admin's login.

Counted by name and by address. The address is the peer's, and the one that the edge reports only
where an application token has proven that the request came through it: a client writes
`CF-Connecting-IP` as it likes. Behind the tunnel and without ADMIN_AUD, all have one address, so
there a stranger can lock out a name for the time of a window; with ADMIN_AUD nobody can.

Source: OWASP ASVS 5.0, 6.3.1 (brute force).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest, HttpResponse

from barbican.portal import errors
from barbican.portal.throttle import Throttle
from barbican.protocol import CONNECTING_IP_HEADER

LOGIN_PATH = "/admin/login/"
MAX_NAME = 150  # characters, as Django's own field has
_CONNECTING_IP = f"HTTP_{CONNECTING_IP_HEADER.upper().replace('-', '_')}"

attempts = Throttle(limit=5, window=300)  # failures in five minutes


class LoginThrottleMiddleware:
    """Answer 429 at the login while its name fails too often. Goes after AdminGateMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        if request.method != "POST" or request.path_info != LOGIN_PATH:
            return None
        wait = attempts.wait(key(request, request.POST.get("username", "")))
        if not wait:
            return None
        return errors.too_many(request, "This name failed to sign in too often.", wait)


def watch() -> None:
    """Count failures from now on, and forget them when somebody gets in."""
    user_login_failed.connect(_failed, dispatch_uid="logins")
    user_logged_in.connect(_succeeded, dispatch_uid="logins")


def _failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any
) -> None:
    if request is not None and request.path_info == LOGIN_PATH:
        attempts.note(key(request, str(credentials.get("username", ""))))


def _succeeded(request: HttpRequest, user: Any, **_signal: Any) -> None:
    attempts.forget(key(request, user.get_username()))


def key(request: HttpRequest, name: str) -> Hashable:
    """Return what attempts are counted by."""
    access = getattr(request, "access", None)
    is_through_the_edge = access is not None and access.identity is not None
    reported = request.META.get(_CONNECTING_IP, "") if is_through_the_edge else ""
    return name[:MAX_NAME].casefold(), reported or request.META.get("REMOTE_ADDR", "")
