"""
Runs a script of this folder with Node, or skips the test and says what is missing.

`make test` installs the packages of `package-lock.json` beforehand; a test never does.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OLDEST = 20  # what the TypeScript SDK asks for
PATIENCE = 120  # seconds


def run(script: str, package: str, settings: dict[str, object]) -> dict[str, object]:
    """Return what the script printed as JSON. It reads its settings from standard input."""
    need(package)
    done = subprocess.run(
        ["node", str(HERE / script)],
        input=json.dumps(settings),
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def need(package: str) -> None:
    """Skip the test where Node or this package is missing."""
    if lacks := missing(package):
        pytest.skip(lacks)


@functools.cache
def missing(package: str) -> str:
    """Return what is missing to run a script that needs this package, or nothing."""
    if version() < OLDEST:
        return f"Node {OLDEST} or later is not here: apt-get install nodejs npm"
    if not (HERE / "node_modules" / package / "package.json").is_file():
        return f"the npm package {package} is not here: run scripts/node"
    return ""


def version() -> int:
    """Return the major number of Node's version, or 0 where there is no Node."""
    if not shutil.which("node"):
        return 0
    done = subprocess.run(["node", "--version"], capture_output=True, text=True)
    number = done.stdout.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdecimal() else 0
