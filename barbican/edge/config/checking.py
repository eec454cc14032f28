"""
The answer of `runedge --check`: what the configuration file holds, or every line that is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barbican.edge.config.loading import load
from barbican.edge.config.report import ConfigError
from barbican.edge.config.values import Configuration

_SINGULAR = {
    "applications": "application",
    "policies": "policy",
    "service_tokens": "service token",
    "people": "person",
    "certificates": "certificate",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, looked at."""

    name: str
    found: Configuration | None
    error: ConfigError | None

    def sentence(self) -> str:
        """Return one sentence; where something is wrong, one line more for each problem."""
        if self.found is None:
            return complaint(self.error) if self.error else ""
        return f"{self.name} is sound: {', '.join(_counted(self.found))}."

    def record(self) -> dict[str, Any]:
        """Return the same for a program."""
        problems = self.error.problems if self.error else ()
        return {
            "file": self.name,
            "valid": self.found is not None,
            "errors": [{"line": each.line or None, "message": each.message} for each in problems],
            **(dict(_counts(self.found)) if self.found else {}),
        }


def check(path: Path, base_domain: str, name: str) -> Checked:
    """Return what there is to say about the file. Never raises on its account."""
    try:
        return Checked(name, load(path, base_domain, name), None)
    except ConfigError as error:
        return Checked(name, None, error)


def complaint(error: ConfigError) -> str:
    """Return the problems as lines for a terminal, below a sentence that counts them."""
    lines, total = error.sentences(), len(error.problems)
    if not any(each.line for each in error.problems):
        return " ".join(lines)
    count = "an error" if total == 1 else f"{total} errors"
    return "\n".join([f"{error.name} has {count}.", *lines])


def _counted(found: Configuration) -> list[str]:
    return [
        f"{count} {(_SINGULAR[name] if count == 1 else name).replace('_', ' ')}"
        for name, count in _counts(found)
    ]


def _counts(found: Configuration) -> list[tuple[str, int]]:
    organisation = found.organisation
    return [
        ("applications", len(organisation.applications)),
        ("policies", len(organisation.policies)),
        ("service_tokens", len(found.service_tokens)),
        ("people", len(organisation.people)),
        ("certificates", len(organisation.certificates)),
    ]
