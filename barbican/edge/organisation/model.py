"""
The organisation of the local edge, as frozen values.

Source: Cloudflare One documentation, "Access policies", "Service tokens", "Applications", "Mutual
TLS"; the field names are those of the API, which the management API puts in front of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from barbican.edge.organisation.callers import ONE_TIME_PIN, Caller, ClientCertificate, ServiceToken
from barbican.edge.organisation.choices import Choices
from barbican.edge.organisation.destinations import Destination, normal_host
from barbican.edge.organisation.selectors import Selector
from barbican.protocol import CLIENT_ID_SUFFIX

DEFAULT_SESSION = 24 * 3600  # seconds: what Access takes where nothing is said


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
    id: str = ""  # UUID
    is_reusable: bool = False  # kept by the organisation, and used by any number of applications
    precedence: int = 0  # in an application, the lowest first; 0 is its place among the others
    created_at: float = 0.0  # Unix seconds
    updated_at: float = 0.0  # Unix seconds

    def matches(self, caller: Caller) -> bool:
        return (
            any(selector.matches(caller) for selector in self.include)
            and all(selector.matches(caller) for selector in self.require)
            and not any(selector.matches(caller) for selector in self.exclude)
        )


@dataclass(frozen=True, slots=True)
class CorsHeaders:
    """How the edge answers a preflight by itself (`cors_headers` of an application)."""

    allowed_origins: tuple[str, ...] = ()
    allowed_methods: tuple[str, ...] = ()
    allowed_headers: tuple[str, ...] = ()
    allow_all_origins: bool = False
    allow_all_methods: bool = False
    allow_all_headers: bool = False
    allow_credentials: bool = False
    max_age: int | None = None  # seconds


@dataclass(frozen=True, slots=True)
class Application:
    """What is protected, and by which policies, in their order of precedence."""

    name: str
    aud: str  # AUD tag: 64 hex digits
    destinations: tuple[Destination, ...]
    policies: tuple[Policy, ...]
    id: str = ""  # UUID
    session_duration: int | None = None  # seconds; None is the organisation's default
    service_auth_401_redirect: bool = False  # "401 response for Service Auth policies"
    read_service_tokens_from_header: str = ""
    options_preflight_bypass: bool = False
    cors_headers: CorsHeaders | None = None
    http_only_cookie_attribute: bool | None = None  # None is `Choices.http_only_by_default`
    same_site_cookie_attribute: str = ""  # "none", "lax", "strict"; empty is "none"
    path_cookie_attribute: bool = False  # the cookie's Path is the application's, not "/"
    enable_binding_cookie: bool = False
    allowed_idps: tuple[str, ...] = ()  # IDs of identity providers; empty is all
    auto_redirect_to_identity: bool = False
    custom_deny_message: str = ""
    custom_deny_url: str = ""
    custom_non_identity_deny_url: str = ""
    tokens_revoked_at: float = 0.0  # Unix seconds: application tokens from before are refused
    created_at: float = 0.0  # Unix seconds
    updated_at: float = 0.0  # Unix seconds

    def has(self, decision: PolicyDecision) -> bool:
        return any(policy.decision is decision for policy in self.policies)

    def has_revoked(self, issued_at: float) -> bool:
        """Say whether an application token of that time was revoked ("Revoke existing tokens")."""
        return issued_at < self.tokens_revoked_at

    def session(self, policy: Policy | None) -> int:
        """Return the seconds of a session: the policy's, else the application's, else 24 h."""
        if policy is not None and policy.session_duration is not None:
            return policy.session_duration
        return DEFAULT_SESSION if self.session_duration is None else self.session_duration


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """A login method. The local edge has one that works: the one-time PIN."""

    id: str
    name: str
    type: str


ONE_TIME_PIN_PROVIDER = IdentityProvider(ONE_TIME_PIN, "One-time PIN", ONE_TIME_PIN)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the local identity provider knows more about than the address."""

    email: str
    name: str = ""
    country: str = ""  # ISO 3166; empty is the organisation's
    custom: Mapping[str, Any] = field(default_factory=dict)  # the token's claim `custom`


