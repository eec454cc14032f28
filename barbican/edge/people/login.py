"""
The login pages on the team's host: an address, a one-time PIN, and the global session.

Whatever an address is, the answers are the same: only an address that a policy of the application
would admit gets a mail.

Source: rules 20 and 22 of the local edge; Cloudflare One documentation, "One-time PIN login". The
address of the second page (`verify-code`) is this project's.
"""

from __future__ import annotations

import re
import secrets
import string
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus

from barbican.edge.answers.replies import Answer
from barbican.edge.organisation.callers import Identity
from barbican.edge.organisation.model import Application, Organisation
from barbican.edge.people import pages, pins, tickets, tokens
from barbican.edge.people.admission import admitting, offers
from barbican.edge.people.browsers import Browsers
from barbican.edge.people.callback import Callback, Grant
from barbican.edge.people.identities import Reader, login_method
from barbican.edge.people.jar import Header
from barbican.edge.people.mail import Courier, Mail
from barbican.edge.people.pins import Outcome, PinLogin, Pins
from barbican.edge.people.revocations import LONGEST_SESSION
from barbican.edge.people.tickets import INVALID_SESSION, RejectedError, Ticket
from barbican.edge.people.visits import Visit
from barbican.edge.tokens.issuer import Issuer
from barbican.protocol import ACCESS_PATH, AUTHORIZATION_COOKIE

LOGIN_PATH = ACCESS_PATH + "login/"
PIN_PATH = ACCESS_PATH + "verify-code/"
LONGEST_ADDRESS = 254  # characters

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]+\.)*[A-Za-z0-9-]+")
_NO_ADDRESS = "Enter an e-mail address, such as ada@example.com."
_NO_METHOD = "This application offers no login method that the local edge has"
_TOO_MANY = "Too many codes were asked for: wait ten minutes, then try again."
_EXHAUSTED = "Too many wrong codes: start again, after ten minutes at the latest."
_EXPIRED = "This code has expired: start again to get another one."
_NONCE = string.ascii_letters + string.digits


