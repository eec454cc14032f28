"""
Lets machines with a certificate of the local CA in: pure changes of the organisation.

Source: Cloudflare One documentation, "Mutual TLS": a CA is uploaded for hosts, and a Service Auth
policy with Valid Certificate or Common Name admits its certificates. An upload alone admits nobody.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from barbican.edge.certificates.ca_certificates import ca_certificate
from barbican.edge.organisation.model import Application, Organisation, Policy, PolicyDecision
from barbican.edge.organisation.selectors import CommonNameIs


def hosts(organisation: Organisation) -> tuple[str, ...]:
    """Return every host of an application that has no wildcard: what a CA can be uploaded for."""
    found = (each.host for app in organisation.applications for each in app.destinations)
    return tuple(dict.fromkeys(host for host in found if "*" not in host))


def with_authority(
    organisation: Organisation, pem: str, name: str, wanted: tuple[str, ...], now: float
) -> Organisation:
    """Return it with this CA uploaded for these hosts too. Raises `ValueError` for no PEM."""
    fresh = ca_certificate(pem.encode(), id=str(uuid.uuid4()), name=name, hosts=wanted, now=now)
    held = [each for each in organisation.certificates if each.fingerprint == fresh.fingerprint]
    if not held:
        return replace(organisation, certificates=(*organisation.certificates, fresh))
    old = held[0]
    joined = tuple(dict.fromkeys((*old.associated_hostnames, *wanted)))
    if joined == old.associated_hostnames:
        return organisation
    new = replace(old, associated_hostnames=joined, updated_at=now)
    certificates = tuple(new if each is old else each for each in organisation.certificates)
    return replace(organisation, certificates=certificates)


def with_common_name(
    organisation: Organisation, common_name: str, wanted: tuple[str, ...], now: float
) -> Organisation:
    """Return it with a Service Auth policy for this common name on these hosts' applications."""
    policy = Policy(
        id=str(uuid.uuid4()),
        name=f"Service Auth for the certificate {common_name}",
        decision=PolicyDecision.NON_IDENTITY,
        include=(CommonNameIs(common_name),),
        session_duration=0,  # "No duration, expires immediately"
        created_at=now,
        updated_at=now,
    )
    applications = tuple(
        _with_policy(each, policy) if _is_at(each, wanted) else each
        for each in organisation.applications
    )
    return replace(organisation, applications=applications)


def _is_at(application: Application, wanted: tuple[str, ...]) -> bool:
    return any(each.host in wanted for each in application.destinations)


def _with_policy(application: Application, policy: Policy) -> Application:
    if any(
        each.decision is policy.decision and each.include == policy.include
        for each in application.policies
    ):
        return application
    return replace(application, policies=(*application.policies, policy))
