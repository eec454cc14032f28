"""An account for the admin of a demo, and its way in by the login page."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.e2e.stack import ROOT

NAME, PASSWORD = "grace", "a long pass phrase 1"


def make_account(demo):
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "x" * 50,
        "DATABASE_URL": f"sqlite:///{demo.folder}/state/demo.sqlite3",
        "DJANGO_SUPERUSER_USERNAME": NAME,
        "DJANGO_SUPERUSER_EMAIL": "grace@example.com",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    command = [sys.executable, "manage.py", "createsuperuser", "--noinput"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def sign_in(page, demo):
    """Go through the login page, as somebody does, to the admin's index."""
    index = f"http://localhost:{demo.port}/admin/"
    page.goto(index)
    page.fill("#id_username", NAME)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    # The login's own address ends in the index's: only the whole of it says that we are in.
    page.wait_for_url(index)


def cookies(chromium, demo):
    """Return the state of a browser in which somebody is signed in, for a context to begin with."""
    make_account(demo)
    context = chromium.new_context()
    try:
        sign_in(context.new_page(), demo)
        return context.storage_state()
    finally:
        context.close()
