from __future__ import annotations

import logging

import pytest
from jsonschema import Draft202012Validator
from justhtml import JustHTML

from barbican.portal.explaining.explain import MAX_PASTE
from barbican.portal.explaining.marks import FACTS
from barbican.portal.explaining.views import explain
from tests.issuer import AUD_TAG
from tests.portal.explaining.pastes import AUD, MARKS, NEW_SECRET, PAIR, PASTES, http

pytestmark = pytest.mark.django_db
URL = "/troubleshooting/explain/"
FORM = "application/x-www-form-urlencoded"
FORMS = ("html", "json", "txt", "md")


@pytest.fixture
def send(client, seeded):
    def send(paste, form="json", kind="text/plain", **headers):
        return client.post(f"{URL}?format={form}", paste, content_type=kind, **headers)

    return send


@pytest.fixture
def schema(client, seeded):
    document = client.get("/openapi.json").json()
    return {"$ref": "#/components/schemas/Explained", "components": document["components"]}


class TestForm:
    def test_is_whole_without_a_script(self, client, seeded):
        page = client.get(URL).content.decode()
        JustHTML(page, strict=True)
        assert 'method="post"' in page
        assert '<label for="paste">' in page

    @pytest.mark.parametrize(
        "name", ["login", "strict", "firewall", "followed", "origin", "tunnel"]
    )
    def test_tries_an_example_in_one_click(self, client, seeded, name):
        answer = client.get(f"{URL}?example={name}")
        assert answer.status_code == 200
        assert b"Who answered" in answer.content
        JustHTML(answer.content.decode(), strict=True)

    def test_of_an_example_that_is_none_is_the_form(self, client, seeded):
        assert b"Who answered" not in client.get(f"{URL}?example=none").content

    def test_sends_what_it_should(self, client, seeded):
        body = f"paste={PAIR}{http(403, *MARKS)}&mode=legacy".replace("\n", "%0D%0A").replace(
            " ", "+"
        )
        found = client.post(f"{URL}?format=json", body, content_type=FORM).json()["explanation"]
        assert found["code"] == "access-403-legacy"


class TestAnswers:
    @pytest.mark.parametrize("name", PASTES)
    def test_in_every_form_as_the_document_says(self, send, schema, name):
        paste, speaker, code, certainty = PASTES[name]
        if not paste:
            assert send(paste).status_code == 400
            return
        found = send(paste).json()
        Draft202012Validator(schema).validate(found)
        explanation = found["explanation"]
        assert (explanation["answered_by"], explanation["certainty"]) == (speaker, certainty)
        assert explanation["code"] == (code or None)
        JustHTML(send(paste, "html").content.decode(), strict=True)
        for form in ("txt", "md"):
            assert send(paste, form).status_code == 200

    def test_to_what_curl_sends_by_itself(self, client, seeded):
        paste = http(403, *MARKS)
        answer = client.post(
            URL, paste, content_type=FORM, HTTP_USER_AGENT="curl/8", HTTP_ACCEPT="*/*"
        )
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.content.decode().startswith("Cloudflare Access, at the edge")

    def test_in_a_terminals_width(self, send):
        for paste, *_ in PASTES.values():
            if paste:
                for line in send(paste, "txt").content.decode().splitlines():
                    assert len(line) <= 80 or "http" in line or "AUD" in line, line

    def test_with_the_name_of_a_demo_that_is_here(self, send, team):
        paste = http(403, f"cf-access-aud: {AUD_TAG}")
        facts = send(paste).json()["explanation"]["facts"]
        assert facts["AUD of"] == "this portal's Service Token demo"

    def test_without_being_kept(self, send):
        answer = send(http(403, *MARKS), "html")
        assert answer["Cache-Control"] == "no-store"
        assert "ETag" not in answer
        assert not answer.cookies

    def test_to_get_how_to_ask(self, client, seeded, schema):
        found = client.get(f"{URL}?format=json").json()
        Draft202012Validator(schema).validate(found)
        assert found["explanation"] is None
        assert "--data-binary @-" in client.get(f"{URL}?format=txt").content.decode()


