from __future__ import annotations

import re
import subprocess
from html import unescape

import pytest

from barbican.portal import freshness, places
from barbican.portal.models import Section

pytestmark = pytest.mark.django_db
EDGE, ORIGIN = "localhost:8390", "localhost:8310"
FORMS = ("html", "md", "txt")


@pytest.fixture
def local(settings, team):
    """A laptop: `make demo`, or runserver with a `.env` for an edge on this port."""
    settings.ACCESS_TEAM_DOMAIN = f"http://127.0.0.1:{EDGE.partition(':')[2]}"


@pytest.fixture
def at(client, seeded):
    def at(host, path="/service-token/", form="html"):
        return client.get(path, {"format": form}, HTTP_HOST=host).content.decode()

    return at


def commands(page):
    """Return the addresses to which the page sends a caller: of commands, samples and values."""
    text = re.sub(r'\s(?:href|content|action|src)="[^"]*"', "", page)
    text = re.sub(r"]\([^)]*\)|<link[^>]*>", "", text)
    return set(re.findall(r"http://(?:service-token\.)?(localhost(?::\d+)?)(?=/)", text))


class TestEdge:
    @pytest.mark.parametrize("host", [EDGE, ORIGIN, f"service-token.{ORIGIN}"])
    def test_is_where_a_laptops_page_sends_callers(self, local, at, host):
        page = at(host, "/service-token/" if host in (EDGE, ORIGIN) else "/")
        routes = page.partition('id="doors"')[2].partition("</dl>")[0]
        here, there = f"http://{ORIGIN}/service-token/", f"http://{EDGE}/service-token/"
        assert f"curl {there}" in page
        assert f'data-copy="{there}"' in page
        assert f'data-copy="http://service-token.{EDGE}/"' in page
        assert f'href="{there}"' in routes
        assert ("send no secret" in routes) == (host != EDGE)
        assert f"curl {here}" not in page
        # The origin is left in links, in the record of this request and beside the doors.
        left = page.replace(routes, "").partition('class="verdict__record"')
        assert commands(left[0] + left[2].partition("</dl>")[2]) <= {EDGE}

    def test_is_not_to_be_started_where_it_runs(self, settings, local, at):
        assert "Run it locally" not in at(ORIGIN)
        assert "make demo" not in at(ORIGIN, form="txt")
        settings.ACCESS_TEAM_DOMAIN = "https://invented.cloudflareaccess.com"
        assert "Run it locally" in at(ORIGIN)
        assert "make demo" in at(ORIGIN, form="txt")

    def test_is_started_at_its_own_ports_by_what_a_page_says(self, local, client, seeded):
        place = {"HTTP_HOST": EDGE, "SERVER_PORT": ORIGIN.partition(":")[2]}
        command = "make demo PORT=8310 EDGE_PORT=8390"
        assert f"{command}   # origin" in client.get("/", **place).content.decode()
        headers = {"HTTP_CF_ACCESS_CLIENT_ID": "x.access", **place}
        for form in ("html", "txt"):
            page = client.get("/service-token/", {"format": form}, **headers).content.decode()
            assert "unverified_headers" in page
            assert command in page

    @pytest.mark.parametrize("form", ["html", "md"])
    def test_is_in_every_sample(self, local, at, form):
        page = at(ORIGIN, "/samples/", form)
        assert f"http://{EDGE}/service-token/" in page
        assert commands(page) == {EDGE}

    @pytest.mark.parametrize("form", ["html", "md"])
    @pytest.mark.parametrize(
        ("where", "port"),
        [
            ({"HTTP_HOST": EDGE, "SERVER_PORT": "8310", "SERVER_NAME": "127.0.0.1"}, 8310),
            ({"HTTP_HOST": ORIGIN, "SERVER_PORT": "8310", "SERVER_NAME": "localhost"}, 8310),
            ({"HTTP_HOST": EDGE, "SERVER_PORT": "8390", "SERVER_NAME": "localhost"}, 8000),
        ],
    )
    def test_leaves_a_tunnel_the_origin_s_own_port(self, local, client, seeded, form, where, port):
        page = client.get("/samples/", {"format": form}, **where).content.decode()
        assert set(re.findall(r"http://127\.0\.0\.1:[0-9]+", page)) == {f"http://127.0.0.1:{port}"}
        Section.objects.filter(anchor="routing").update(
            body="{{ samples verify }}", body_html="<p>{{ samples verify }}</p>"
        )
        freshness.changed()
        page = client.get("/service-token/", {"format": form}, **where).content.decode()
        shown = re.findall(r"service(?:</b>)?: http://127\.0\.0\.1:([0-9]+)", page)
        assert shown == [str(port)] * 3

    @pytest.mark.parametrize(
        ("name", "port", "shown"),
        [
            ("127.0.0.1", "9000", "9000"),
            ("::1", "9000", "9000"),
            ("localhost", "9000", "8000"),  # a file listens: both are the Host header's
            ("127.0.0.1", "", "8000"),
            ("127.0.0.1", "9\u00b2", "8000"),
        ],
    )
    def test_leaves_it_the_port_in_production_too(self, settings, name, port, shown):
        settings.ACCESS_TEAM_DOMAIN = "https://invented.cloudflareaccess.com"
        meta = {"SERVER_NAME": name, "SERVER_PORT": port, "HTTP_HOST": "localhost:7"}
        assert places.service(meta) == f"http://127.0.0.1:{shown}"

    def test_is_in_the_words_as_markdown_and_in_the_text_forms_command(self, local, at):
        assert f"curl http://{EDGE}/service-token/" in at(ORIGIN, form="md")
        text = at(ORIGIN, form="txt")
        assert f"curl http://{EDGE}/service-token/" in text
        assert f"more      http://{ORIGIN}/service-token/" in text

    @pytest.mark.parametrize("form", FORMS)
    def test_is_no_other_place_in_production(self, settings, at, form):
        settings.ACCESS_LOCAL_EDGE = False
        settings.ACCESS_TEAM_DOMAIN = "https://invented.cloudflareaccess.com"
        page = at("localhost:8443", form=form)
        assert "http://localhost:8443/service-token/" in page
        assert "send no secret" not in page
        assert commands(page) == {"localhost:8443"}

    def test_is_not_one_that_the_settings_forbid(self, settings, local, at):
        settings.ACCESS_LOCAL_EDGE = False
        assert commands(at(ORIGIN)) == {ORIGIN}


