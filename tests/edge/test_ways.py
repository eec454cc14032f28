"""Where the page of a refusal leads, over real sockets."""

from __future__ import annotations

import html
import re
import subprocess
from urllib.parse import unquote

import pytest

from barbican.edge.answers.ways import ROWS, ways
from barbican.edge.decision.core import decide
from barbican.edge.organisation import sample
from barbican.edge.organisation.callers import Identity
from barbican.portal.troubleshooting import matrix
from tests.edge.conftest import NOW, ask, pair, with_policies
from tests.edge.test_behaviours import ALLOW, BLOCK
from tests.edge.wire import get

BROWSER = ("Accept", "text/html")
WRONG = [("CF-Access-Client-Id", "a.access"), ("CF-Access-Client-Secret", "wrong")]
AJAX = ("X-Requested-With", "XMLHttpRequest")
SECRETS = [
    "cfast_" + "InventedSecretOfTheTests0123456789abcdef0" + "12345678",
    "%63fast%5FInventedSecretOfTheTests0123456789abcdef012345678",
    "5ec2e7" * 10 + "abcd",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg",
]


@pytest.fixture(scope="module")
def edge(start_edge):
    return start_edge(is_portal=True)


def links(edge, path="/service-token/", headers=(), host=None):
    reply = get(edge.port, path, [BROWSER, *headers], **({"host": host} if host else {}))
    found = re.findall(r'<a href="([^"]*)">([^<]*)</a>', reply.body.decode())
    return {label: address for address, label in found}


class TestLinks:
    def test_know_rows_of_the_portal_alone(self):
        assert set(matrix.rows()) >= ROWS

    @pytest.mark.parametrize(
        ("options", "headers", "row"),
        [
            ({}, [], "access-401-no-credentials"),
            ({}, WRONG, "access-401-token"),
            ({}, "other", "access-403-token"),
            ({"is_without_401": True}, [], "access-403-no-credentials"),
            ({"is_legacy": True}, WRONG, "access-401-setting"),
            ({"is_legacy": True, "is_without_401": True}, WRONG, "access-403-legacy"),
        ],
    )
    def test_lead_to_the_row_of_the_cause(self, start_edge, options, headers, row):
        edge = start_edge(is_portal=True, **options)
        if headers == "other":
            headers = pair(edge.organisation, sample.OTHER_TOKEN)
        assert row in ROWS
        found = links(edge, headers=headers)
        [label] = [each for each in found if each.startswith("What this")]
        assert label == f"What this {row[7:10]} means"
        assert found[label] == f"/troubleshooting/{row}/"

    def test_lead_to_all_causes_where_people_may_come_too(self, organisation):
        request = ask(headers=[AJAX])
        decision = decide(request, with_policies(organisation, ALLOW), NOW)
        found = ways(decision, request, "http://127.0.0.1:8000", is_strict=True)
        assert (found.help, found.command) == ("/troubleshooting/access-401/", "")

    def test_lead_somebody_who_logged_in_to_a_row_of_people(self, organisation):
        aud = organisation.applications[0].aud
        ada = Identity(aud, issued_at=NOW, expires_at=NOW + 60, email="ada@example.com")
        request = ask(identities=(ada,))
        decision = decide(request, with_policies(organisation, BLOCK, ALLOW), NOW)
        found = ways(decision, request, "http://127.0.0.1:8000", is_strict=True)
        assert found.help == "/troubleshooting/access-account-denied/"
        assert found.is_logged_in

    def test_lead_to_the_portal_and_the_origin_from_a_host_of_its_own(self, edge, origin):
        host = "service-token.localhost:8080"
        assert links(edge, "/?a=<b>", host=host) == {
            "What this 401 means": "//localhost:8080/troubleshooting/access-401-no-credentials/",
            "Read the page without a token": f"http://service-token.localhost:{origin.port}/",
            "Back to the start": "//localhost:8080/",
        }

    def test_name_the_origin_as_it_is_where_the_caller_named_a_number(self, edge, origin):
        for host in ("127.0.0.1:8080", "[::1]:8080"):
            found = links(edge, host=host)["Read the page without a token"]
            assert found == f"http://127.0.0.1:{origin.port}/service-token/"

    @pytest.mark.parametrize(
        "options", [{"is_portal": True, "origin": "http://portal.test:8000"}, {"is_portal": False}]
    )
    def test_name_no_origin_elsewhere_and_none_without_the_portal(self, start_edge, options):
        found = links(start_edge(**options))
        assert "Read the page without a token" not in found
        assert ("What this 401 means" in found) == options["is_portal"]
        assert found["Back to the start"] == "/"

    @pytest.mark.parametrize("secret", SECRETS)
    def test_name_the_application_where_a_secret_stands_in_the_path(self, edge, origin, secret):
        for host, path in (("localhost", "/service-token/"), ("service-token.localhost", "/")):
            reply = get(edge.port, f"{path}a/{secret}?b", [BROWSER], host=f"{host}:8080")
            page = html.unescape(reply.body.decode())
            assert "cfast_" not in unquote(page)
            assert secret not in page
            assert f"http://{host}:8080{path}</code>" in page
            found = links(edge, f"{path}a/{secret}", host=f"{host}:8080")
            assert found["Read the page without a token"] == f"http://{host}:{origin.port}{path}"

    def test_name_the_whole_path_where_it_only_resembles_one(self, edge, origin):
        path = f"/service-token/cfast/{'0' * 63}/eye"
        found = links(edge, path)["Read the page without a token"]
        assert found == f"http://localhost:{origin.port}{path}"


class TestCommand:
    def command(self, edge, path="/service-token/", headers=()):
        page = get(edge.port, path, [BROWSER, *headers]).body.decode()
        found = re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)
        return html.unescape(found[0]) if found else ""

    def words(self, command):
        """Return the words that a shell makes of it, with both variables set."""
        given = {"CF_ACCESS_CLIENT_ID": "one", "CF_ACCESS_CLIENT_SECRET": "two"}
        shown = command.replace("curl", "printf '%s\\n'", 1)
        done = subprocess.run(["/bin/sh", "-c", shown], env=given, capture_output=True, text=True)
        assert done.stderr == ""
        return done.stdout.splitlines()

    def test_is_for_a_shell_and_holds_no_secret(self, edge):
        assert self.words(self.command(edge)) == [
            "-i",
            "-H",
            "CF-Access-Client-Id: one",
            "-H",
            "CF-Access-Client-Secret: two",
            "http://localhost:8080/service-token/",
        ]

    @pytest.mark.parametrize(
        ("path", "shown"),
        [
            ("$(id)", "$(id)"),
            ("`id`'&<b>", "%60id%60'&%3Cb%3E"),
            ("[1-99999999]", "%5B1-99999999%5D"),
            ("{a,b}/[a-z:2]", "%7Ba,b%7D/%5Ba-z:2%5D"),
            ("\\", "%5C"),
            ("%5B1-9%5D%2F%25", "%5B1-9%5D%2F%25"),
            ("a:b@c!d*e+f;g=h~i.j", "a:b@c!d*e+f;g=h~i.j"),
        ],
    )
    def test_asks_for_the_same_path_once_whatever_shell_and_curl_make_of_it(
        self, edge, path, shown
    ):
        found = self.words(self.command(edge, f"/service-token/{path}"))
        assert found[-1] == f"http://localhost:8080/service-token/{shown}"

    def test_is_not_there_for_a_caller_who_sent_a_pair(self, edge):
        assert self.command(edge)
        assert self.command(edge, headers=WRONG) == ""