class TestPage:
    def test_asks_in_the_panel_and_makes_that_the_next_step(self, send):
        page = send(http(401, *MARKS), "html").content.decode()
        panel = page.partition('class="verdict ')[2].partition("</section>")[0]
        assert "What did the request carry?" in panel
        assert 'class="button button--first" type="submit">Show the cause' in panel
        assert page.count("button--first") == 1
        assert send(http(200, "x: y"), "html").content.decode().count("button--first") == 1

    def test_says_by_what_it_is_certain_and_says_nothing_twice(self, send):
        page = send(http(401, *MARKS), "html").content.decode()
        panel = page.partition('class="verdict ')[2].partition("</section>")[0]
        assert "</code> only come from Access." in panel
        shown = panel.replace(panel.partition("<textarea")[2].partition("</textarea>")[0], "")
        for value in (AUD, "app.example.com"):
            assert shown.count(value) == 1

    @pytest.mark.parametrize("name", PASTES)
    def test_names_headers_of_access_only_where_access_answered(self, send, name):
        paste, speaker, _code, certainty = PASTES[name]
        if paste:
            page = send(paste, "html").content.decode()
            assert ("<strong>Certain:</strong>" in page) == (certainty == "certain")
            if speaker not in ("access", "local"):
                assert "from Access" not in page.partition("answer__sure")[2].partition("</p>")[0]

    def test_leads_on_to_the_rows_that_it_names(self, send):
        page = send(http(401, *MARKS), "html").content.decode()
        for code in ("access-401-token", "access-401-no-credentials"):
            assert f'see <a href="/troubleshooting/{code}/">' in page
        assert "](http://testserver" not in page
        text = send(http(401, *MARKS), "txt").content.decode()
        assert "“401 with service-token headers”" in text
        markdown = send(http(401, *MARKS), "md").content.decode()
        assert "/troubleshooting/access-401-token/)" in markdown


class TestHides:
    def test_secrets_in_every_form_and_in_the_log(self, send, caplog):
        caplog.set_level(logging.DEBUG)
        paste = (
            f'$ curl -H "CF-Access-Client-Secret: {NEW_SECRET}" https://x/\n'
            f"{http(200, f'set-cookie: CF_Authorization={NEW_SECRET}')}"
        )
        for form in FORMS:
            answer = send(paste, form)
            assert NEW_SECRET not in answer.content.decode()
            assert "rotate it" in answer.content.decode()
        assert NEW_SECRET not in caplog.text

    @pytest.mark.parametrize(
        "text",
        ["</textarea><script>alert(1)</script>", "HTTP/2 403\ncf-access-aud: <img src=x>\n",
         "HTTP/2 200\nserver: <svg onload=a>\n\n</pre><script>", "HTTP/2 403\nlocation: \x1b[31m"],
    )  # fmt: skip
    def test_hostile_text_behind_escapes(self, send, text):
        body = send(text, "html").content.decode()
        for word in ("<script>alert", "<img src=x", "<svg onload", "</pre><script>", "\x1b"):
            assert word not in body
        for form in ("txt", "json", "md"):
            assert "\x1b" not in send(text, form).content.decode()

    @pytest.mark.parametrize(
        "paste",
        [
            *(
                f"HTTP/1.1 403 F\n{name}: a\x1b]0;pwned\x07b\u202e\x9b1m\ncf-access-aud: x\n\n"
                for name in FACTS
            ),
            'HTTP/1.1 403 F\n\n{"ray_id":"\\u001b]0;\\u0007\\u202e\\n\\u009bx"}',
        ],
    )
    def test_what_steers_a_terminal_in_a_fact(self, send, paste):
        for value in send(paste).json()["explanation"]["facts"].values():
            assert value.isprintable()
        for form in ("html", "txt", "md"):
            body = send(paste, form).content.decode()
            assert not set("\x1b\x07\u202e\x9b") & set(body)


