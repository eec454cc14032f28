"""Somebody logs in, in a real Chromium, at the real edge, with the code from the mailbox page."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.model import Application, Policy, PolicyDecision
from barbican.edge.organisation.selectors import EmailDomainIs, EmailIs
from barbican.edge.state import store
from tests.e2e import proof
from tests.e2e.chromium import MARKS, SCHEMES, violations
from tests.e2e.stack import SECRET_KEY, Process, ask, free_pair, wait_for

pytestmark = MARKS
WIDTHS = (320, 1280)


class Echo(BaseHTTPRequestHandler):
    """An origin that says what it was asked for, and by whom."""

    def do_GET(self):
        if self.path.startswith("/leads-away"):
            self.send_response(302)
            self.send_header("Location", f"http://plain.localhost:{self.server.edge_port}/away")
            self.end_headers()
            return
        email = self.headers.get("Cf-Access-Authenticated-User-Email", "nobody")
        body = f"<!doctype html><title>Origin</title><p>{self.path} for {email}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def application(name, number, *destinations, selector):
    return Application(
        name=name,
        aud=f"{number:064x}",
        destinations=tuple(map(Destination.parse, destinations)),
        policies=(Policy("People", PolicyDecision.ALLOW, (selector,)),),
    )


class Stack(Process):
    """`manage.py runedge` with three applications for people, in front of the echoing origin."""

    def __init__(self, folder):
        self.port = free_pair()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        self.server.edge_port = self.port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        everyone, ada = EmailDomainIs("example.com"), EmailIs("ada@example.com")
        state = store.open_or_create(folder / "state")
        applications = (
            application("Notes & <Plans>", 1, "notes.localhost", selector=everyone),
            application("Wiki", 2, "wiki.localhost/private", selector=ada),
            application("Here", 3, "127.0.0.1/here", selector=everyone),
        )
        state.write_organisation(replace(state.state().organisation, applications=applications))
        command = [sys.executable, "manage.py", "runedge", "--port", str(self.port)]
        command += ["--origin", f"http://127.0.0.1:{self.server.server_port}"]
        environment = {"PATH": os.environ["PATH"], "SECRET_KEY": SECRET_KEY, "EMAIL_URL": ""}
        super().__init__(
            [*command, "--state", str(folder / "state")], environment, folder / "edge.log"
        )
        wait_for(lambda: self._certs() == 200, self)

    def _certs(self):
        host = f"127.0.0.1:{self.port}"
        return ask(self.port, "/cdn-cgi/access/certs", host, "GET", {}).status

    @property
    def mailbox(self):
        return f"http://127.0.0.1:{self.port + 1}/mailbox"

    def url(self, host, path="/"):
        return f"http://{host}:{self.port}{path}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        return super().stop()


@pytest.fixture
def stack(tmp_path):
    # A new edge for each test: how many codes an address may have is limited.
    stack = Stack(tmp_path)
    yield stack
    stack.stop()
    assert "Traceback" not in stack.text()


@pytest.fixture
def person(chromium):
    """Open a browser of somebody's own. What its console complains about fails the test."""
    contexts, complaints = [], []

    def note(line):
        if line.type == "error" and "the server responded with a status of 4" not in line.text:
            complaints.append(line.text)

    def person(*, javascript=True, scheme="light", width=1280):
        context = chromium.new_context(
            java_script_enabled=javascript,
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        return page

    yield person
    for context in contexts:
        context.close()
    assert complaints == []


def log_in(stack, page, email="ada@example.com"):
    page.fill("#email", email)
    page.click("button")
    assert "A code has been emailed to you" in page.inner_text("main")
    page.fill("#code", code(stack, page))
    page.click("button")


def code(stack, page):
    mailbox = page.context.new_page()
    mailbox.goto(stack.mailbox)
    found = mailbox.inner_text(".code >> nth=0")
    mailbox.close()
    return found


class TestLogsIn:
    @pytest.mark.parametrize("javascript", [True, False])
    def test_arrives_where_it_wanted_to_be(self, stack, person, javascript):
        page = person(javascript=javascript)
        wanted = stack.url("notes.localhost", "/a%2Fb/?q=1%202&r=%2F+x")
        page.goto(wanted)
        assert page.url.startswith(stack.url("127.0.0.1", "/cdn-cgi/access/login/notes.localhost?"))
        assert page.title() == "Sign in ・ Cloudflare Access (local edge)"
        log_in(stack, page)
        assert page.url == wanted
        assert page.inner_text("p") == "/a%2Fb/?q=1%202&r=%2F+x for ada@example.com"

    def test_is_led_on_by_an_application_that_redirects_at_once(self, stack, person):
        page = person()
        page.goto(stack.url("notes.localhost", "/leads-away"))
        log_in(stack, page)
        assert page.url == stack.url("plain.localhost", "/away")

    def test_once_for_every_application_and_out_of_all(self, stack, person):
        page = person()
        page.goto(stack.url("notes.localhost", "/"))
        log_in(stack, page)
        page.goto(stack.url("wiki.localhost", "/private/x?y=z"))
        assert page.url == stack.url("wiki.localhost", "/private/x?y=z")
        assert "/private/x?y=z for ada@example.com" in page.inner_text("p")
        page.goto(stack.url("notes.localhost", "/cdn-cgi/access/logout"))
        assert page.inner_text("h1") == "You are signed out"
        page.goto(stack.url("wiki.localhost", "/private/x"))
        assert page.inner_text("h1") == "Sign in to Wiki"

    def test_on_the_host_that_is_the_teams_too(self, stack, person):
        page = person()
        page.goto(stack.url("127.0.0.1", "/here/1"))
        log_in(stack, page)
        assert "/here/1 for ada@example.com" in page.inner_text("p")
        page.goto(stack.url("notes.localhost", "/2"))
        assert "/2 for ada@example.com" in page.inner_text("p")
        page.goto(stack.url("127.0.0.1", "/here/3"))
        assert "/here/3 for ada@example.com" in page.inner_text("p")
        page.goto(stack.url("127.0.0.1", "/cdn-cgi/access/logout"))
        page.goto(stack.url("127.0.0.1", "/here/4"))
        assert page.inner_text("h1") == "Sign in to Here"

    def test_as_somebody_whom_a_second_application_does_not_want(self, stack, person):
        page = person()
        page.goto(stack.url("notes.localhost", "/"))
        log_in(stack, page, "grace@example.com")
        page.goto(stack.url("wiki.localhost", "/private/"))
        assert "That account does not have access" in page.inner_text("[role=alert]")
        log_in(stack, page)
        assert "/private/ for ada@example.com" in page.inner_text("p")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
class TestPages:
    def test_are_accessible_and_fit(self, stack, person, scheme, width):
        page = person(scheme=scheme, width=width)

        def good(words):
            assert words in page.inner_text("main")
            assert "local edge" in page.inner_text("body").lower()
            assert violations(page) == []
            for each in (proof.overflow, proof.clipped, proof.spaced, proof.small, proof.moving):
                assert each(page) == [], each.__name__
            assert proof.bare(page) == []

        page.goto(stack.mailbox)
        good("There is no mail.")
        page.goto(stack.url("notes.localhost", "/"))
        good("Sign in to Notes & <Plans>")
        page.evaluate("document.forms[0].noValidate = true")
        page.fill("#email", "nobody")
        page.click("button")
        good("Enter an e-mail address")
        page.fill("#email", "ada@example.com")
        page.click("button")
        good("A code has been emailed to you")
        assert page.evaluate("document.activeElement.id") == "code"
        right = code(stack, page)
        page.fill("#code", "x")
        page.click("button")
        good("That account does not have access")
        start = page.url
        page.fill("#code", right)
        page.click("button")
        assert "for ada@example.com" in page.inner_text("p")
        page.goto(start)
        page.fill("#code", right)
        page.click("button")
        good("This One-Time PIN has already been used")
        page.goto(stack.mailbox)
        good(right)
        page.goto(stack.url("notes.localhost", "/cdn-cgi/access/logout"))
        good("You are signed out")
        page.goto(stack.url("notes.localhost", "/cdn-cgi/access/authorized?nonce=x"))
        good("Invalid session")


class TestKeyboard:
    def test_goes_through_both_steps_when_zoomed(self, stack, chromium):
        with chromium.new_context(**proof.ZOOMED) as context:
            page = context.new_page()
            page.goto(stack.url("notes.localhost", "/"))
            assert proof.overflow(page) + proof.keyboard(page, in_one_column=True) == []
            page.fill("#email", "ada@example.com")
            page.keyboard.press("Enter")
            page.wait_for_selector("#code")
            assert proof.overflow(page) + proof.keyboard(page, in_one_column=True) == []
