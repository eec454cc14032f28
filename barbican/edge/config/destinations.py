"""
Destinations and host names as the configuration file writes them.

`{base_domain}` stands for the domain that the edge is started for, so that one file serves
`localhost` and any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from barbican.edge.config.report import Report
from barbican.edge.config.tables import Entry
from barbican.edge.organisation.destinations import Destination

PLACEHOLDER = "{base_domain}"

_HOST = re.compile(r"(?!-)[a-z0-9*_-]+(\.[a-z0-9*_-]+)*|\[[0-9a-f:.]+\]")


def is_domain(text: str) -> bool:
    """Say whether this can be the domain of a portal."""
    return bool(_HOST.fullmatch(text)) and "*" not in text


@dataclass
class DestinationReader:
    """Reads destinations of one file: no two applications may have the same."""

    report: Report
    base_domain: str
    _owners: dict[Destination, str] = field(default_factory=dict)

    def of_application(self, entry: Entry) -> tuple[Destination, ...]:
        """Return the application's destinations, each of them once."""
        found: dict[Destination, None] = {}
        for index, destination in self._each(entry, "destinations"):
            owner = self._owners.setdefault(destination, str(entry["name"]))
            if destination not in found and owner != str(entry["name"]):
                self.report.add(
                    (*entry.at, "destinations", index),
                    f"{str(destination)!r} belongs to {owner!r} already.",
                )
            found[destination] = None
        return tuple(found)

    def hosts(self, entry: Entry) -> tuple[str, ...]:
        """Return the host names of a certificate."""
        found = []
        for index, destination in self._each(entry, "associated_hostnames"):
            if destination.path:
                at = (*entry.at, "associated_hostnames", index)
                self.report.add(at, f"{str(destination)!r} should be a host without a path.")
            found.append(destination.host)
        return tuple(found)

    def _each(self, entry: Entry, key: str) -> list[tuple[int, Destination]]:
        found = []
        for index, text in enumerate(entry[key] or ()):
            if text is None:  # reported when it was read
                continue
            try:
                found.append((index, self._destination(text)))
            except ValueError as error:
                self.report.add((*entry.at, key, index), str(error))
        return found

    def _destination(self, text: str) -> Destination:
        full = text.replace(PLACEHOLDER, self.base_domain)
        host = full.partition("/")[0]
        if "{" in full or "}" in full:
            raise ValueError(f"{text!r} has braces: {PLACEHOLDER} is all that is filled in.")
        if ":" in host and "://" not in full and not host.startswith("["):
            raise ValueError(f"{text!r} names a port: leave it out, as Access ignores ports.")
        found = Destination.parse(full)
        if not _HOST.fullmatch(found.host) or any(not "!" <= char <= "~" for char in full):
            raise ValueError(f"{text!r} is not a destination: write host or host/path, in ASCII.")
        return found
