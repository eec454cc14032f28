"""
Every table of the configuration file, with its keys: the one list that reading, checking and the
documentation share.

Names are those of Cloudflare's API. `docs/edge-configuration.md` says what each key means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from barbican.edge.config import kinds
from barbican.edge.config.kinds import Kind
from barbican.edge.organisation import durations
from barbican.edge.organisation.choices import Choices


@dataclass(frozen=True, slots=True)
class Key:
    """One key. A list has `kind` for its elements."""

    kind: Kind
    default: Any = None  # as the edge uses it
    is_required: bool = False
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A key that holds a table of its own."""

    section: Mapping[str, Key]


@dataclass(frozen=True, slots=True)
class References:
    """A list that later steps read: of policies, or of selectors."""

    word: str
    is_required: bool = False


Section = Mapping[str, Key | Table | References]

OFF = Key(kinds.FLAG, default=False)

ORGANISATION: Section = {
    "team_name": Key(kinds.TEAM, "barbican-local"),
    "strict_service_token_auth": Key(kinds.FLAG, default=True),
    "session_duration": Key(kinds.SESSION, 24 * 3600),
    "country": Key(kinds.COUNTRY, ""),
    "key_rotation_interval_days": Key(kinds.DAYS, 0),
}


def _choice(name: str, default: object) -> Key:
    match default:
        case bool():
            return Key(kinds.FLAG, default)
        case int():
            return Key(kinds.STATUS if name.endswith("_status") else kinds.WHOLE, default)
        case _:
            return Key(kinds.TEXT, default)


CHOICES: Section = {each.name: _choice(each.name, each.default) for each in fields(Choices)}

SERVICE_TOKEN: Section = {
    "name": Key(kinds.NAME, is_required=True),
    "duration": Key(kinds.LIFETIME, durations.DEFAULT),
    "expires_at": Key(kinds.MOMENT),
    "enabled": Key(kinds.FLAG, default=True),
}

POLICY: Section = {
    "name": Key(kinds.NAME, is_required=True),
    "decision": Key(kinds.DECISION, is_required=True),
    "include": References("list of selectors", is_required=True),
    "require": References("list of selectors"),
    "exclude": References("list of selectors"),
    "session_duration": Key(kinds.SESSION),
}

CORS: Mapping[str, Key] = {
    "allowed_origins": Key(kinds.TEXT, (), is_list=True),
    "allowed_methods": Key(kinds.TEXT, (), is_list=True),
    "allowed_headers": Key(kinds.TEXT, (), is_list=True),
    "allow_all_origins": OFF,
    "allow_all_methods": OFF,
    "allow_all_headers": OFF,
    "allow_credentials": OFF,
    "max_age": Key(kinds.WHOLE),
}

APPLICATION: Section = {
    "name": Key(kinds.NAME, is_required=True),
    "destinations": Key(kinds.TEXT, is_required=True, is_list=True),
    "policies": References("list of policies"),
    "session_duration": Key(kinds.SESSION),
    "service_auth_401_redirect": OFF,
    "read_service_tokens_from_header": Key(kinds.HEADER, ""),
    "options_preflight_bypass": OFF,
    "cors_headers": Table(CORS),
    "http_only_cookie_attribute": Key(kinds.FLAG),
    "same_site_cookie_attribute": Key(kinds.SAME_SITE_KIND, ""),
    "path_cookie_attribute": OFF,
    "enable_binding_cookie": OFF,
    "allowed_idps": Key(kinds.LOGIN_METHOD, (), is_list=True),
    "auto_redirect_to_identity": OFF,
    "custom_deny_message": Key(kinds.TEXT, ""),
    "custom_deny_url": Key(kinds.URL, ""),
    "custom_non_identity_deny_url": Key(kinds.URL, ""),
}

PERSON: Section = {
    "email": Key(kinds.EMAIL, is_required=True),
    "name": Key(kinds.TEXT, ""),
    "country": Key(kinds.COUNTRY, ""),
    "custom": Key(kinds.CLAIMS, {}),
}

CERTIFICATE: Section = {
    "name": Key(kinds.NAME, is_required=True),
    "file": Key(kinds.NAME, is_required=True),
    "associated_hostnames": Key(kinds.TEXT, (), is_list=True),
    "client_certificate_forwarding": OFF,
}

SINGLE: Mapping[str, Section] = {"organisation": ORGANISATION, "choices": CHOICES}
REPEATED: Mapping[str, Section] = {  # `[[…]]`, with the key that tells one from another
    "service_tokens": SERVICE_TOKEN,
    "policies": POLICY,
    "applications": APPLICATION,
    "people": PERSON,
    "certificates": CERTIFICATE,
}
