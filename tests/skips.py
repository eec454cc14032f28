"""
A pytest plugin: `--no-skips` fails a test that would be skipped, and says what is missing.

`.ci/run` uses it: a machine without a browser must not say that the browser tests passed.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

# What no package of Debian, PyPI or npm brings.
NOT_TO_BE_HAD = ("PowerShell",)

Report = pytest.TestReport | pytest.CollectReport


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that is skipped fails")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Report, Report]:
    return _judged(item.config, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Report, Report]:
    return _judged(collector.config, (yield))


def _judged(config: pytest.Config, report: Report) -> Report:
    if config.getoption("--no-skips") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not any(each in reason for each in NOT_TO_BE_HAD):
            report.outcome = "failed"
            report.longrepr = f"{reason}\nWith --no-skips, what is missing is a failure."
    return report
