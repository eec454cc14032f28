from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.issuer import CLIENT_ID, OTHER_CLIENT_ID, SUBDOMAIN_AUD_TAG

ROOT = Path(__file__).resolve().parents[1]


def ask(issuer, *requests):
    done = subprocess.run(
        [sys.executable, "-m", "tests.second_project.ask"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TEAM_DOMAIN": issuer.team_domain},
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_project_of_somebody_elses_verifies_as_its_page_says(issuer):
    def machine(**changes):
        return issuer.service_token(aud=[SUBDOMAIN_AUD_TAG], **changes)

    answers = ask(
        issuer,
        ["get", "/reports/", issuer.person_token()],
        ["get", "/reports/", issuer.person_token()[:-6] + "AAAAAA"],
        ["get", "/reports/", None],
        ["get", "/reports/", issuer.service_token()],
        ["get", "/reports/any/", issuer.certificate_token()],
        ["post", "/ingest/", machine()],
        ["post", "/ingest/", machine(common_name=OTHER_CLIENT_ID)],
        ["post", "/ingest/", issuer.service_token()],
        ["post", "/reports/", issuer.person_token()],
    )
    assert [(status, text.strip()) for status, text, _ in answers[:3]] == [
        (200, "Hello ada@example.com"),
        (401, "bad_signature"),
        (401, "nothing_presented"),
    ]
    assert answers[2][2] == 'Cloudflare-Access error="nothing_presented"'
    assert answers[3][0] == 403  # a machine, on a page for people
    assert answers[4][:2] == [200, "certificate"]
    assert answers[5][:2] == [200, f"Thank you, {CLIENT_ID}"]
    assert [answer[0] for answer in answers[6:]] == [403, 403, 403]  # the last by CSRF
    assert "client_not_allowed" in answers[6][1]
    assert "wrong_audience" in answers[7][1]


def test_access_imports_nothing_of_the_portal():
    code = """
import sys, django
django.setup()
import barbican.access.middleware
others = ("barbican.portal", "barbican.edge", "demos", "jwt", "requests", "aiohttp")
print([name for name in sys.modules if name.startswith(others)])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "tests.second_project.settings",
            "TEAM_DOMAIN": "https://acme.cloudflareaccess.com",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr
