from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from jsonschema import Draft202012Validator
from justhtml import JustHTML

from barbican.portal import errors

pytestmark = pytest.mark.django_db
FORMS = ("html", "json", "txt", "md")


@pytest.fixture
def request_(db):
    request = RequestFactory().get("/", HTTP_HOST="localhost")
    request.id, request.portal = "8f3b2a1c9d7e6f50-LHR", ""
    return request


@pytest.fixture
def fault(client, seeded):
    document = client.get("/openapi.json").json()
    return {"$ref": "#/components/schemas/Fault", "components": document["components"]}


class NoFile(FileUploadHandler):
    def receive_data_chunk(self, raw_data, start):
        raise AssertionError("A file was read.")

    def file_complete(self, file_size):
        return None


class TestPage:
    @pytest.mark.parametrize("status", errors.FAULTS)
    def test_says_what_happened_and_what_to_do(self, request_, status):
        answer = errors.respond(request_, status)
        page = answer.content.decode()
        title = errors.FAULTS[status].title
        assert answer.status_code == status
        assert f"<title>{title}" in page
        assert f"<h1>{title}</h1>" in page
        assert "8f3b2a1c9d7e6f50-LHR" in page
        assert f"/troubleshooting/http-{status}/" in page
        assert "All demos" in page
        assert answer["Cache-Control"] == "no-store"
        JustHTML(page, strict=True)

    @pytest.mark.parametrize("status", errors.FAULTS)
    def test_leads_to_a_page_about_itself(self, client, seeded, status):
        assert client.get(f"/troubleshooting/http-{status}/").status_code == 200

    def test_shows_a_hostile_reason_as_text(self, request_):
        page = errors.respond(request_, 404, "<script>alert(1)</script>").content
        assert b"<script>alert" not in page


class TestProblem:
    @pytest.mark.parametrize("status", errors.FAULTS)
    def test_fits_the_openapi_document(self, rf, fault, client, status):
        request = rf.get("/?format=json", HTTP_HOST="localhost")
        problem = errors.respond(request, status)
        assert problem["Content-Type"] == "application/problem+json"
        found = __import__("json").loads(problem.content)
        Draft202012Validator(fault).validate(found)
        path = found["type"].removeprefix("http://localhost")
        assert client.get(path).status_code == 200


class TestBadHost:
    def test_leads_to_the_host_that_there_is(self, client, db):
        answer = client.get("/", HTTP_HOST="evil.example")
        page = answer.content.decode()
        assert answer.status_code == 400
        assert "evil.example" not in page
        assert 'href="http://localhost/"' in page
        assert 'href="http://localhost/static/' in page
        assert "http://localhost" in answer["Content-Security-Policy"]

    def test_is_told_in_every_form(self, client, db):
        for form in FORMS:
            answer = client.get(f"/?format={form}", HTTP_HOST="evil.example")
            assert answer.status_code == 400
            assert b"evil.example" not in answer.content


class TestFault:
    @pytest.fixture
    def broken(self, client, seeded, monkeypatch):
        client.raise_request_exception = False

        def broken(error):
            def raise_(*_arguments, **_values):
                raise error

            monkeypatch.setattr("barbican.portal.views.copy.edition", raise_)
            monkeypatch.setattr("barbican.portal.index.copy.edition", raise_)

        return broken

    def test_needs_no_template(self, client, broken, monkeypatch):
        def fail(*_arguments, **_values):
            raise RuntimeError("no template, no manifest")

        broken(RuntimeError("cfast_InventedSecretOfTheTests0123456789"))
        monkeypatch.setattr("django.template.loader.render_to_string", fail)
        monkeypatch.setattr("barbican.portal.errors.render_to_string", fail)
        monkeypatch.setattr("barbican.portal.errors.context.of_a_request", fail)
        answer = client.get("/", HTTP_CF_RAY="8f3b2a1c9d7e6f50-LHR", HTTP_ACCEPT="text/html,*/*")
        page = answer.content.decode()
        assert answer.status_code == 500
        assert "<h1>Something went wrong here</h1>" in page
        assert "8f3b2a1c9d7e6f50-LHR" in page
        assert "{{" not in page
        assert "cfast_" not in page

    def test_needs_no_file_either(self, client, broken, monkeypatch, settings, tmp_path):
        broken(RuntimeError("x"))
        monkeypatch.setattr(errors, "_page_of_a_fault", errors._page_of_a_fault.__wrapped__)
        settings.BASE_DIR = tmp_path
        answer = client.get("/", HTTP_ACCEPT="text/html,*/*")
        assert (answer.status_code, b"went wrong" in answer.content) == (500, True)

    def test_of_a_database_that_is_away_is_503(self, client, broken):
        broken(OperationalError("server closed the connection"))
        for form in FORMS:
            answer = client.get(f"/?format={form}")
            assert answer.status_code == 503
            assert int(answer["Retry-After"]) > 0
            assert b"closed the connection" not in answer.content

    def test_on_a_demos_host_leads_to_the_portal(self, request_):
        request_.portal = "http://localhost:8000"
        page = errors.respond(request_, 500).content.decode()
        assert 'href="http://localhost:8000/static/css/error.css"' in page
        assert 'href="http://localhost:8000/"' in page


class TestTooMuch:
    def test_for_the_admin_is_413(self, editor, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
        answer = editor.post("/admin/login/", {"username": "x" * 2_000})
        assert answer.status_code == 413
        assert b"Too much was sent" in answer.content

    @pytest.mark.parametrize("path", ["/admin/login/", "/admin/portal/demo/1/upload/"])
    def test_of_a_file_is_refused_unread(self, settings, path):
        settings.FILE_UPLOAD_HANDLERS = ["tests.portal.test_errors.NoFile"]
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
        caller = Client(enforce_csrf_checks=True)
        caller.cookies["csrftoken"] = "x" * 32
        answer = caller.post(path, {"file": SimpleUploadedFile("words.json", b"x" * 2_000)})
        assert answer.status_code == 413


class TestReason:
    @pytest.mark.parametrize(
        ("reason", "shown"), [("A whole sentence.", True), ({"path": "x"}, False), ("word", False)]
    )
    def test_of_a_404_is_shown_where_it_is_a_sentence(self, request_, reason, shown):
        page = errors.not_found(request_, Http404(reason)).content.decode()
        assert ("There is no page at this address." in page) is not shown
