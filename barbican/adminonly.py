"""
Django's middleware for people who sign in, where people sign in: below /admin/.

The public pages have no session, no form and no message. What would run there on every request
only to find nothing costs more than a verification, and a session cookie that is never read is one
less to steal.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthentication
from django.contrib.messages.middleware import MessageMiddleware as DjangoMessages
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSession
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

ADMIN_PATH = "/admin"  # with and without the slash that CommonMiddleware appends


class AdminOnly(MiddlewareMixin):
    """Pass every other path on untouched."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(ADMIN_PATH):
            return super().__call__(request)
        return self.get_response(request)


class SessionMiddleware(AdminOnly, DjangoSession):
    pass


class AuthenticationMiddleware(AdminOnly, DjangoAuthentication):
    pass


class MessageMiddleware(AdminOnly, DjangoMessages):
    pass
