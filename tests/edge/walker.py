"""A browser of a few lines: cookies by host and path, forms, and redirects one at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import unescape
from urllib.parse import urlencode, urlsplit

import jwt

from barbican.edge.organisation.model import Policy, PolicyDecision
from barbican.edge.organisation.selectors import EmailDomainIs
from tests.edge.conftest import RunningEdge
from tests.edge.wire import Reply, get

EXPIRED = "Thu, 01 Jan 1970"


@dataclass
class Page:
    """An answer, and where it came from."""

    url: str
    reply: Reply

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def text(self) -> str:
        return unescape(self.reply.body.decode())

    @property
    def location(self) -> str:
        return self.reply["Location"]

    def field(self, name: str) -> str:
        [found] = re.findall(rf'name="{name}" value="([^"]*)"', self.reply.body.decode())
        return unescape(found)

    def link(self, words: str) -> str:
        [found] = re.findall(rf'<a href="([^"]*)">{words}</a>', self.reply.body.decode())
        return unescape(found)


@dataclass
class Walker:
    """Somebody with a browser of their own."""

    port: int
    cookies: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def go(self, url: str, *, method="GET", body=b"", headers=(), cookies=True) -> Page:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if "?" in url else "")
        given = list(headers)
        if cookies and (line := self._cookie_line(parts.hostname, parts.path or "/")):
            given.append(("Cookie", line))
        reply = get(self.port, target, given, host=parts.netloc, method=method, body=body)
        self._keep(parts.hostname, reply)
        return Page(url, reply)

    def follow(self, page: Page) -> Page:
        """Take redirects until there are no more."""
        for _ in range(10):
            if page.status != 302:
                return page
            location = page.location
            if location.startswith("/"):
                location = "http://" + urlsplit(page.url).netloc + location
            page = self.go(location)
        raise AssertionError("a circle of redirects")

    def visit(self, url: str) -> Page:
        return self.follow(self.go(url, headers=[("Accept", "text/html")]))

    def post(self, page: Page, *, headers=(), **fields) -> Page:
        """Send the page's form, filled in like this, to where it stands."""
        body = urlencode({"seal": page.field("seal"), **fields}).encode()
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        given = [kind, ("Accept", "text/html"), *headers]
        return self.go(page.url, method="POST", body=body, headers=given)

    def cookie(self, host: str, name: str, path: str = "/") -> str:
        return self.cookies.get((host, path, name), "")

    def _cookie_line(self, host: str, path: str) -> str:
        mine = [
            f"{name}={value}"
            for (where, scope, name), value in self.cookies.items()
            if where == host and path.startswith(scope)
        ]
        return "; ".join(mine)

    def _keep(self, host: str, reply: Reply) -> None:
        for line in reply.values("Set-Cookie"):
            name, value = line.partition(";")[0].split("=", 1)
            [path] = re.findall(r"Path=([^;]*)", line)
            if EXPIRED in line:
                self.cookies.pop((host, path, name), None)
            else:
                self.cookies[host, path, name] = value


@dataclass
class House:
    """A running edge whose two sample applications are for people of example.com."""

    edge: RunningEdge

    @property
    def port(self) -> int:
        return self.edge.port

    @property
    def here(self) -> str:
        """The application by path."""
        return f"http://localhost:{self.port}/service-token/"

    @property
    def there(self) -> str:
        """The application by subdomain."""
        return f"http://service-token.localhost:{self.port}/"

    @property
    def team(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def aud(self) -> str:
        return self.edge.organisation.applications[0].aud

    def change(self, number: int = 0, **changes) -> None:
        """Change one application, from the next request on."""
        applications = list(self.edge.organisation.applications)
        applications[number] = replace(applications[number], **changes)
        self.change_team(applications=tuple(applications))

    def change_team(self, **changes) -> None:
        self.edge.folder.write_organisation(replace(self.edge.organisation, **changes))

    def mails(self):
        return list(self.edge.edge.courier.mailbox.current(self.edge.clock[0]))

    def wait(self, seconds: float) -> None:
        self.edge.clock[0] += seconds

    def somebody(self) -> Walker:
        return Walker(self.port)

    def asked_for_code(self, walker: Walker, email="ada@example.com", url="") -> Page:
        """Return the second page of the login."""
        return walker.follow(walker.post(walker.visit(url or self.here), email=email))

    def logged_in(self, email="ada@example.com", url="") -> Walker:
        """Return somebody who has come through the login."""
        walker = self.somebody()
        page = self.asked_for_code(walker, email, url)
        page = walker.follow(walker.post(page, code=self.mails()[0].pin))
        assert page.url == (url or self.here)
        return walker


def allow(*selectors, decision=PolicyDecision.ALLOW, **changes) -> Policy:
    return Policy(decision.value, decision, selectors or (EmailDomainIs("example.com"),), **changes)


def claims_of(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})
