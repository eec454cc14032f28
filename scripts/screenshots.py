"""
Pictures of the main states, both themes, phone and desktop: `make screenshots`.

They go to docs/img/screens/. Starts a demo of its own on free ports, and looks at it with the
system's Chromium.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from barbican.edge.organisation.sample import DEMO_TOKEN  # noqa: E402
from barbican.edge.state.store import StateFolder  # noqa: E402
from barbican.protocol import CLIENT_ID_HEADER, CLIENT_SECRET_HEADER  # noqa: E402

FOLDER = ROOT / "docs" / "img" / "screens"
SIZES = {"desktop": (1100, 860), "phone": (360, 740)}
CROPPED = ("verified", "desktop")  # the README's: the verdict and the way of the request alone
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.stderr.write("Chromium is not here: apt-get install chromium\n")
        return 2
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        port, edge_port = _free(1), _free(2)
        command = [sys.executable, "-m", "barbican.demo", "--state", state]
        command += ["--port", str(port), "--edge-port", str(edge_port)]
        demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert demo.stdout is not None
            if not any("decision of the edge follows" in line for line in demo.stdout):
                return 1
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                _draw(browser, Path(state), port, edge_port)
        finally:
            demo.terminate()
            demo.wait()
    return 0


def _draw(browser: Browser, state: Path, port: int, edge_port: int) -> None:
    token = StateFolder(state).state().organisation.service_token(DEMO_TOKEN)
    pair = {CLIENT_ID_HEADER: token.client_id, CLIENT_SECRET_HEADER: token.client_secret}
    edge, origin = f"http://localhost:{edge_port}", f"http://localhost:{port}"
    pages = {
        "verified": (f"{edge}/service-token/", pair),
        "round-the-edge": (f"{origin}/service-token/", pair),
        "nothing-presented": (f"{origin}/service-token/", {}),
        "index": (f"{edge}/", {}),
        "troubleshooting": (f"{edge}/troubleshooting/", {}),
    }
    for name, (address, headers) in pages.items():
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    extra_http_headers=headers,
                )
                page.goto(address)
                path = FOLDER / f"{name}-{size}-{scheme}.png"
                if (name, size) == CROPPED:
                    page.locator(".verdict").screenshot(path=path)
                else:
                    page.screenshot(path=path)
                page.close()


def _free(count: int) -> int:
    """Return a free port, with as many free ones from there on."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            if count == 1:
                return port
            with socket.socket() as second:
                try:
                    second.bind(("127.0.0.1", port + 1))
                except OSError:
                    continue
                return port


if __name__ == "__main__":
    sys.exit(main())
