"""
Runs a sample with its own runtime, or skips the test and says what is missing.

Nothing of the test's environment reaches a sample but PATH and what the test gives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.node import run as node

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PATIENCE = 60  # seconds
HINTS = {
    "bash": "apt-get install bash",
    "curl": "apt-get install curl",
    "jq": "apt-get install jq",
    "go": "apt-get install golang-go",
    "pwsh": "PowerShell 7.4, which Debian does not have",
}
COMMANDS = {
    ".sh": ["bash"],
    ".py": [sys.executable],
    ".mjs": ["node"],
    ".go": ["go", "run"],
    ".ps1": ["pwsh", "-NoProfile", "-File"],
}


@dataclass
class Run:
    code: int
    out: str
    err: str


def need(*programs: str) -> None:
    """Skip the test where a program is missing."""
    for program in programs:
        if program == "node" and node.version() < node.OLDEST:
            pytest.skip("Node 20 or later is not here: apt-get install nodejs npm")
        elif program != sys.executable and not shutil.which(program):
            pytest.skip(f"{program} is not here: {HINTS[program]}")


def need_jose() -> None:
    node.need("jose")


def run(sample: str, **environment: str) -> Run:
    """Run a sample to its end and return what became of it."""
    path = SAMPLES / sample
    command = COMMANDS[path.suffix]
    need(command[0], *(("curl",) if path.suffix == ".sh" else ()))
    done = subprocess.run(
        [*command, str(path)],
        cwd=path.parent,
        env=environment_for(environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def environment_for(more: dict[str, str]) -> dict[str, str]:
    cache = os.environ.get("GOCACHE") or str(Path.home() / ".cache/go-build")
    # GOPROXY: a test downloads nothing.
    own = {"GOCACHE": cache, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "HOME": str(Path.home())}
    return {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **own, **more}
