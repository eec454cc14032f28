"""
Policies and selectors as the configuration file writes them.

A selector is a word (`"everyone"`) or a table of one (`{email = "ada@example.com"}`). A service
token is named by its name, where the API wants its ID.

Source: Cloudflare One documentation, "Access policies": selectors; Bypass and Service Auth are
asked first (rule 17), which is before anybody could have logged in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from barbican.edge.config.kinds import EMAIL, shown
from barbican.edge.config.lines import Place
from barbican.edge.config.report import Report, nearest
from barbican.edge.config.schema import POLICY
from barbican.edge.config.tables import Entry, read_table
from barbican.edge.organisation import rules
from barbican.edge.organisation.model import ONE_TIME_PIN_PROVIDER, Policy, PolicyDecision
from barbican.edge.organisation.selectors import NON_IDENTITY, Selector

WORDS = ("everyone", "any_valid_service_token", "certificate")
# The file's name of a selector -> that of the API, and the member that holds the value.
TABLES: Mapping[str, tuple[str, str]] = {
    "service_token": ("service_token", "token_id"),
    "email": ("email", "email"),
    "email_domain": ("email_domain", "domain"),
    "ip": ("ip", "ip"),
    "country": ("geo", "country_code"),
    "common_name": ("common_name", "common_name"),
    "login_method": ("login_method", "id"),
}
_GROUPS = ("include", "require", "exclude")
_BEFORE_LOGIN = {PolicyDecision.BYPASS: "Bypass", PolicyDecision.NON_IDENTITY: "Service Auth"}


@dataclass
class PolicyReader:
    """Reads policies of one file, whose service tokens and reusable policies are known."""

    report: Report
    tokens: frozenset[str]  # names
    names: frozenset[str]  # of the reusable policies, also of those with a problem of their own
    reusable: Mapping[str, Policy] = field(default_factory=dict)

    def policy(self, entry: Entry, *, is_reusable: bool) -> Policy | None:
        """Return the policy, whose ID is its name; None when it lacks something."""
        groups = {name: self._selectors(entry, name) for name in _GROUPS}
        if not entry.is_whole:
            return None
        return Policy(
            name=entry["name"],
            decision=entry["decision"],
            session_duration=entry["session_duration"],
            id=entry["name"],
            is_reusable=is_reusable,
            include=groups["include"],
            require=groups["require"],
            exclude=groups["exclude"],
        )

    def of_application(self, application: Entry) -> tuple[Policy, ...]:
        """Return an application's policies in their order: by name, or written in place."""
        found = []
        names: dict[str, int] = {}
        for index, each in enumerate(application["policies"]):
            at = (*application.at, "policies", index)
            policy = self._one(each, at)
            if policy is None:
                continue
            if policy.name in names:
                self.report.add(at, f"The policy {policy.name!r} is here twice.")
            names[policy.name] = index
            found.append(policy)
        return tuple(found)

    def _one(self, written: Any, at: Place) -> Policy | None:
        match written:
            case str() if written in self.reusable:
                return self.reusable[written]
            case str() if written in self.names:
                pass  # what is wrong with it is reported where it stands
            case str():
                self.report.add(
                    at,
                    f"There is no policy named {written!r} in this file."
                    f"{nearest(written, self.names)}",
                )
            case dict():
                entry = read_table(written, POLICY, at, self.report, "A policy")
                return self.policy(entry, is_reusable=False)
            case _:
                self.report.add(at, "A policy should be the name of one, or a table.")
        return None

    def _selectors(self, entry: Entry, group: str) -> tuple[Selector, ...]:
        found = []
        for index, written in enumerate(entry[group]):
            at = (*entry.at, group, index)
            try:
                selector = self._selector(written)
            except ValueError as error:
                self.report.add(at, str(error))
                continue
            decision = entry.values.get("decision")
            if decision in _BEFORE_LOGIN and not isinstance(selector, NON_IDENTITY):
                self.report.add(
                    at,
                    f"A policy of the kind {_BEFORE_LOGIN[decision]} is asked before anybody has"
                    f" logged in, so that {next(iter(written))!r} could never match.",
                )
            found.append(selector)
        return tuple(found)

    def _selector(self, written: object) -> Selector:
        """Return the selector. Raises `ValueError` with a sentence."""
        match written:
            case str() if written in WORDS:
                return rules.load({written: {}})
            case str() if written in TABLES:
                raise ValueError(f'The selector {written!r} needs a value: {{{written} = "…"}}.')
            case dict() if len(written) == 1:
                ((name, value),) = written.items()
                return self._with_value(name, value)
            case dict():
                raise ValueError("A selector holds one key: write a table for each.")
            case str():
                raise ValueError(_unknown(written))
            case _:
                raise ValueError(f"A selector is a word or a table, and not {shown(written)}.")

    def _with_value(self, name: str, value: object) -> Selector:
        if name in WORDS:
            raise ValueError(f'The selector {name!r} has no value: write "{name}" alone.')
        if name not in TABLES:
            raise ValueError(_unknown(name))
        if not (isinstance(value, str) and value):
            raise ValueError(f"The selector {name!r} needs one text, and not {shown(value)}.")
        self._check(name, value)
        kind, member = TABLES[name]
        return rules.load({kind: {member: value}})

    def _check(self, name: str, value: str) -> None:
        if name == "service_token" and value not in self.tokens:
            raise ValueError(
                f"There is no service token named {value!r} in this file."
                f"{nearest(value, self.tokens)}"
            )
        if name == "email":
            try:
                EMAIL.read(value)
            except ValueError as error:
                raise ValueError(f"{name!r} {error}.") from None
        if name == "email_domain" and "@" in value:
            raise ValueError(f"'email_domain' is what follows the @, and not {shown(value)}.")
        if name == "login_method" and value != ONE_TIME_PIN_PROVIDER.id:
            raise ValueError(
                f"There is no login method {value!r}: the local edge has"
                f" {ONE_TIME_PIN_PROVIDER.id!r}."
            )


def _unknown(name: str) -> str:
    known = (*WORDS, *TABLES)
    return f"There is no selector {name!r}: {', '.join(known)}.{nearest(name, known)}"
