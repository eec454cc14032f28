"""
Selectors as the API's rule objects, and back: `{"email": {"email": "ada@example.com"}}`.

A selector's fields are named as in its rule object, so that a table of kinds is all it takes.

Source: Cloudflare API, Access policies, rules of `include`, `require` and `exclude`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from barbican.edge.organisation.selectors import (
    AnyValidServiceToken,
    CommonNameIs,
    CountryIs,
    EmailDomainIs,
    EmailIs,
    Everyone,
    IpIn,
    LoginMethodIs,
    Selector,
    ServiceTokenIs,
    ValidCertificate,
)

Rule = dict[str, dict[str, Any]]

KINDS: Mapping[str, type[Selector]] = {
    "service_token": ServiceTokenIs,
    "any_valid_service_token": AnyValidServiceToken,
    "email": EmailIs,
    "email_domain": EmailDomainIs,
    "everyone": Everyone,
    "ip": IpIn,
    "geo": CountryIs,
    "certificate": ValidCertificate,
    "common_name": CommonNameIs,
    "login_method": LoginMethodIs,
}
_NAMES = {kind: name for name, kind in KINDS.items()}
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def dump(selector: Selector) -> Rule:
    """Return the rule object of a selector."""
    return {_NAMES[type(selector)]: asdict(selector)}


def load(rule: object) -> Selector:
    """Return the selector of a rule object. Raises `ValueError` with a sentence."""
    if not (isinstance(rule, Mapping) and len(rule) == 1):
        raise ValueError('A rule should be an object with one selector, such as {"everyone": {}}.')
    ((name, value),) = rule.items()
    if name not in KINDS:
        raise ValueError(f"There is no selector {name!r} here. There are: {', '.join(KINDS)}.")
    return KINDS[name](**{each.name: _text(name, value, each.name) for each in fields(KINDS[name])})


def _text(name: str, value: object, member: str) -> str:
    found = value.get(member) if isinstance(value, Mapping) else None
    if not (isinstance(found, str) and found):
        raise ValueError(f"The selector {name!r} needs {member!r}, a text.")
    check = _CHECKS.get(member)
    return check(found) if check else found


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no address and no network such as 192.0.2.0/24 (host bits are zero)."
        ) from None
    return text


def _country(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        raise ValueError(f"{text!r} is no country code of two letters, such as GB.")
    return text.upper()


_CHECKS: Mapping[str, Callable[[str], str]] = {"ip": _network, "country_code": _country}
