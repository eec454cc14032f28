"""
What every browser test needs: a real Chromium, and axe with every rule switched on.
"""

from __future__ import annotations

import shutil

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
axe_core = pytest.importorskip("axe_playwright_python.sync_playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MARKS = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
WIDTHS = (320, 768, 1280)
SCHEMES = ("light", "dark")
# Off by default in axe, and part of WCAG 2.2 AA.
# It needs no stylesheets of its own: loading them writes inline styles, which the policy blocks.
# What passes is counted and not described: that takes longer than all the rules together.
RULES = {
    "rules": {"target-size": {"enabled": True}},
    "preload": False,
    "resultTypes": ["violations"],
}


def violations(page):
    if not page.evaluate("'axe' in window"):  # the script is large: once per page
        page.evaluate(axe_core.Axe().axe_script)
    found = page.evaluate("rules => axe.run(rules).then(all => all.violations)", RULES)
    return [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found]


def overflow(page):
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")
