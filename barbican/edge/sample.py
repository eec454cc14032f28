"""
The organisation of `make demo`: two applications, and service tokens that are good, not named,
expired and disabled. All of it is invented at the first start and worthless elsewhere.

Source: contract, section 7; Cloudflare documentation, "Service tokens": the secret's format.
"""

from __future__ import annotations

import secrets
import string
import uuid
import zlib
from dataclasses import replace

from barbican.edge.callers import ServiceToken
from barbican.edge.destinations import Destination
from barbican.edge.model import Application, Organisation, Policy, PolicyDecision
from barbican.edge.selectors import ServiceTokenIs

SLUG = "service-token"
DEMO_TOKEN = "barbican-demo-token"  # noqa: S105 - a name
OTHER_TOKEN = "barbican-other-token"  # noqa: S105 - a name
EXPIRED_TOKEN = "barbican-expired-token"  # noqa: S105 - a name
DISABLED_TOKEN = "barbican-disabled-token"  # noqa: S105 - a name

YEAR = 365 * 24 * 3600  # seconds: how long a new service token lasts
# Python's and other clients do not resolve `*.localhost`; these names reach the path application.
LOOPBACK_HOSTS = ("127.0.0.1", "[::1]", "localhost")
_ALPHABET = string.ascii_letters + string.digits


def client_secret() -> str:
    """
    Return a new Client Secret: `cfast_`, 40 alphanumerics and a checksum of 8.

    Access does not document its checksum; here it is the CRC-32 of what stands before it.
    """
    body = "cfast_" + "".join(secrets.choice(_ALPHABET) for _ in range(40))
    return f"{body}{zlib.crc32(body.encode()):08x}"


def service_token(name: str, expires_at: float | None, *, is_enabled: bool = True) -> ServiceToken:
    """Return a new service token with a Client ID and a Client Secret of its own."""
    return ServiceToken(
        id=str(uuid.uuid4()),
        name=name,
        client_id=f"{secrets.token_hex(16)}.access",
        client_secret=client_secret(),
        expires_at=expires_at,
        is_enabled=is_enabled,
    )


def organisation(base_domain: str, now: float) -> Organisation:
    """Return a new sample organisation for a portal on this domain."""
    demo = service_token(DEMO_TOKEN, now + YEAR)
    expired = service_token(EXPIRED_TOKEN, now - 3600)
    disabled = service_token(DISABLED_TOKEN, now + YEAR, is_enabled=False)
    service_auth = Policy(
        id=str(uuid.uuid4()),
        name="Service Auth for the demo",
        decision=PolicyDecision.NON_IDENTITY,
        include=tuple(ServiceTokenIs(token.id) for token in (demo, expired, disabled)),
        session_duration=0,  # "No duration, expires immediately"
    )
    by_path, by_host = _destinations(base_domain)
    return Organisation(
        team_name="barbican-local",
        base_domain=base_domain,
        applications=(
            _application("Service token demo, by path", by_path, service_auth),
            _application("Service token demo, by subdomain", by_host, service_auth),
        ),
        service_tokens=(demo, service_token(OTHER_TOKEN, now + YEAR), expired, disabled),
    )


def moved(organisation: Organisation, base_domain: str) -> Organisation:
    """Return the sample organisation on another domain, with the same tokens and AUD tags."""
    changed = tuple(
        replace(application, destinations=destinations)
        for application, destinations in zip(
            organisation.applications, _destinations(base_domain), strict=True
        )
    )
    return replace(organisation, base_domain=base_domain, applications=changed)


def _destinations(base_domain: str) -> tuple[tuple[Destination, ...], tuple[Destination, ...]]:
    hosts = dict.fromkeys((base_domain, *LOOPBACK_HOSTS))
    by_path = tuple(Destination.parse(f"{host}/{SLUG}") for host in hosts)
    return by_path, (Destination.parse(f"{SLUG}.{base_domain}"),)


def _application(name: str, destinations: tuple[Destination, ...], policy: Policy) -> Application:
    return Application(
        id=str(uuid.uuid4()),
        name=name,
        aud=secrets.token_hex(32),
        destinations=destinations,
        policies=(policy,),
        service_auth_401_redirect=True,
    )
