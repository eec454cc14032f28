"""`--no-skips`, in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
AT_RUN = """
import pytest
def test_it(): pytest.skip("{reason}")
"""
AT_SET_UP = """
import pytest
@pytest.fixture
def tool(): pytest.skip("{reason}")
def test_it(tool): pass
"""
BY_MARK = """
import pytest
@pytest.mark.skipif(True, reason="{reason}")
def test_it(): pass
"""
AT_IMPORT = """
import pytest
pytest.importorskip("no_such_module_here", reason="{reason}")
def test_it(): pass
"""
EXPECTED_FAILURE = """
import pytest
@pytest.mark.xfail(reason="{reason}")
def test_it(): assert False
"""
SKIPS = [AT_RUN, AT_SET_UP, BY_MARK, AT_IMPORT]
NAMES = ["run", "set-up", "mark", "import"]


@pytest.fixture
def outcome(tmp_path):
    def outcome(source, *flags, reason="no such tool: apt-get install it"):
        (tmp_path / "test_inner.py").write_text(source.format(reason=reason))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tmp_path),
             "-p", "tests.skips", "-p", "no:cacheprovider", "-p", "no:django",
             *flags, str(tmp_path)],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )  # fmt: skip
        return done.returncode, done.stdout

    return outcome


class TestFails:
    @pytest.mark.parametrize("source", SKIPS, ids=NAMES)
    def test_what_is_skipped_and_says_what_is_missing(self, outcome, source):
        code, text = outcome(source, "--no-skips")
        assert code in (1, 2)
        assert "no such tool: apt-get install it" in text
        assert " skipped" not in text


class TestLeaves:
    @pytest.mark.parametrize("source", SKIPS, ids=NAMES)
    def test_what_is_skipped_without_it(self, outcome, source):
        code, text = outcome(source)
        assert code in (0, 5)  # 5: no test ran
        assert "1 skipped" in text

    def test_what_nobody_can_install(self, outcome):
        assert outcome(AT_RUN, "--no-skips", reason="PowerShell 7.4")[0] == 0

    def test_an_expected_failure(self, outcome):
        code, text = outcome(EXPECTED_FAILURE, "--no-skips")
        assert (code, "1 xfailed" in text) == (0, True)
