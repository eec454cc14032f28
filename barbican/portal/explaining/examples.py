"""
Answers to try, in `pasted/`: invented, after the shapes that were observed.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

_FOLDER = Path(__file__).parent / "pasted"


class Example:
    def __init__(self, name: str, label: str) -> None:
        self.name, self.label = name, label

    @cached_property
    def text(self) -> str:
        return (_FOLDER / f"{self.name}.txt").read_text(encoding="utf-8")


EXAMPLES = {
    name: Example(name, label)
    for name, label in (
        ("login", "302 with a service token"),
        ("strict", "403 of Access"),
        ("firewall", "403 of a bot rule"),
        ("followed", "200 with the wrong page"),
        ("origin", "401 of this portal"),
        ("tunnel", "530 of a tunnel"),
    )
}
