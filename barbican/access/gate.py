"""
The admin's second lock: once ADMIN_AUD is set, a session alone opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from barbican.access import conf
from barbican.access.backends import AccessBackend
from barbican.access.identity import PersonIdentity
from barbican.access.middleware import Access


class AdminGateMiddleware:
    """
    Let into the admin only a verified person who is an active staff user.

    Goes after AccessMiddleware. Django's own login still follows, and must be of the same user:
    a stolen session is worth nothing without the person, and a token nothing without the
    password. Without ADMIN_AUD the password alone decides, as in any Django.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        access = request.access  # type: ignore[attr-defined]
        if access.application != conf.ADMIN:
            return None
        check_person(access, request.user)
        return None


def check_person(access: Access, user: Any) -> None:
    """
    Raise `PermissionDenied` unless the request is this user's, as far as ADMIN_AUD asks for it.

    An anonymous user is let to the login.
    """
    if not conf.applications().get(conf.ADMIN, {}).get("audience_tags"):
        return
    examination = access.for_application(conf.ADMIN)
    person = examination.identity
    if not isinstance(person, PersonIdentity):
        raise PermissionDenied(f"The admin wants a verified person: {examination.verdict}.")
    vouched = AccessBackend().user_of(person)
    if vouched is None or not (vouched.is_active and getattr(vouched, "is_staff", False)):
        raise PermissionDenied("This person is not an active staff user here.")
    if user.is_authenticated and user.pk != vouched.pk:
        raise PermissionDenied("The session belongs to somebody other than the token.")
