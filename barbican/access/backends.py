"""
From a verified token to `request.user`, through Django's own `authenticate()`.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest

from barbican.access import conf
from barbican.access.identity import (
    CertificateIdentity,
    PersonIdentity,
    ServiceIdentity,
    VerifiedToken,
)


class MachinePrincipal:
    """
    A machine as ``request.user``. It lives for one request and has no database row.

    Not a user: no password, no permissions, never staff, nothing to log in to.
    """

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True
    is_staff: ClassVar[bool] = False
    is_superuser: ClassVar[bool] = False
    pk: ClassVar[None] = None
    id: ClassVar[None] = None
    backend = ""  # filled in by `django.contrib.auth.authenticate()`, so this is not frozen

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def get_username(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002
        return False

    def has_perms(self, perm_list: object, obj: object = None) -> bool:  # noqa: ARG002
        return False

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002
        return False


class ServicePrincipal(MachinePrincipal):
    """A service token, by its Client ID."""

    @property
    def client_id(self) -> str:
        return self.name


class CertificatePrincipal(MachinePrincipal):
    """A client certificate, by its common name."""

    @property
    def common_name(self) -> str:
        return self.name


class AccessBackend(BaseBackend):
    """
    Turn a verified application token into a principal.

    Works with `AccessMiddleware`, and stands beside `ModelBackend`, which keeps password login.
    It takes a `VerifiedToken`, which only the verifier makes, so it never sees a header and never
    trusts a string.
    """

    def authenticate(  # type: ignore[override]
        self,
        request: HttpRequest | None,  # noqa: ARG002 - Django's signature
        verified_token: VerifiedToken | None = None,
    ) -> AbstractBaseUser | MachinePrincipal | None:
        """Return a person's active Django user, a machine's principal, or None."""
        match verified_token:
            case VerifiedToken(identity=ServiceIdentity(client_id=client_id)):
                return ServicePrincipal(client_id)
            case VerifiedToken(identity=CertificateIdentity(common_name=common_name)):
                return CertificatePrincipal(common_name)
            case VerifiedToken(identity=PersonIdentity() as person):
                user = self.user_of(person)
                return user if user is not None and user.is_active else None
            case _:
                return None

    def user_of(self, person: PersonIdentity) -> AbstractBaseUser | None:
        """
        Return the Django user of a person: one query for a known one.

        The e-mail address decides, whole and without regard to case, as it is what the identity
        provider vouches for and `sub` is unknown before a first visit. Two users with one address
        are nobody. Never staff and never with a password that works, when one is created.
        """
        users = get_user_model()._default_manager
        found = list(users.filter(email__iexact=person.email)[:2])
        if len(found) == 1:
            return found[0]
        if found or not conf.create_users():
            return None
        user, _created = users.get_or_create(
            username=person.subject,
            defaults={"email": person.email, "password": make_password(None)},
        )
        return user
