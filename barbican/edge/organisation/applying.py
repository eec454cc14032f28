"""
Brings an organisation up to date with the configuration file: pure, nothing is read or written.

What the file names is made or updated, and keeps its ID, AUD tag, Client ID and Client Secret.
What the file named the last time and names no more is removed. What came through the management
API is kept, and so are API changes as long as the file says the same as before.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from barbican.edge.config.kinds import lifetime
from barbican.edge.config.values import Configuration, ServiceTokenEntry
from barbican.edge.organisation.callers import ServiceToken
from barbican.edge.organisation.minting import service_token
from barbican.edge.organisation.model import (
    Application,
    CaCertificate,
    Organisation,
    Person,
    Policy,
)
from barbican.edge.organisation.selectors import Selector, ServiceTokenIs

Ids = Mapping[str, str]  # name in the file -> ID


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied last, and which things came of it."""

    digest: str = ""
    service_tokens: Ids = field(default_factory=dict)
    policies: Ids = field(default_factory=dict)
    applications: Ids = field(default_factory=dict)
    certificates: Ids = field(default_factory=dict)
    people: tuple[str, ...] = ()  # addresses in lower case
    certificate_forwarding: tuple[str, ...] = ()  # hosts


NOTHING = Applied()

_N = TypeVar("_N", ServiceToken, Policy, Application, CaCertificate)


def apply(
    configuration: Configuration, before: Organisation | None, last: Applied, now: float
) -> tuple[Organisation, Applied]:
    """Return the organisation of now, and what to remember for the next time."""
    wanted = configuration.organisation
    before = before or replace(wanted, applications=(), policies=(), people=(), certificates=())
    merge = _Merge(before, last, now)
    tokens = tuple(merge.service_token(each) for each in configuration.service_tokens)
    merge.token_ids = _ids(tokens)
    policies = tuple(merge.reusable(each) for each in wanted.policies)
    merge.policies = {each.name: each for each in policies}
    applications = tuple(merge.application(each) for each in wanted.applications)
    certificates = tuple(merge.certificate(each) for each in wanted.certificates)
    applied = Applied(
        digest=configuration.digest,
        service_tokens=_ids(tokens),
        policies=_ids(policies),
        applications=_ids(applications),
        certificates=_ids(certificates),
        people=tuple(each.email.lower() for each in wanted.people),
        certificate_forwarding=tuple(sorted(wanted.certificate_forwarding)),
    )
    made = replace(
        wanted,
        service_tokens=tokens,
        policies=policies,
        applications=applications,
        certificates=certificates,
        identity_providers=before.identity_providers,
    )
    return _with_others(made, before, last), applied


def _with_others(made: Organisation, before: Organisation, last: Applied) -> Organisation:
    """Return the organisation with what came from elsewhere behind what came from the file."""
    policies = (*made.policies, *_others(before.policies, made.policies, last.policies))
    theirs = _others(before.applications, made.applications, last.applications)
    tokens = _others(before.service_tokens, made.service_tokens, last.service_tokens)
    certificates = _others(before.certificates, made.certificates, last.certificates)
    return replace(
        made,
        service_tokens=(*made.service_tokens, *tokens),
        policies=policies,
        applications=(*made.applications, *_relinked(theirs, policies)),
        certificates=(*made.certificates, *certificates),
        people=_people(made, before, last),
        certificate_forwarding=made.certificate_forwarding
        | (before.certificate_forwarding - set(last.certificate_forwarding)),
    )


