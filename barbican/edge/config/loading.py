"""
Reads the configuration file of the local edge, `edge.toml`, and says everything that is wrong
with it in one go.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from barbican.edge.config import files, lines, tables
from barbican.edge.config.builder import Builder
from barbican.edge.config.destinations import DestinationReader, is_domain
from barbican.edge.config.nesting import DEEPEST, too_deep
from barbican.edge.config.report import ConfigError, Problem, Report
from barbican.edge.config.values import Configuration

SHIPPED = Path(__file__).resolve().parents[3] / "edge.toml"
LARGEST = 1024 * 1024  # bytes: nobody writes a longer one by hand

_POSITION = re.compile(r" \(at line (\d+), column \d+\)| \(at end of document\)")


def load(path: Path = SHIPPED, base_domain: str = "localhost", name: str = "") -> Configuration:
    """
    Return what the file says. `name` is what messages call it.

    Raises `ConfigError` with every problem that there is.
    """
    name = name or path.name
    try:
        raw = files.read(path, LARGEST + 1)
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise ConfigError(name, [Problem(0, f"Cannot read {name}: {why}.")]) from error
    if len(raw) > LARGEST:
        raise ConfigError(name, [Problem(0, f"{name} is larger than {LARGEST} bytes.")])
    return parse(_decoded(raw, name), path, base_domain, name)


def parse(text: str, path: Path, base_domain: str, name: str) -> Configuration:
    """Return what the text says; files that it names are looked for beside `path`."""
    base_domain = base_domain.lower()
    if not is_domain(base_domain):
        why = f"{base_domain!r} is no domain that the edge can serve."
        raise ConfigError(name, [Problem(0, why)])
    content = _content(text, name)
    report = Report(lines.lines(text))
    if not content:
        report.add((), "The file says nothing: write [[applications]] for what is protected.")
    found = tables.read(content, report)
    built = Builder(found, report, DestinationReader(report, base_domain), path).build()
    if report.problems:
        raise ConfigError(name, report.problems, built.files)
    return built


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(name, [Problem(line, "The file should be UTF-8.")]) from error


def _content(text: str, name: str) -> dict[str, Any]:
    if line := too_deep(text):
        raise ConfigError(name, [Problem(line, f"This is nested more than {DEEPEST} deep.")])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _POSITION.search(str(error))
        line = int(place[1]) if place and place[1] else text.rstrip("\n").count("\n") + 1
        message = _POSITION.sub("", str(error)).rstrip(".")
        raise ConfigError(name, [Problem(line, f"This is no TOML: {message}.")]) from error
    except ValueError as error:  # of thousands of digits, which Python does not read
        raise ConfigError(name, [Problem(0, f"A number in {name} is too long.")]) from error
