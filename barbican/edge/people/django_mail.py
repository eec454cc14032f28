"""
Mails a one-time PIN through Django's mail settings, in a thread of its own.

The one module of the edge that knows Django; only `manage.py runedge` uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.core.mail import send_mail

from barbican.edge.people.mail import Mail


@dataclass
class DjangoMail:
    """Sends through `EMAIL_URL`. What it sends is shown nowhere else."""

    write_line: Callable[[str], None]
    shows_codes_here: bool = False
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "mail"), repr=False
    )

    def deliver(self, mail: Mail) -> None:
        self._threads.submit(self._send, mail)

    def close(self) -> None:
        """Wait for what is under way."""
        self._threads.shutdown()

    def _send(self, mail: Mail) -> None:
        try:
            send_mail(mail.subject, mail.text, None, [mail.to])
        except Exception as error:  # noqa: BLE001 - whatever it is, the terminal should know
            self.write_line(
                f"The mail to {mail.to} could not be sent ({type(error).__name__}):"
                " look at EMAIL_URL."
            )
