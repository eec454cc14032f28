"""
Everything that is wrong with a configuration file, line by line and all in one go.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from barbican.edge.config.lines import Place

MOST = 50  # sentences in a terminal


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One sentence about one line."""

    line: int  # from 1; 0 is the file as a whole
    message: str


class ConfigError(Exception):
    """The configuration cannot be used. `str()` is one line for each of the first problems."""

    def __init__(
        self, name: str, problems: Iterable[Problem], files: tuple[Path, ...] = ()
    ) -> None:
        self.name = name  # the file, as the user wrote it
        self.files = files  # all that the answer depends on; empty is the file alone
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(self.sentences()))

    def sentences(self) -> list[str]:
        """Return `edge.toml:17: …` for the first problems, in the order of the lines."""
        found = [
            f"{self.name}:{each.line}: {each.message}" if each.line else each.message
            for each in self.problems[:MOST]
        ]
        more = len(self.problems) - MOST
        return [*found, f"{more} more are not shown."] if more > 0 else found


@dataclass
class Report:
    """Collects problems by path, and knows the line of each path."""

    lines: Mapping[Place, int]
    problems: list[Problem] = field(default_factory=list)

    def add(self, at: Place, message: str) -> None:
        self.problems.append(Problem(self.line(at), message))

    def line(self, at: Place) -> int:
        """Return the line of the path, or of the nearest thing around it that has one."""
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean …?` when something known is near, else nothing."""
    close = difflib.get_close_matches(name, list(known), 1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