class TestLinks:
    """They lead through the door at which the request came."""

    def test_of_json_keep_the_requests_own_port(self, local, client, seeded):
        for host in (EDGE, ORIGIN):
            links = client.get("/service-token/?format=json", HTTP_HOST=host).json()["links"]
            assert links == {
                "self": f"http://{host}/service-token/",
                "path": f"http://{host}/service-token/",
                "subdomain": f"http://service-token.{host}/",
                "troubleshooting": f"http://{host}/troubleshooting/nothing_presented/",
            }

    @pytest.mark.parametrize("path", ["/openapi.json", "/llms.txt", "/sitemap.xml", "/"])
    def test_of_documents_keep_it_too(self, local, client, seeded, path):
        page = client.get(path, HTTP_HOST=ORIGIN).content.decode()
        assert ORIGIN in page
        assert EDGE not in page

    def test_of_a_demos_page_to_other_pages_keep_it(self, local, at):
        page = at(ORIGIN)
        assert f'href="http://{ORIGIN}/samples/#' in page
        assert f'rel="canonical" href="http://{ORIGIN}/service-token/"' in page


class TestCommand:
    """What the verdict panel's Copy button copies is what stands in its box."""

    @pytest.mark.parametrize("form", ["html", "txt"])
    def test_runs_as_it_is_pasted(self, local, at, form):
        page = at(ORIGIN, form=form)
        found = re.search(r"(?ms)(?<=<code>)curl [^<]*|^ +curl .*?SECRET\"$", page)
        script = f'curl() {{ printf "%s\\n" "$@"; }}\n{unescape(found[0])}'
        pair = {"CF_ACCESS_CLIENT_ID": "invented.access", "CF_ACCESS_CLIENT_SECRET": "a b"}
        done = subprocess.run(["bash", "-uc", script], env=pair, capture_output=True, text=True)
        assert done.stdout.splitlines() == [
            f"http://{EDGE}/service-token/",
            "-H", "CF-Access-Client-Id: invented.access",
            "-H", "CF-Access-Client-Secret: a b",
        ]  # fmt: skip
        assert done.stderr == ""