@dataclass
class _Merge:
    """Makes or updates one thing after the other."""

    before: Organisation
    last: Applied
    now: float
    token_ids: Ids = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)  # the reusable ones, by name

    def service_token(self, entry: ServiceTokenEntry) -> ServiceToken:
        former = _former(self.before.service_tokens, entry.name, self.last.service_tokens)
        duration, expires_at = _validity(entry, former, self.now)
        wanted = replace(
            former or service_token(entry.name, None),
            name=entry.name,
            duration=duration,
            expires_at=expires_at,
            is_enabled=entry.is_enabled,
        )
        return _stamped(wanted, former, self.now)

    def reusable(self, wanted: Policy) -> Policy:
        return self._policy(wanted, _former(self.before.policies, wanted.name, self.last.policies))

    def application(self, wanted: Application) -> Application:
        former = _former(self.before.applications, wanted.name, self.last.applications)
        own = [each for each in former.policies if not each.is_reusable] if former else []
        policies = [
            self.policies[each.name]
            if each.is_reusable
            else self._policy(each, _former(own, each.name, {}))
            for each in wanted.policies
        ]
        resolved = replace(
            wanted,
            id=former.id if former else str(uuid.uuid4()),
            aud=former.aud if former else secrets.token_hex(32),
            policies=tuple(policies),
        )
        return _stamped(resolved, former, self.now)

    def certificate(self, wanted: CaCertificate) -> CaCertificate:
        former = _former(self.before.certificates, wanted.name, self.last.certificates)
        known = replace(wanted, id=former.id if former else str(uuid.uuid4()))
        return _stamped(known, former, self.now)

    def _policy(self, wanted: Policy, former: Policy | None) -> Policy:
        resolved = replace(
            wanted,
            id=former.id if former else str(uuid.uuid4()),
            include=_resolved(wanted.include, self.token_ids),
            require=_resolved(wanted.require, self.token_ids),
            exclude=_resolved(wanted.exclude, self.token_ids),
        )
        return _stamped(resolved, former, self.now)


def _validity(
    entry: ServiceTokenEntry, former: ServiceToken | None, now: float
) -> tuple[str, float | None]:
    """Return duration and expiry. A duration counts from the day when it was first asked for."""
    if entry.expires_at is not None:
        if former is not None and former.expires_at == entry.expires_at:
            return former.duration, former.expires_at
        return f"{round(entry.expires_at - now)}s", entry.expires_at
    if former is not None and former.duration == entry.duration:
        return former.duration, former.expires_at
    lasts = lifetime(entry.duration)
    return entry.duration, None if lasts is None else now + lasts


def _resolved(selectors: tuple[Selector, ...], tokens: Ids) -> tuple[Selector, ...]:
    """Return the selectors with the ID of each service token in the place of its name."""
    return tuple(
        ServiceTokenIs(tokens[each.token_id]) if isinstance(each, ServiceTokenIs) else each
        for each in selectors
    )


def _people(wanted: Organisation, before: Organisation, last: Applied) -> tuple[Person, ...]:
    from_file = {*last.people, *(each.email.lower() for each in wanted.people)}
    others = (each for each in before.people if each.email.lower() not in from_file)
    return (*wanted.people, *others)


def _former(things: Iterable[_N], name: str, ids: Ids) -> _N | None:
    """Return what came of this name the last time, else what has the name and no other origin."""
    if name in ids:
        return next((each for each in things if each.id == ids[name]), None)
    taken = set(ids.values())
    return next((each for each in things if each.name == name and each.id not in taken), None)


def _others(things: Iterable[_N], made: Iterable[_N], ids: Ids) -> tuple[_N, ...]:
    """Return what came from elsewhere, and neither from this file nor from the last one."""
    ours = {*ids.values(), *(each.id for each in made)}
    return tuple(each for each in things if each.id not in ours)


def _relinked(
    applications: Iterable[Application], reusable: Iterable[Policy]
) -> tuple[Application, ...]:
    """Return other applications with the reusable policies of now; what is gone is left out."""
    by_id = {each.id: each for each in reusable}

    def policies(application: Application) -> tuple[Policy, ...]:
        found = [by_id.get(each.id) if each.is_reusable else each for each in application.policies]
        return tuple(each for each in found if each)

    return tuple(replace(each, policies=policies(each)) for each in applications)


def _stamped(wanted: _N, former: _N | None, now: float) -> _N:
    """Return it with its times: made once, and updated only when something else changed."""
    if former is None:
        return replace(wanted, created_at=now, updated_at=now)
    same = replace(wanted, created_at=former.created_at, updated_at=former.updated_at)
    return same if same == former else replace(same, updated_at=now)


def _ids(things: Iterable[_N]) -> dict[str, str]:
    return {each.name: each.id for each in things}
