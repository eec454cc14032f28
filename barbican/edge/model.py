"""
The organisation of the local edge, as frozen values.

Source: Cloudflare One documentation, "Access policies", "Service tokens", "Applications"; the
field names are those of the API, so that a management API can be put in front of them.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from barbican.edge.destinations import Destination

DEFAULT_SESSION = 24 * 3600  # seconds: what Access takes where nothing is said


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
class Caller:
    """What the edge has found out about who asks."""

    ip: str = ""
    service_token: ServiceToken | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class Everyone:
    def matches(self, caller: Caller) -> bool:  # noqa: ARG002 - one shape for every selector
        return True


@dataclass(frozen=True, slots=True)
class ServiceTokenIs:
    token_id: str

    def matches(self, caller: Caller) -> bool:
        return caller.service_token is not None and caller.service_token.id == self.token_id


@dataclass(frozen=True, slots=True)
class AnyValidServiceToken:
    def matches(self, caller: Caller) -> bool:
        return caller.service_token is not None


@dataclass(frozen=True, slots=True)
class EmailIs:
    email: str

    def matches(self, caller: Caller) -> bool:
        return bool(caller.email) and caller.email.lower() == self.email.lower()


@dataclass(frozen=True, slots=True)
class IpIn:
    ip: str  # a network such as 192.0.2.0/24

    def matches(self, caller: Caller) -> bool:
        try:
            return ipaddress.ip_address(caller.ip) in ipaddress.ip_network(self.ip)
        except ValueError:
            return False


Selector: TypeAlias = Everyone | ServiceTokenIs | AnyValidServiceToken | EmailIs | IpIn


class PolicyDecision(StrEnum):
    """A policy's action, by its API value. `non_identity` is Service Auth on the dashboard."""

    ALLOW = "allow"
    DENY = "deny"
    BYPASS = "bypass"
    NON_IDENTITY = "non_identity"


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule of an application: include is OR, require is AND, exclude is NOT."""

    name: str
    decision: PolicyDecision
    include: tuple[Selector, ...]
    require: tuple[Selector, ...] = ()
    exclude: tuple[Selector, ...] = ()
    session_duration: int | None = None  # seconds; None is the application's

    def matches(self, caller: Caller) -> bool:
        return (
            any(selector.matches(caller) for selector in self.include)
            and all(selector.matches(caller) for selector in self.require)
            and not any(selector.matches(caller) for selector in self.exclude)
        )


@dataclass(frozen=True, slots=True)
class Application:
    """What is protected, and by which policies."""

    name: str
    aud: str  # AUD tag: 64 hex digits
    destinations: tuple[Destination, ...]
    policies: tuple[Policy, ...]
    session_duration: int = DEFAULT_SESSION  # seconds
    service_auth_401_redirect: bool = False  # "401 response for Service Auth policies"
    read_service_tokens_from_header: str = ""
    options_preflight_bypass: bool = False

    def has(self, decision: PolicyDecision) -> bool:
        return any(policy.decision is decision for policy in self.policies)

    def session(self, policy: Policy | None) -> int:
        """Return the seconds that a session lasts: the policy's, else the application's."""
        if policy is None or policy.session_duration is None:
            return self.session_duration
        return policy.session_duration


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everything that the edge knows when it decides."""

    team_name: str
    base_domain: str
    applications: tuple[Application, ...]
    service_tokens: tuple[ServiceToken, ...]
    is_strict: bool = True  # organisations made since October 2026 cannot turn it off

    def find(self, host: str, path: str) -> tuple[Application, Destination] | None:
        """Return the application with the most specific destination, or None (rule 1)."""
        hits = [
            (destination.rank, application, destination)
            for application in self.applications
            for destination in application.destinations
            if destination.covers(host, path)
        ]
        if not hits:
            return None
        _rank, application, destination = max(hits, key=lambda hit: hit[0])
        return application, destination

    def service_token(self, name: str) -> ServiceToken:
        """Return the service token of that name. Raises `LookupError` when there is none."""
        for token in self.service_tokens:
            if token.name == name:
                return token
        raise LookupError(f"There is no service token named {name!r}.")

    def legacy(self) -> Organisation:
        """Return it as organisations were before strict service-token authentication."""
        return replace(self, is_strict=False)

    def without_401(self) -> Organisation:
        """Return it with "401 response for Service Auth policies" off everywhere."""
        off = tuple(replace(each, service_auth_401_redirect=False) for each in self.applications)
        return replace(self, applications=off)
