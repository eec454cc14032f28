from __future__ import annotations

import re
from html import unescape

import pytest
from justhtml import JustHTML

from barbican.portal.troubleshooting import matrix

pytestmark = pytest.mark.django_db
FORMS = ("html", "json", "txt", "md")
ROWS = matrix.rows()


@pytest.fixture
def ask(client, seeded):
    def ask(path="", form="html", **headers):
        return client.get(f"/troubleshooting/{path}", {"format": form}, **headers)

    return ask


class TestIndex:
    def test_shows_every_row_once(self, ask):
        page = ask().content.decode()
        JustHTML(page, strict=True)
        for code in ROWS:
            assert page.count(f'id="{code}"') == 1
            assert f"/troubleshooting/{code}/" in page
        for form in ("json", "txt", "md"):
            text = ask(form=form).content.decode()
            assert all(f"/troubleshooting/{code}/" in text for code in ROWS)

    def test_takes_a_paste_counts_its_groups_and_says_what_to_do(self, ask):
        page = ask().content.decode()
        form = page.partition('action="/troubleshooting/explain/"')[2].partition("</form>")[0]
        assert '<textarea id="paste" name="paste"' in form
        assert 'placeholder="1010, JSON, redirect"' in page
        for group, rows in matrix.by_group():
            assert f"{group.title}&nbsp;·&nbsp;{len(rows)}</a>".replace("'", "&#x27;") in page
        assert page.count('<strong class="matrix__do">Do: </strong>') == len(ROWS)

    def test_stays_within_its_bytes(self, ask):
        assert len(ask().content) <= 90_000

    def test_finds_without_a_script(self, client, seeded):
        page = client.get("/troubleshooting/?q=1010").content.decode()
        assert 'id="firewall-1010"' in page
        assert 'id="wrong_audience"' not in page
        assert 'value="1010"' in page
        found = client.get("/troubleshooting/?q=1010&format=json").json()
        assert found["query"] == "1010"
        assert "firewall-1010" in {row["code"] for row in found["rows"]}

    def test_says_so_where_nothing_is_found(self, client, seeded):
        for form in FORMS:
            answer = client.get("/troubleshooting/", {"q": "zyzzyva", "format": form})
            assert answer.status_code == 200
        assert b"No row holds all" in client.get("/troubleshooting/?q=zyzzyva").content

    @pytest.mark.parametrize("query", ["<script>alert(1)</script>", '"><img src=x>', "\x1b[2J"])
    def test_shows_a_hostile_query_as_text(self, client, seeded, query):
        for form in FORMS:
            body = client.get("/troubleshooting/", {"q": query, "format": form}).content.decode()
            assert "<script>alert" not in body or form in ("json", "txt", "md")
            assert "<img src=x" not in body or form in ("json", "txt", "md")
            assert "\x1b" not in body


class TestRow:
    @pytest.mark.parametrize("code", ROWS)
    def test_has_its_own_address_in_every_form(self, ask, code):
        for form in FORMS:
            answer = ask(f"{code}/", form)
            assert answer.status_code == 200
        page = ask(f"{code}/").content.decode()
        JustHTML(page, strict=True)
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        for line in ask(f"{code}/", "txt").content.decode().splitlines():
            assert (
                len(line) <= 80
                or "http" in line
                or "curl" in line
                or "-H" in line
                or "TOKEN" in line
            )

    def test_is_named_by_what_is_seen_and_links_its_sources(self, ask):
        page = ask("access-401-token/").content.decode()
        [path] = re.findall(r'<span aria-current="page">([^<]+)</span>', page)
        assert path == "401 from Access, with service-token headers"
        address = "/service-tokens/#enforce-strict-service-token-authentication"
        assert f'{address}">Service tokens: strict authentication' in page
        assert address in ask("access-401-token/", "txt").content.decode()
        assert f"{address})" in ask("access-401-token/", "md").content.decode()
        first, draft = ask("access-401-token/", "json").json()["sources"]
        assert first["url"].endswith(address)
        assert draft["url"] is None

    @pytest.mark.parametrize("form", ["html", "txt", "md"])
    def test_never_copies_the_start_with_the_commands(self, ask, form):
        for code, takes_values in (("access-401-token", True), ("expired", False)):
            row = ROWS[code].reproduction
            assert row.takes_values is takes_values
            text = unescape(ask(f"{code}/", form).content.decode())
            assert f"{row.start}\n{row.commands[0]}" not in text
            before, _, after = text.partition("Unless it runs already")
            assert row.commands[0].partition("\n")[0] not in before
            start, _, commands = after.partition("Then, in another terminal")
            assert row.start in start
            assert row.commands[0].partition("\n")[0] in commands
            assert ("lines that it printed" in commands) is takes_values

    def test_that_is_none_is_404(self, ask):
        assert ask("nothing/").status_code == 404


class TestAnswers:
    @pytest.mark.parametrize("path", ["", "wrong_audience/", "explain/"])
    def test_are_the_same_for_everybody_and_say_so(self, client, seeded, path):
        url = f"/troubleshooting/{path}"
        first = client.get(url)
        assert first["Cache-Control"] == "no-cache"
        assert first["Vary"] == "Accept, User-Agent"
        again = client.get(url, HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(url, HTTP_IF_NONE_MATCH='"other"').status_code == 200
        assert client.get(f"{url}?format=txt")["ETag"] != first["ETag"]

    @pytest.mark.parametrize("path", ["", "wrong_audience/", "explain/"])
    def test_hold_nothing_of_the_request(self, client, seeded, path):
        for form in FORMS:
            body = client.get(
                f"/troubleshooting/{path}", {"format": form}, HTTP_CF_RAY="8f3b2a1c9d7e6f50-LHR"
            ).content
            assert b"8f3b2a1c9d7e6f50-LHR" not in body or path == "explain/"

    def test_set_no_cookie(self, client, seeded):
        for path in ("", "wrong_audience/", "explain/"):
            assert not client.get(f"/troubleshooting/{path}").cookies


class TestLinksOfAnError:
    @pytest.mark.parametrize("path", ["", "access-401/"])
    def test_stand_on_the_portals_host_alone(self, client, seeded, path):
        answer = client.get(f"/troubleshooting/{path}", HTTP_HOST="service-token.localhost")
        assert answer.status_code == 404
        assert b'href="http://localhost/troubleshooting/' in answer.content
