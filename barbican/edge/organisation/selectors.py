"""
Whom a rule of a policy names.

Source: Cloudflare One documentation, "Access policies", selectors. What needs no login (service
token, IP, country, certificate) and what does are both asked on every request; Access asks what
needs a login at the login only, so that there a changed rule waits for the next one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TypeAlias

from barbican.edge.organisation.callers import Caller


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
        return bool(caller.email) and caller.email == self.email.lower()


@dataclass(frozen=True, slots=True)
class EmailDomainIs:
    domain: str  # what follows the @

    def matches(self, caller: Caller) -> bool:
        return bool(caller.email) and caller.email.rpartition("@")[2] == self.domain.lower()


@dataclass(frozen=True, slots=True)
class IpIn:
    ip: str  # an address, or a network such as 192.0.2.0/24

    def matches(self, caller: Caller) -> bool:
        try:
            return ipaddress.ip_address(caller.ip) in ipaddress.ip_network(self.ip)
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class CountryIs:
    country_code: str  # ISO 3166, two letters

    def matches(self, caller: Caller) -> bool:
        return bool(caller.country) and caller.country.upper() == self.country_code.upper()


@dataclass(frozen=True, slots=True)
class ValidCertificate:
    def matches(self, caller: Caller) -> bool:
        return caller.certificate is not None


@dataclass(frozen=True, slots=True)
class CommonNameIs:
    common_name: str

    def matches(self, caller: Caller) -> bool:
        return caller.certificate is not None and caller.certificate.common_name == self.common_name


@dataclass(frozen=True, slots=True)
class LoginMethodIs:
    id: str  # of the identity provider

    def matches(self, caller: Caller) -> bool:
        return caller.identity is not None and caller.identity.login_method == self.id


Selector: TypeAlias = (
    Everyone
    | ServiceTokenIs
    | AnyValidServiceToken
    | EmailIs
    | EmailDomainIs
    | IpIn
    | CountryIs
    | ValidCertificate
    | CommonNameIs
    | LoginMethodIs
)

# What a machine can meet without logging in. Only these make sense in a Service Auth policy.
NON_IDENTITY = (
    Everyone,
    ServiceTokenIs,
    AnyValidServiceToken,
    IpIn,
    CountryIs,
    ValidCertificate,
    CommonNameIs,
)
