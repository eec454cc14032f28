"""
The mailbox page: the codes of the last minutes, for whoever sits at this machine.

It is on the management port. A page of another site cannot read it: the Host has to be loopback,
and no other origin is let in.
"""

from __future__ import annotations

import html
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from barbican.edge.answers import shell
from barbican.edge.answers.replies import Answer
from barbican.edge.organisation.destinations import normal_host

if TYPE_CHECKING:
    from barbican.edge.people.mail import Mail

PATH = "/mailbox"
MOST_MAILS = 20
_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})

_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", shell.policy()),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


@dataclass
class Mailbox:
    """The last mails, the newest first."""

    _mails: deque[Mail] = field(default_factory=lambda: deque(maxlen=MOST_MAILS), repr=False)

    def put(self, mail: Mail) -> None:
        self._mails.appendleft(mail)

    def current(self, now: float) -> Iterator[Mail]:
        """Return those whose code can still be used."""
        return (mail for mail in self._mails if now < mail.expires_at)


def answer(mailbox: Mailbox, *, method: str, host: str, now: float) -> Answer:
    """Return the mailbox page, or why this request does not get it."""
    if normal_host(host) not in _HOSTS:
        text = "The mailbox is at a loopback address only, such as 127.0.0.1."
        return _plain(HTTPStatus.FORBIDDEN, text)
    if method not in {"GET", "HEAD"}:
        return _plain(HTTPStatus.METHOD_NOT_ALLOWED, "The mailbox can only be read.")
    return Answer(HTTPStatus.OK, _HEADERS, mailbox_page(mailbox, now).encode())


def mailbox_page(mailbox: Mailbox, now: float) -> str:
    """Return the page with the codes whose time is not over."""
    mails = "".join(_entry(mail, now) for mail in mailbox.current(now))
    content = (
        "<h1>Mailbox</h1>"
        "<p>Login codes that the local edge has sent. They are shown here, and in the terminal in "
        "which the edge runs, instead of being mailed.</p>"
    )
    if mails:
        content += f'<ul class="mails">{mails}</ul>'
    else:
        content += (
            "<p><strong>There is no mail.</strong> Ask for a code, then reload this page.</p>"
        )
    return shell.document("Mailbox", content)


def _entry(mail: Mail, now: float) -> str:
    when = datetime.fromtimestamp(mail.sent_at, UTC).strftime("%H:%M:%S UTC")
    minutes = max(1, round((mail.expires_at - now) / 60))
    return (
        f'<li><strong>{html.escape(mail.to)}</strong> <span class="muted">at {when}</span>'
        f'<span class="code">{html.escape(mail.pin)}</span>'
        f'<span class="muted">for {html.escape(mail.application)}, good once, within '
        f"{minutes} minute{'' if minutes == 1 else 's'}</span></li>"
    )


def _plain(status: HTTPStatus, text: str) -> Answer:
    headers = (("Content-Type", "text/plain; charset=utf-8"), *_HEADERS[1:])
    return Answer(status, headers, f"{text}\n".encode())
