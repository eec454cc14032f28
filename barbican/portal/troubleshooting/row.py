"""
One row of the troubleshooting matrix: what somebody sees, who says it, and what to do.

Source: the marks of evidence are those of `docs/edge-fidelity.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

from barbican.portal.troubleshooting import citations

MARKS = {
    "D": "Documented by Cloudflare",
    "D-draft": "In a draft of Cloudflare's documentation, not in the published text",
    "S": "Seen in Cloudflare's own source code",
    "O": "Observed and published by others; Cloudflare does not document it",
    "I": "Concluded from the facts beside it",
    "U": "Not publicly known",
    "P": "A choice of this project",
    "T": "Held by this project's own tests",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Who answers."""

    id: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Source:
    mark: str  # one of MARKS
    where: str

    @property
    def words(self) -> str:
        return MARKS[self.mark]

    @property
    def href(self) -> str:
        """Return the address of the page of Cloudflare's documentation, if it is known."""
        return citations.address(self.where) if self.mark == "D" else ""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Commands for the local edge, and the status that comes back."""

    start: str  # the command that starts what is asked, most often the demo
    commands: tuple[str, ...]
    status: int
    flags: tuple[str, ...] = ()  # of `python -m barbican.demo`
    setup: str = ""  # what to change in `edge.toml` before, or what else is started
    is_beside: bool = False  # it starts neither edge nor origin of the demo

    @property
    def takes_values(self) -> bool:
        """Say whether the commands need the values that the demo prints as `export` lines."""
        return any("_CLIENT_ID" in command for command in self.commands)


@dataclass(frozen=True, slots=True)
class Row:
    """Text is plain, but for `code` between backticks."""

    code: str  # its address
    group: Group
    seen: str
    means: str
    steps: tuple[str, ...]
    sources: tuple[Source, ...]
    status: int | None = None
    signs: tuple[str, ...] = ()  # by which it is known
    strict: str = ""
    legacy: str = ""
    reproduction: Reproduction | None = None
    cannot: str = ""  # why the local edge cannot be made to say it by one command
    see: tuple[str, ...] = ()  # codes of other rows
    words: str = ""  # to be found by, besides the text
