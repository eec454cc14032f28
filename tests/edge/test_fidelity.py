from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from barbican.edge.organisation.choices import Choices
from tests.edge.test_behaviours import ELSEWHERE, ROWS

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "edge-fidelity.md").read_text()
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]
BEHAVIOURS = {int(cells[0]): cells for cells in LINES if cells[0].isdigit()}
CHOICES = {cells[0].strip("`"): cells for cells in LINES if len(cells) == 3}
TESTS = {number: re.findall(r"`([^`]+)`", cells[5]) for number, cells in BEHAVIOURS.items()}
EVIDENCE = re.compile(r"\b(D|D-draft|S|O|I|U|P)\b")


def names(file):
    """Return every test of a file as `Class::test`, or `test` outside a class."""
    found = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if hasattr(each, "name")}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return found


class TestTellsOf:
    def test_every_behaviour_with_its_evidence_and_both_modes(self):
        assert sorted(BEHAVIOURS) == list(range(1, 35))
        for number, cells in BEHAVIOURS.items():
            assert len(cells) == 6, number
            assert all(cells), number
            assert EVIDENCE.search(cells[2]), number

    def test_every_row_by_its_number(self):
        told = {number for number, tests in TESTS.items() if f"test_rule[{number:02} …]" in tests}
        assert told == {row.number for row in ROWS}

    @pytest.mark.parametrize("number", sorted(TESTS))
    def test_tests_that_exist(self, number):
        assert TESTS[number]
        for named in TESTS[number]:
            if named.startswith("test_rule["):
                assert named == f"test_rule[{number:02} …]"
            elif "::" in named:
                file, _colons, test = named.partition("::")
                assert test in names(HERE / file), named
            else:
                assert ELSEWHERE[number] == named

    def test_every_choice_with_its_default(self):
        defaults = {each.name: getattr(Choices(), each.name) for each in fields(Choices)}
        told = {name: cells[1] for name, cells in CHOICES.items() if name in defaults}
        assert told == {name: f"`{json.dumps(value)}`" for name, value in defaults.items()}
