"""Ask the second project in a process of its own, and print each answer's status and text."""

from __future__ import annotations

import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.second_project.settings"

import django

django.setup()

from django.core.management import call_command
from django.test import Client

call_command("check")
call_command("migrate", verbosity=0)
client = Client(enforce_csrf_checks=True)
answers = []
for method, path, token in json.loads(sys.stdin.read()):
    headers = {"HTTP_CF_ACCESS_JWT_ASSERTION": token} if token else {}
    answer = getattr(client, method)(path, **headers)
    answers.append(
        [answer.status_code, answer.content.decode()[:80], answer.get("WWW-Authenticate", "")]
    )
print(json.dumps(answers))
