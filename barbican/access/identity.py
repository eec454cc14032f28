"""
Who came, as frozen values. Only a token that passed every check becomes one.

Source: Cloudflare One documentation, "Application token": payload of a user and of a
service token; "Mutual TLS" for certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, NewType, TypeAlias

# Claims whose signature has been checked. Only `verifier` makes one.
SignedClaims = NewType("SignedClaims", Mapping[str, Any])


class Kind(StrEnum):
    """The three kinds of caller that Access tells apart."""

    SERVICE_TOKEN = "service_token"  # noqa: S105 - a kind's name
    PERSON = "person"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class ServiceIdentity:
    """A service token. Never a person: there is no e-mail, and `sub` is empty."""

    kind: ClassVar[Kind] = Kind.SERVICE_TOKEN
    client_id: str  # `common_name`: 32 hex digits and ".access"

    @property
    def id(self) -> str:
        return self.client_id


@dataclass(frozen=True, slots=True)
class PersonIdentity:
    """A person, vouched for by the identity provider."""

    kind: ClassVar[Kind] = Kind.PERSON
    subject: str  # `sub`: unique per e-mail address per account
    email: str

    @property
    def id(self) -> str:
        return self.email


@dataclass(frozen=True, slots=True)
class CertificateIdentity:
    """A client certificate, checked by the edge."""

    kind: ClassVar[Kind] = Kind.CERTIFICATE
    common_name: str  # the certificate's CN; never ends in ".access"

    @property
    def id(self) -> str:
        return self.common_name


Identity: TypeAlias = ServiceIdentity | PersonIdentity | CertificateIdentity


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Every check passed. The one thing that the authentication backend accepts."""

    identity: Identity
    audience: str  # the AUD tag that matched, of those accepted
    expires_at: float  # Unix seconds
    claims: SignedClaims = field(repr=False)
