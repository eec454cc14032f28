"""
How a one-time PIN reaches its owner: shown on this machine, unless the settings say where to mail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from barbican.edge.people.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail with a PIN. Wherever it is shown it opens its application, for a while."""

    to: str
    pin: str = field(repr=False)
    application: str  # its name
    sent_at: float  # Unix seconds
    expires_at: float  # Unix seconds

    @property
    def subject(self) -> str:
        return f"Your login code for {' '.join(self.application.split())}"

    @property
    def text(self) -> str:
        minutes = round((self.expires_at - self.sent_at) / 60)
        return (
            f"Your login code is {self.pin}\n\n"
            f"It opens {self.application}, once, within {minutes} minutes.\n"
            "If you did not ask for it, you need not do anything.\n\n"
            "Sent by the local edge of the Barbican Identity Demo, a stand-in for Cloudflare"
            " Access.\n"
        )


class Courier(Protocol):
    """Takes mails. It returns at once, so that its time tells nothing."""

    @property
    def shows_codes_here(self) -> bool:
        """Say whether this machine shows the codes, in the terminal and in the mailbox."""

    def deliver(self, mail: Mail) -> None:
        """See to it that the mail arrives. Never raises."""


@dataclass
class Here:
    """The default: a line in the terminal, and the mailbox page."""

    write_line: Callable[[str], None]
    mailbox: Mailbox = field(default_factory=Mailbox)
    shows_codes_here: bool = True

    def deliver(self, mail: Mail) -> None:
        self.mailbox.put(mail)
        self.write_line(line(mail))


def line(mail: Mail) -> str:
    """Return the one line of the edge that shows a PIN, by design."""
    when = datetime.fromtimestamp(mail.sent_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = ascii(mail.application)[1:-1]
    return f'{when} mail to {ascii(mail.to)[1:-1]}: {mail.pin} is the login code for "{name}"'
