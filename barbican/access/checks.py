"""
System checks. Every id is stable and every hint says what to do.

    access.W001  nothing is configured yet
    access.E001  AUD tags without a team domain
    access.E002  the team domain is unsafe or malformed; this also stops the start
    access.E003  an application without an AUD tag
    access.E004  an AUD tag that is not one
    access.E005  a Client ID that is not one
    access.E006  a leeway out of range
    access.E007  the local edge is allowed (with --deploy)
    access.E008  one AUD tag for two applications
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from barbican.access import conf

MAX_LEEWAY = 300  # seconds; RFC 7519 4.1.4: "no more than a few minutes"

W001 = Warning(
    "Cloudflare Access is not configured: every demo answers 503 not_configured.",
    hint="Set ACCESS_TEAM_DOMAIN and SERVICE_TOKEN_AUD, or run `make demo`, which needs neither.",
    id="access.W001",
)
E001 = Error(
    "AUD tags are set, but ACCESS_TEAM_DOMAIN is not.",
    hint="Set ACCESS_TEAM_DOMAIN=https://<team>.cloudflareaccess.com.",
    id="access.E001",
)
E002 = Error(
    "ACCESS_TEAM_DOMAIN is not the https origin of a team at cloudflareaccess.com.",
    hint=(
        "Use https://<team>.cloudflareaccess.com without a trailing slash or path. Only the local "
        "edge may be http on loopback, and only with ACCESS_LOCAL_EDGE=true."
    ),
    id="access.E002",
)
E006 = Error(
    "ACCESS_LEEWAY is out of range.",
    hint=f"Use a whole number of seconds from 0 to {MAX_LEEWAY}; 30 is usual.",
    id="access.E006",
)
E007 = Error(
    "ACCESS_LOCAL_EDGE is on: anyone who can listen on loopback could sign tokens.",
    hint="Remove ACCESS_LOCAL_EDGE where real visitors come; it is for laptops and tests.",
    id="access.E007",
)
E008 = Error(
    "Two applications share an AUD tag, so a token for one opens the other.",
    hint="Give each demo and the admin an Access application of its own.",
    id="access.E008",
)


def variable(name: str, suffix: str = "AUD") -> str:
    """Return the environment variable that configures an application."""
    return f"{name.upper()}_{suffix}"


def faults(name: str) -> list[tuple[str, str]]:
    """Return each variable that keeps an application from being set up, and what is wrong."""
    entry, domain = conf.applications().get(name, {}), conf.team_domain()
    tags, client_ids = list(entry.get("audience_tags", ())), list(entry.get("client_ids", ()))
    found = []
    if not conf.is_safe_team_domain(domain):
        state = "not https on cloudflareaccess.com" if domain else "unset"
        found.append(("ACCESS_TEAM_DOMAIN", state))
    if not (tags and conf.are_audience_tags(tags)):
        state = "malformed: an AUD tag is 64 hex digits, in lower case" if tags else "unset"
        found.append((variable(name), state))
    if not conf.are_client_ids(client_ids):
        state = "malformed: a Client ID is 32 hex digits and .access"
        found.append((variable(name, "CLIENT_IDS"), state))
    return found


def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Report what is missing or malformed."""
    domain, configured = conf.team_domain(), conf.applications()
    has_tags = any(entry.get("audience_tags") for entry in configured.values())
    if not domain and not has_tags:
        return [W001, *_check_leeway()]
    found: list[CheckMessage] = []
    if not domain:
        found.append(E001)
    elif not conf.is_safe_team_domain(domain):
        found.append(E002)
    for name, entry in configured.items():
        found += _check_application(name, list(entry.get("audience_tags", ())))
        found += _check_client_ids(name, list(entry.get("client_ids", ())))
    tags = Counter(tag for each in configured.values() for tag in set(each["audience_tags"]))
    if any(count > 1 for count in tags.values()):
        found.append(E008)
    return found + _check_leeway()


def check_deployment(**_kwargs: Any) -> list[CheckMessage]:
    return [E007] if conf.local_edge() else []


def refuse_unsafe_start() -> None:
    """Raise `ImproperlyConfigured` when keys would come from somewhere unsafe."""
    domain = conf.team_domain()
    if domain and not conf.is_safe_team_domain(domain):
        raise ImproperlyConfigured(f"{E002.msg} {E002.hint}")


def register_checks() -> None:
    register(check_settings, Tags.security)
    register(check_deployment, Tags.security, deploy=True)


def _check_application(name: str, tags: list[str]) -> list[CheckMessage]:
    setting = variable(name)
    if not tags:
        # The admin's own application is a choice; Django's password protects it meanwhile.
        return [] if name == conf.ADMIN else [_missing_tag(setting)]
    if conf.are_audience_tags(tags):
        return []
    return [
        Error(
            f"{setting} holds something that is not an AUD tag of 64 hex digits.",
            hint="Copy the Application Audience (AUD) Tag from the Access application.",
            id="access.E004",
        )
    ]


def _missing_tag(setting: str) -> CheckMessage:
    return Error(
        f"{setting} is not set: that demo answers 503 not_configured.",
        hint=f"Set {setting} to the AUD tags of the demo's Access applications, with commas.",
        id="access.E003",
    )


def _check_client_ids(name: str, client_ids: list[str]) -> list[CheckMessage]:
    if conf.are_client_ids(client_ids):
        return []
    return [
        Error(
            f"{variable(name, 'CLIENT_IDS')} holds something that is not a Client ID.",
            hint="A Client ID is 32 hex digits and `.access`. The Client Secret is never needed.",
            id="access.E005",
        )
    ]


def _check_leeway() -> list[CheckMessage]:
    return [] if 0 <= conf.leeway() <= MAX_LEEWAY else [E006]