class TestRefuses:
    @pytest.mark.parametrize(
        ("size", "status"), [(MAX_PASTE, 200), (MAX_PASTE + 1, 413), (10 * MAX_PASTE, 413)]
    )
    def test_more_than_it_reads(self, send, size, status):
        answer = send("x" * size)
        assert answer.status_code == status
        if status == 413:
            assert "64 kB" in answer.json()["detail"]
            assert answer.json()["type"].endswith("/troubleshooting/http-413/")

    def test_a_form_that_is_too_long_once_it_is_read(self, client, seeded):
        for size, status in ((MAX_PASTE, 200), (MAX_PASTE + 1, 413)):
            answer = client.post(URL, "paste=" + "%41" * size, content_type=FORM)
            assert answer.status_code == status

    def test_a_paste_of_two_byte_letters_by_its_bytes(self, client, seeded):
        answer = client.post(URL, "paste=" + "%C3%A9" * (MAX_PASTE // 2 + 1), content_type=FORM)
        assert answer.status_code == 413

    @pytest.mark.parametrize("length", ["x", "-1", "99999999999999"])
    def test_a_length_that_is_none(self, send, length):
        assert send("x", CONTENT_LENGTH=length).status_code == 413

    def test_chunks_of_which_it_knows_no_length(self, send):
        answer = send("x", HTTP_TRANSFER_ENCODING="chunked")
        assert answer.status_code == 411
        assert answer.json()["type"].endswith("/troubleshooting/http-411/")

    def test_a_body_that_breaks_off(self, rf, seeded):
        class BrokenOff:
            def read(self, *size):
                raise ConnectionResetError

        request = rf.post(URL, "HTTP/1.1 403 F", content_type="text/plain")
        request._stream = BrokenOff()
        assert explain(request).status_code == 400

    @pytest.mark.parametrize("body", ["", "  \n", "paste=", "paste=&mode=strict"])
    def test_nothing(self, client, seeded, body):
        answer = client.post(f"{URL}?format=json", body, content_type=FORM)
        assert answer.status_code == 400
        assert "Nothing was pasted" in answer.json()["detail"]
        assert "curl's error goes to stderr: add 2>&1" in answer.content.decode()

    @pytest.mark.parametrize(
        "headers",
        [
            {"HTTP_ORIGIN": "https://evil.example"},
            {"HTTP_ORIGIN": "null"},
            {"HTTP_SEC_FETCH_SITE": "cross-site"},
            {"HTTP_SEC_FETCH_SITE": "same-site"},
            {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://localhost"},
        ],
    )
    def test_what_another_sites_page_sent(self, send, headers):
        assert send("HTTP/2 403", HTTP_HOST="localhost", **headers).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"HTTP_ORIGIN": "http://localhost"},
            {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://localhost"},
            {"HTTP_SEC_FETCH_SITE": "none"},
        ],
    )
    def test_nothing_of_its_own(self, send, headers):
        assert send("HTTP/2 403", HTTP_HOST="localhost", **headers).status_code == 200

    def test_an_answer_to_a_question_that_there_is_not(self, client, seeded):
        body = "paste=HTTP/2+403&mode=maybe&sent=all"
        assert client.post(f"{URL}?format=json", body, content_type=FORM).status_code == 200

    def test_many_fields(self, client, seeded):
        body = "paste=x&" + "&".join(f"a{number}=b" for number in range(200))
        assert client.post(URL, body, content_type=FORM).status_code == 400

    @pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
    def test_other_methods_with_those_it_takes(self, client, seeded, method):
        answer = getattr(client, method)(URL)
        assert answer.status_code == 405
        assert answer["Allow"] == "GET, HEAD, POST"