@dataclass
class Login:
    """Leads people from the way in to the way back."""

    issuer: Issuer
    reader: Reader
    callback: Callback
    courier: Courier
    browsers: Browsers
    mailbox_url: str = ""
    pins: Pins = field(default_factory=Pins)

    def show(self, visit: Visit, host: str) -> Answer:
        """Return the first page, or the way back for somebody who is logged in already."""
        ticket, application = self._ticket(visit, host)
        person = self.reader.session(visit.request.headers, visit.organisation, visit.now)
        if person is None:
            return self._first_page(visit, ticket, application)
        if admitting(application, visit.caller(person)):
            return visit.redirect(self.callback.url(Grant(ticket, person, visit.now, is_sso=True)))
        status = visit.organisation.choices.identity_denied_status
        return self._first_page(visit, ticket, application, pages.DENIED, status, person.email)

    def send(self, visit: Visit, host: str) -> Answer:
        """Take the address, mail a code if it may have one, and lead to the second page."""
        ticket, application = self._ticket(visit, host)
        given = tickets.fields(visit.form)
        browser = self._sender(visit, given)
        email = given.get("email", "").strip().lower()
        if len(email) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(email):
            return self._first_page(visit, ticket, application, _NO_ADDRESS, 400, email[:254])
        try:
            name, pin = self.pins.start(ticket, email, browser, visit.now)
        except pins.TooManyCodesError:
            return self._first_page(visit, ticket, application, _TOO_MANY, 429, email)
        until = visit.now + pins.LIFETIME
        mail = Mail(email, pin, application.name, visit.now, until)
        if admitting(application, visit.caller(self._person(visit, email))):
            self.courier.deliver(mail)
        return visit.redirect(f"{PIN_PATH}{host}?login={name}")

    def show_pin(self, visit: Visit, host: str) -> Answer:
        """Return the second page of a login under way."""
        _name, login = self._under_way(visit, host, self.browsers.name(visit.request.headers))
        return self._second_page(visit, login)

    def check(self, visit: Visit, host: str) -> Answer:
        """Take the code. The right one starts the global session and leads back."""
        given = tickets.fields(visit.form)
        name, login = self._under_way(visit, host, self._sender(visit, given))
        code = "".join(given.get("code", "").split())
        match self.pins.attempt(name, login, code, visit.now):
            case Outcome.RIGHT:
                return self._logged_in(visit, login)
            case Outcome.USED:
                return self._second_page(visit, login, pages.USED)
            case Outcome.WRONG if not self.pins.is_exhausted(login, visit.now):
                return self._second_page(visit, login, pages.DENIED)
            case Outcome.EXPIRED:
                return self._over(visit, login, HTTPStatus.FORBIDDEN, _EXPIRED)
            case _:
                return self._over(visit, login, HTTPStatus.TOO_MANY_REQUESTS, _EXHAUSTED)

    def _ticket(self, visit: Visit, host: str) -> tuple[Ticket, Application]:
        ticket, application = tickets.read(
            host, visit.query, self.issuer, visit.organisation, visit.now
        )
        if not offers(application, login_method(visit.organisation)):
            raise RejectedError(HTTPStatus.FORBIDDEN, _NO_METHOD)
        return ticket, application

    def _sender(self, visit: Visit, given: tickets.Fields) -> str:
        browser = self.browsers.sent(visit.request.headers, given.get("seal", ""))
        if not browser:
            raise RejectedError(HTTPStatus.BAD_REQUEST, INVALID_SESSION)
        return browser

    def _under_way(self, visit: Visit, host: str, browser: str) -> tuple[str, PinLogin]:
        name = tickets.fields(visit.query).get("login", "")
        login = self.pins.find(name, browser, visit.now)
        if login is None or login.ticket.host != host:
            raise RejectedError(HTTPStatus.BAD_REQUEST, INVALID_SESSION)
        return name, login

    def _logged_in(self, visit: Visit, login: PinLogin) -> Answer:
        person = self._person(visit, login.email)
        application = visit.organisation.application(login.ticket.aud)
        if application is None or not admitting(application, visit.caller(person)):
            return self._second_page(visit, login, pages.DENIED)
        self.reader.revocations.spare(person.subject, person.nonce, visit.now)
        cookie = visit.jar.set(
            AUTHORIZATION_COOKIE, tokens.session_token(self.issuer, person), person.expires_at
        )
        url = self.callback.url(Grant(login.ticket, person, visit.now))
        return visit.redirect(url, cookie)

    def _person(self, visit: Visit, email: str) -> Identity:
        """Return the global session that this address would have from now on."""
        organisation = visit.organisation
        lifetime = min(organisation.session_duration, LONGEST_SESSION)
        return Identity(
            audience_tag="",
            issued_at=visit.now,
            expires_at=int(visit.now) + lifetime,
            email=email,
            subject=subject(organisation, email),
            nonce="".join(secrets.choice(_NONCE) for _ in range(16)),
            country=organisation.person(email).country or organisation.country,
            login_method=login_method(organisation),
        )

    def _first_page(
        self,
        visit: Visit,
        ticket: Ticket,
        application: Application,
        error: str = "",
        status: int = 200,
        email: str = "",
    ) -> Answer:
        browser, cookies = self.browsers.greet(visit.request.headers, visit.jar, visit.now)
        address = ticket.origin.partition("://")[2]
        seal = self.browsers.seal(browser)
        content = pages.email_form(application.name, address, seal, email, error)
        headers: tuple[Header, ...] = (("Cf-Access-Domain", ticket.host), *cookies)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            headers = (*headers, ("Retry-After", str(pins.WINDOW)))
        return pages.html(visit, status, _title(error), content, *headers, forms=pages.OWN_FORMS)

    def _second_page(self, visit: Visit, login: PinLogin, error: str = "") -> Answer:
        application = visit.organisation.application(login.ticket.aud)
        content = pages.pin_form(
            application.name if application else login.ticket.host,
            login.email,
            self.browsers.seal(login.browser),
            error,
            _again(login),
            pages.where_codes_are(self.mailbox_url) if self.courier.shows_codes_here else "",
        )
        status = visit.organisation.choices.identity_denied_status if error else 200
        return pages.html(visit, status, _title(error), content, forms=pages.LEADS_ON)

    def _over(self, visit: Visit, login: PinLogin, status: HTTPStatus, message: str) -> Answer:
        content = f"<h1>Enter your code</h1>{pages.failure(message)}"
        content += pages.start_again(_again(login))
        return pages.html(visit, status, _title(message), content)


def subject(organisation: Organisation, email: str) -> str:
    """Return the person's UUID: the same for one address in one team, whenever they come."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"access://{organisation.team_name}/{email}"))


def _again(login: PinLogin) -> str:
    return f"{LOGIN_PATH}{login.ticket.host}?{login.ticket.query}"


def _title(error: str) -> str:
    return f"Error: {pages.SIGN_IN}" if error else pages.SIGN_IN
