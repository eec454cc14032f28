"""Every address, form and method, and every link on the way. No dead ends, no surprises."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from barbican.portal.registry import demo_slugs
from barbican.portal.troubleshooting import matrix
from tests.portal.explaining.pastes import MARKS, http

pytestmark = pytest.mark.django_db
BASE = "http://localhost"
FORMS = ("html", "json", "txt", "md")
PAGES = (
    "/",
    *(f"/{slug}/" for slug in demo_slugs()),
    "/troubleshooting/",
    "/troubleshooting/explain/",
    *(f"/troubleshooting/{code}/" for code in matrix.rows()),
)
FILES = ("/healthz", "/readyz", "/openapi.json", "/llms.txt", "/robots.txt", "/sitemap.xml",
         "/.well-known/security.txt")  # fmt: skip
FINE = {200, 401}  # a demo says 401 to a crawler, and all that it has to say


@pytest.fixture
def get(client, seeded, team):
    def get(url, **headers):
        return client.get(url.removeprefix(BASE), HTTP_HOST="localhost", **headers)

    return get


@pytest.fixture
def document(get):
    found = get("/openapi.json").json()
    validate(found)
    return found


def operation(document, path, method):
    # A path that is written out goes before one with a name in it.
    for name, operations in sorted(document["paths"].items(), key=lambda item: "{" in item[0]):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", name), path) and method in operations:
            return operations[method]
    raise AssertionError(f"{method} {path} is not described")


def check(document, answer, described):
    """Hold an answer to what the document says of it."""
    response = described["responses"][str(answer.status_code)]
    kind = answer["Content-Type"].partition(";")[0]
    schema = {**response["content"][kind]["schema"], "components": document["components"]}
    content = answer.content.decode()
    Draft202012Validator(schema).validate(json.loads(content) if "json" in kind else content)
    for name in response.get("headers", {}):
        assert name in answer, name


def links(page):
    """Return every address that a page points to, and where its forms go."""
    page = re.sub(r"<pre.*?</pre>|<textarea.*?</textarea>", "", page, flags=re.DOTALL)
    return {unescape(link) for link in re.findall(r'\s(?:href|action|src)="([^"]*)"', page)}


def ids(page):
    return set(re.findall(r'\sid="([^"]+)"', page))


class TestLinks:
    def test_lead_somewhere_to_the_very_place(self, get):
        todo, seen, anchors = [f"{BASE}/"], {}, []
        while todo:
            url = todo.pop()
            if url in seen:
                continue
            answer = get(url)
            assert answer.status_code in FINE, url
            page = seen[url] = answer.content.decode()
            if not answer["Content-Type"].startswith("text/html"):
                continue
            for link in links(page):
                whole, _, anchor = urljoin(url, link).partition("#")
                if urlsplit(whole).netloc != "localhost" or "/static/" in whole:
                    continue
                todo.append(whole)
                if anchor:
                    anchors.append((whole, anchor, url))
        for url, anchor, source in anchors:
            assert anchor in ids(seen[url]), f"{source} points to {url}#{anchor}"
        assert len(seen) > len(PAGES)
        assert {f"{BASE}{path}" for path in PAGES} <= set(seen)

    def test_in_json_lead_somewhere(self, get):
        found = set()
        for path in PAGES:
            body = get(f"{path}?format=json").content.decode()
            found |= set(re.findall(r'"(http://localhost/[^"]*)"', body))
        for url in found:
            assert get(url.partition("#")[0]).status_code in FINE, url

    @pytest.mark.parametrize("path", ["/llms.txt", "/sitemap.xml", "/troubleshooting/?format=md"])
    def test_in_a_file_lead_somewhere(self, get, path):
        found = re.findall(r"http://localhost/[^\s)<]*", get(path).content.decode())
        assert len(found) >= 77
        for url in found:
            assert get(url).status_code in FINE, url

    def test_of_llms_txt_are_markdown(self, get):
        for url in re.findall(r"http://localhost/\S*format=md", get("/llms.txt").content.decode()):
            assert get(url)["Content-Type"] == "text/markdown; charset=utf-8"


class TestForms:
    @pytest.mark.parametrize("form", FORMS)
    def test_of_every_page_are_as_the_document_says(self, get, document, form):
        for path in PAGES:
            answer = get(f"{path}?format={form}")
            check(document, answer, operation(document, path, "get"))
            assert answer["Vary"] == "Accept, User-Agent"

    def test_of_every_file_are_as_the_document_says(self, get, document):
        for path in FILES:
            check(document, get(path), operation(document, path, "get"))

    @pytest.mark.parametrize("form", FORMS)
    def test_of_an_explanation_are_as_the_document_says(self, client, document, form, seeded, team):
        described = operation(document, "/troubleshooting/explain/", "post")
        url = f"/troubleshooting/explain/?format={form}"
        for body, headers, status in (
            (http(403, *MARKS), {}, 200),
            ("", {}, 400),
            ("x", {"HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
            ("x" * 70_000, {}, 413),
        ):
            answer = client.post(url, body, content_type="text/plain", **headers)
            assert answer.status_code == status
            check(document, answer, described)

    def test_describe_no_address_that_there_is_not(self, get, document):
        for path in document["paths"]:
            assert get(path.replace("{code}", "expired")).status_code in FINE


class TestMethods:
    @pytest.mark.parametrize("path", [*PAGES[:4], "/troubleshooting/expired/", *FILES])
    def test_head_is_get_without_a_body(self, client, get, path):
        whole, head = get(path), client.head(path, HTTP_HOST="localhost")
        assert (head.status_code, head.content) == (whole.status_code, b"")
        for name in ("Content-Type", "Cache-Control", "Vary", "ETag", "WWW-Authenticate"):
            assert head.get(name) == whole.get(name), name

    @pytest.mark.parametrize("path", [*PAGES[:3], "/troubleshooting/expired/", *FILES])
    def test_others_are_405_in_the_callers_form(self, client, document, path):
        schema = {"$ref": "#/components/schemas/Fault", "components": document["components"]}
        for method in ("post", "put", "patch", "delete", "options", "trace"):
            for form in FORMS:
                answer = getattr(client, method)(f"{path}?format={form}")
                assert answer.status_code == 405
                assert answer["Allow"] == "GET, HEAD"
                if form == "json":
                    Draft202012Validator(schema).validate(answer.json())
