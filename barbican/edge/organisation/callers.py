"""
Who asks: a machine with a service token, a client certificate, a person who has logged in.

Source: Cloudflare One documentation, "Service tokens", "Application token", "Mutual TLS".
"""

from __future__ import annotations

from dataclasses import dataclass, field

ONE_TIME_PIN = "onetimepin"  # the identity provider that is always there, and its type


@dataclass(frozen=True, slots=True)
class ServiceToken:
    """A Client ID and a Client Secret for a machine."""

    id: str  # UUID: what a policy names
    name: str
    client_id: str  # 32 hex digits and ".access"
    client_secret: str = field(repr=False)
    expires_at: float | None = None  # Unix seconds; None never ends
    is_enabled: bool = True
    previous_client_secret: str = field(default="", repr=False)
    previous_client_secret_expires_at: float = 0.0  # Unix seconds
    client_secret_version: int = 1  # a rotation raises it
    duration: str = "8760h"  # as it was asked for; `expires_at` decides
    created_at: float = 0.0  # Unix seconds
    updated_at: float = 0.0  # Unix seconds

    def secrets(self, now: float) -> tuple[str, ...]:
        """Return the secrets that are good at this moment: the current one, always first."""
        if self.previous_client_secret and now < self.previous_client_secret_expires_at:
            return (self.client_secret, self.previous_client_secret)
        return (self.client_secret,)

    def is_expired(self, now: float) -> bool:
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate with which a caller opened its TLS connection."""

    common_name: str
    fingerprint: str  # SHA-256, 64 hex digits in lower case
    der: bytes = field(repr=False, default=b"")
    authorities: frozenset[str] = frozenset()  # IDs of the CA certificates that vouch for it


@dataclass(frozen=True, slots=True)
class Identity:
    """What a sound application token, signed by this edge, says about a caller."""

    audience_tag: str
    issued_at: float  # Unix seconds
    expires_at: float  # Unix seconds
    email: str = ""  # empty for a machine
    subject: str = ""  # the person's UUID, empty for a machine
    nonce: str = ""  # `identity_nonce`: the session it came from
    country: str = ""  # ISO 3166, where the person logged in
    login_method: str = ""  # ID of the identity provider
    common_name: str = ""  # a machine's Client ID or a certificate's common name
    token: str = field(default="", repr=False)  # the application token itself, as it was presented
    is_bound: bool = False  # its `CF_Binding` cookie came with it


@dataclass(frozen=True, slots=True)
class Caller:
    """What the edge has found out about who asks."""

    ip: str = ""
    country: str = ""  # ISO 3166, from the organisation's local setting
    service_token: ServiceToken | None = None
    certificate: ClientCertificate | None = None  # only where a CA of this host vouches for it
    identity: Identity | None = None

    @property
    def email(self) -> str:
        return self.identity.email.lower() if self.identity else ""