@dataclass(frozen=True, slots=True)
class CaCertificate:
    """A root or intermediate that vouches for client certificates on some hosts."""

    id: str  # UUID
    name: str
    pem: str  # one certificate, or the whole chain
    fingerprint: str  # SHA-256 of the first one, hex digits
    associated_hostnames: tuple[str, ...] = ()
    expires_on: float = 0.0  # Unix seconds
    created_at: float = 0.0  # Unix seconds
    updated_at: float = 0.0  # Unix seconds


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everything that the edge knows when it decides."""

    team_name: str
    base_domain: str
    applications: tuple[Application, ...]
    service_tokens: tuple[ServiceToken, ...]
    policies: tuple[Policy, ...] = ()  # the reusable ones, used by an application or not
    people: tuple[Person, ...] = ()
    certificates: tuple[CaCertificate, ...] = ()
    # Hosts whose origin gets the client certificate (`client_certificate_forwarding`).
    certificate_forwarding: frozenset[str] = frozenset()
    identity_providers: tuple[IdentityProvider, ...] = (ONE_TIME_PIN_PROVIDER,)
    is_strict: bool = True  # organisations made since October 2026 cannot turn it off
    session_duration: int = DEFAULT_SESSION  # seconds: of the global session
    country: str = ""  # ISO 3166: where every caller is said to be; empty says nothing
    key_rotation_interval_days: float = 0  # 0 rotates on demand only
    choices: Choices = field(default_factory=Choices)

    def find(self, host: str, path: str) -> tuple[Application, Destination] | None:
        """Return the application with the most specific destination, or None (rule 1)."""
        longer_names = self.choices.path_covers_longer_names
        hits = [
            (destination.rank, application, destination)
            for application in self.applications
            for destination in application.destinations
            if destination.covers(host, path, longer_names=longer_names)
        ]
        if not hits:
            return None
        _rank, application, destination = max(hits, key=lambda hit: hit[0])
        return application, destination

    def applications_at(self, host: str) -> tuple[Application, ...]:
        """Return the applications that have a destination on this host, whatever its path."""
        return tuple(
            each
            for each in self.applications
            if any(destination.is_on(host) for destination in each.destinations)
        )

    def service_token(self, name: str) -> ServiceToken:
        """Return the service token of that name. Raises `LookupError` when there is none."""
        for token in self.service_tokens:
            if token.name == name:
                return token
        raise LookupError(f"There is no service token named {name!r}.")

    def application(self, aud: str) -> Application | None:
        """Return the application with this AUD tag."""
        return next((each for each in self.applications if each.aud == aud), None)

    def person(self, email: str) -> Person:
        """Return what is known of this address: at least the address itself."""
        wanted = email.lower()
        known = (each for each in self.people if each.email.lower() == wanted)
        return next(known, Person(wanted))

    def with_policy(self, policy: Policy) -> Organisation:
        """Return it with this policy in the place of the one with the same ID, everywhere."""

        def swapped(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
            return tuple(
                replace(policy, precedence=each.precedence) if each.id == policy.id else each
                for each in policies
            )

        applications = tuple(
            replace(each, policies=swapped(each.policies)) for each in self.applications
        )
        return replace(self, applications=applications, policies=swapped(self.policies))

    def vouches_for(self, certificate: ClientCertificate, host: str) -> bool:
        """Say whether a CA of this host vouches for a client certificate (rule 32)."""
        # Its token would read as a service token's: who poses as a Client ID is nobody.
        if certificate.common_name.lower().endswith(CLIENT_ID_SUFFIX):
            return False
        return any(
            each.id in certificate.authorities
            and host in map(normal_host, each.associated_hostnames)
            for each in self.certificates
        )

    def shows_origin(self, certificate: ClientCertificate, host: str) -> bool:
        """Say whether the origin of this host gets the certificate itself, in headers."""
        is_wanted = host in map(normal_host, self.certificate_forwarding)
        return is_wanted and self.vouches_for(certificate, host)

    def legacy(self) -> Organisation:
        """Return it as organisations were before strict service-token authentication."""
        return replace(self, is_strict=False)

    def without_401(self) -> Organisation:
        """Return it with "401 response for Service Auth policies" off everywhere."""
        off = tuple(replace(each, service_auth_401_redirect=False) for each in self.applications)
        return replace(self, applications=off)
