"""
Puts a configuration together from the tables of the file, and checks what spans several of them:
names that are there twice, names that nothing has, keys that exclude each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barbican.edge.config.certificates import certificate
from barbican.edge.config.destinations import DestinationReader
from barbican.edge.config.policies import PolicyReader
from barbican.edge.config.report import Report
from barbican.edge.config.schema import REPEATED
from barbican.edge.config.tables import Entry, Tables
from barbican.edge.config.values import Configuration, ServiceTokenEntry
from barbican.edge.organisation.choices import Choices
from barbican.edge.organisation.model import (
    Application,
    CaCertificate,
    CorsHeaders,
    Organisation,
    Person,
    Policy,
)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds one configuration. What it returns is worth something only without problems."""

    tables: Tables
    report: Report
    destinations: DestinationReader
    path: Path  # of the file: others are found beside it

    def build(self) -> Configuration:
        for kind in REPEATED:
            by_email = kind == "people"
            self._no_two(kind, "email" if by_email else "name", str.lower if by_email else str)
        certificates, forwarding = self._certificates()
        policies, reusable = self._policies()
        organisation = Organisation(
            base_domain=self.destinations.base_domain,
            applications=self._applications(policies),
            service_tokens=(),
            policies=reusable,
            people=tuple(Person(**each.values) for each in self._all("people") if each.is_whole),
            certificates=certificates,
            certificate_forwarding=forwarding,
            choices=Choices(**self.tables.single["choices"].values),
            **self._settings(),
        )
        tokens = tuple(self._service_token(each) for each in self._all("service_tokens"))
        return Configuration(organisation, tokens, (self.path, *self._pem_files()))

    def _all(self, kind: str) -> list[Entry]:
        return self.tables.repeated[kind]

    def _settings(self) -> dict[str, Any]:
        values = dict(self.tables.single["organisation"].values)
        return {"is_strict": values.pop("strict_service_token_auth"), **values}

    def _no_two(self, kind: str, key: str, fold: Callable[[str], str]) -> None:
        first: dict[str, Entry] = {}
        for entry in self._all(kind):
            name = entry[key]
            if name is None:  # reported when it was read
                continue
            before = first.setdefault(fold(name), entry)
            if before is not entry:
                line = self.report.line((*before.at, key))
                self.report.add((*entry.at, key), f"{name!r} is there already, on line {line}.")

    def _service_token(self, entry: Entry) -> ServiceTokenEntry:
        at = (*entry.at, "expires_at")
        if entry["expires_at"] is not None and (*entry.at, "duration") in self.report.lines:
            self.report.add(at, "'expires_at' and 'duration' exclude each other.")
        return ServiceTokenEntry(
            entry["name"], entry["duration"], entry["expires_at"], entry["enabled"]
        )

    def _policies(self) -> tuple[PolicyReader, tuple[Policy, ...]]:
        tokens, names = (
            frozenset(str(each["name"]) for each in self._all(kind))
            for kind in ("service_tokens", "policies")
        )
        reader = PolicyReader(self.report, tokens, names)
        found = [reader.policy(each, is_reusable=True) for each in self._all("policies")]
        reusable = tuple(each for each in found if each)
        reader.reusable = {each.name: each for each in reusable}
        return reader, reusable

    def _applications(self, policies: PolicyReader) -> tuple[Application, ...]:
        found = [self._application(each, policies) for each in self._all("applications")]
        return tuple(each for each in found if each)

    def _application(self, entry: Entry, policies: PolicyReader) -> Application | None:
        destinations = self.destinations.of_application(entry)
        own = policies.of_application(entry)
        cors: Entry | None = entry["cors_headers"]
        if cors is not None and entry["options_preflight_bypass"]:
            self.report.add(
                (*entry.at, "options_preflight_bypass"),
                "'options_preflight_bypass' and 'cors_headers' exclude each other: a preflight is"
                " either passed on or answered.",
            )
        if not entry.is_whole:
            return None
        read = {
            "destinations": destinations,
            "policies": own,
            "cors_headers": None if cors is None else CorsHeaders(**cors.values),
        }
        return Application(id=entry["name"], aud="", **{**entry.values, **read})

    def _certificates(self) -> tuple[tuple[CaCertificate, ...], frozenset[str]]:
        found: list[CaCertificate] = []
        forwarding: set[str] = set()
        for entry in self._all("certificates"):
            hosts = self.destinations.hosts(entry)
            if entry["client_certificate_forwarding"]:
                forwarding.update(hosts)
            if not entry.is_whole:
                continue
            try:
                found.append(certificate(entry["name"], self.path.parent / entry["file"], hosts))
            except ValueError as error:
                self.report.add((*entry.at, "file"), str(error))
        return tuple(found), frozenset(forwarding)

    def _pem_files(self) -> list[Path]:
        named = [each["file"] for each in self._all("certificates") if each["file"]]
        return [self.path.parent / name for name in named]
