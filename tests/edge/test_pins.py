from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMessage

from barbican.edge.people import pins
from barbican.edge.people.django_mail import DjangoMail
from barbican.edge.people.limits import Limit
from barbican.edge.people.mail import Here, Mail
from barbican.edge.people.mailbox import MOST_MAILS, Mailbox, answer, mailbox_page
from barbican.edge.people.pins import Outcome, Pins, TooManyCodesError
from barbican.edge.people.tickets import Ticket
from tests.e2e.stack import free_port

NOW = 1_790_000_000.0
TICKET = Ticket("0" * 64, "localhost", "http://localhost:1", "/", "digest", "kid=x")
EMAIL = "ada@example.com"


def started(email=EMAIL, browser="b", now=NOW, counted=None):
    counted = counted or Pins()
    name, pin = counted.start(TICKET, email, browser, now)
    return counted, name, counted.find(name, browser, now), pin


def wrong(pin):
    return f"{(int(pin) + 1) % 10**6:06}"


class TestAPin:
    def test_rule_20_is_six_digits_and_its_own_each_time(self):
        counted = Pins()
        made = [counted.start(TICKET, f"{n}@example.com", "b", NOW) for n in range(50)]
        assert all(re.fullmatch(r"[0-9]{6}", pin) for _name, pin in made)
        assert len({pin for _name, pin in made}) > 40
        assert len({name for name, _pin in made}) == 50

    def test_rule_20_is_kept_as_a_digest(self):
        counted, _name, login, pin = started()
        assert pin not in repr(counted.__dict__)
        assert pin.encode() not in login.digest

    @pytest.mark.parametrize(
        ("seconds", "outcome"),
        [
            (0, Outcome.RIGHT),
            (599.9, Outcome.RIGHT),
            (600, Outcome.EXPIRED),
        ],
    )
    def test_rule_20_is_good_for_ten_minutes(self, seconds, outcome):
        counted, name, login, pin = started()
        assert counted.attempt(name, login, pin, NOW + seconds) is outcome

    def test_rule_20_is_good_once(self):
        counted, name, login, pin = started()
        outcomes = [counted.attempt(name, login, code, NOW) for code in (pin, pin, wrong(pin), pin)]
        assert outcomes == [Outcome.RIGHT, Outcome.USED, Outcome.WRONG, Outcome.USED]

    @pytest.mark.parametrize("code", ["", "0", "1234567", "abcdef", "é" * 6, "\udcff", "١٢٣٤٥٦"])
    def test_rule_20_is_nothing_else(self, code):
        counted, name, login, _pin = started()
        assert counted.attempt(name, login, code, NOW) is Outcome.WRONG

    def test_rule_20_of_one_login_opens_no_other(self):
        counted, name, login, pin = started()
        login.digest = counted._digest("another login", pin)
        assert counted.attempt(name, login, pin, NOW) is Outcome.WRONG

    @pytest.mark.parametrize(("tries", "outcome"), [(4, Outcome.RIGHT), (5, Outcome.EXHAUSTED)])
    def test_rule_20_has_five_tries(self, tries, outcome):
        counted, name, login, pin = started()
        for _ in range(tries):
            assert counted.attempt(name, login, wrong(pin), NOW) is Outcome.WRONG
        assert counted.attempt(name, login, pin, NOW) is outcome

    def test_rule_20_has_ten_tries_of_an_address_in_all_its_logins(self):
        counted = Pins()
        outcomes = []
        for _ in range(3):
            _counted, name, login, pin = started(counted=counted)
            outcomes += [counted.attempt(name, login, wrong(pin), NOW) for _ in range(4)]
        assert outcomes == [Outcome.WRONG] * 10 + [Outcome.EXHAUSTED] * 2
        assert counted.attempt(name, login, pin, NOW) is Outcome.EXHAUSTED
        _counted, name, login, pin = started("grace@example.com", counted=counted)
        assert counted.attempt(name, login, pin, NOW) is Outcome.RIGHT
        _counted, name, login, pin = started(counted=counted, now=NOW + 600)
        assert counted.attempt(name, login, pin, NOW + 600) is Outcome.RIGHT

    def test_is_for_one_browser(self):
        counted, name, _login, _pin = started()
        assert counted.find(name, "other", NOW) is None
        assert counted.find(name, "", NOW) is None
        assert counted.find("other", "b", NOW) is None

    def test_may_be_asked_for_five_times_by_an_address(self):
        counted = Pins()
        for _ in range(5):
            counted.start(TICKET, EMAIL, "b", NOW)
        with pytest.raises(TooManyCodesError):
            counted.start(TICKET, EMAIL, "other", NOW + 599)
        counted.start(TICKET, "grace@example.com", "b", NOW)
        counted.start(TICKET, EMAIL, "b", NOW + 600)

    def test_may_be_asked_for_a_hundred_times_by_everybody(self):
        counted = Pins()
        for number in range(100):
            counted.start(TICKET, f"{number}@example.com", "b", NOW)
        with pytest.raises(TooManyCodesError):
            counted.start(TICKET, "one@more.test", "b", NOW)

    def test_is_forgotten_with_its_login(self, monkeypatch):
        monkeypatch.setattr(pins, "MOST_LOGINS", 3)
        counted, first, *_rest = started()
        for number in range(3):
            counted.start(TICKET, f"{number}@example.com", "b", NOW)
        assert counted.find(first, "b", NOW) is None
        counted.start(TICKET, "late@example.com", "b", NOW + 3600)
        assert len(counted._logins) == 1


class TestALimit:
    def test_forgets_names_rather_than_grow(self, monkeypatch):
        monkeypatch.setattr("barbican.edge.people.limits.MOST_NAMES", 2)
        limit = Limit(1, 60)
        for name in "abc":
            limit.count(name, NOW)
        assert [limit.is_reached(name, NOW) for name in "abc"] == [False, True, True]


class TestTheSecondPage:
    def test_rule_20_of_a_bad_code_says_so_and_lets_try_again(self, house):
        walker = house.somebody()
        page = house.asked_for_code(walker)
        pin = house.mails()[0].pin
        bad = walker.post(page, code=wrong(pin))
        assert (bad.status, "That account does not have access" in bad.text) == (403, True)
        assert 'autocomplete="one-time-code"' in bad.text
        assert 'inputmode="numeric"' in bad.text
        assert 'aria-describedby="problem code-hint"' in bad.text
        assert pin not in bad.text
        good = walker.post(page, code=f" {pin[:3]} {pin[3:]} ")
        assert walker.follow(good).url == house.here

    def test_rule_20_of_a_used_code_says_so(self, house):
        walker = house.somebody()
        page = house.asked_for_code(walker)
        pin = house.mails()[0].pin
        walker.post(page, code=pin)
        again = walker.post(page, code=pin)
        assert again.status == 403
        assert "This One-Time PIN has already been used" in again.text
        assert again.reply.values("Location") == again.reply.values("Set-Cookie") == []

    def test_rule_20_of_a_code_that_is_over_lets_start_again(self, house):
        walker = house.somebody()
        page = house.asked_for_code(walker)
        pin = house.mails()[0].pin
        house.wait(600)
        over = walker.post(page, code=pin)
        assert (over.status, "has expired" in over.text) == (403, True)
        start = walker.visit(house.team + over.link("Start again"))
        assert "Sign in to" in start.text

    def test_rule_20_of_too_many_tries_lets_start_again(self, house):
        walker = house.somebody()
        page = house.asked_for_code(walker)
        pin = house.mails()[0].pin
        statuses = [walker.post(page, code=wrong(pin)).status for _ in range(6)]
        assert statuses == [403] * 4 + [429] * 2
        assert walker.post(page, code=pin).status == 429

    def test_rule_20_after_a_change_of_policies_lets_nobody_in(self, house):
        walker = house.somebody()
        page = house.asked_for_code(walker)
        pin = house.mails()[0].pin
        house.change(policies=())
        denied = walker.post(page, code=pin)
        assert (denied.status, denied.reply.values("Set-Cookie")) == (403, [])

    def test_rule_20_for_a_refused_address_lets_no_code_in(self, house):
        walker = house.somebody()
        page = house.asked_for_code(walker, "eve@evil.test")
        [login] = house.edge.edge.people.login.pins._logins.values()
        name = page.url.partition("login=")[2]
        login.digest = house.edge.edge.people.login.pins._digest(name, "123456")  # a lucky guess
        denied = walker.post(page, code="123456")
        assert (denied.status, "That account does not have access" in denied.text) == (403, True)
        assert denied.reply.values("Set-Cookie") == []

    def test_of_another_browser_is_no_page(self, house):
        page = house.asked_for_code(house.somebody())
        stranger = house.somebody()
        stranger.visit(house.here)
        found = stranger.visit(page.url)
        assert (found.status, "Invalid session" in found.text) == (400, True)
        assert house.somebody().visit(page.url).status == 400

    def test_is_refused_when_codes_are_asked_for_too_often(self, house):
        for email in (EMAIL, "eve@evil.test"):  # the same for an address that nobody admits
            walker = house.somebody()
            first = walker.visit(house.here)
            sent = [walker.post(first, email=email) for _ in range(6)]
            assert [each.status for each in sent] == [302] * 5 + [429]
            assert sent[-1].reply["Retry-After"] == "600"
        assert len(house.mails()) == 5

    def test_takes_as_long_for_a_refused_address(self, house):
        # Not a stopwatch: no step of the answer waits for the mail.
        class Slow(Here):
            def deliver(self, mail):
                asyncio.get_running_loop().call_later(0.5, super().deliver, mail)

        house.edge.edge.people.login.courier = Slow(house.edge.lines.append)
        started_at = time.monotonic()
        assert house.asked_for_code(house.somebody()).status == 200
        assert time.monotonic() - started_at < 0.5
        assert house.mails() == []


MAIL = Mail(EMAIL, "012345", 'Notes "and"\nPlans é', NOW, NOW + 600)


class TestAMail:
    def test_is_a_line_in_the_terminal_and_nowhere_else(self, house):
        walker = house.somebody()
        page = house.asked_for_code(walker)
        pin = house.mails()[0].pin
        walker.post(page, code=pin)
        with_pin = [line for line in house.edge.lines if pin in line.partition("Z ")[2]]
        assert len(with_pin) == 1
        assert f"mail to {EMAIL}: {pin} is the login code" in with_pin[0]
        assert not [line for line in house.edge.lines if "login=" in line or "eyJ" in line]

    def test_shows_its_pin_by_design_only(self):
        assert MAIL.pin not in repr(MAIL)
        assert "\n" not in MAIL.subject

    def test_for_a_terminal_is_one_line_of_ascii(self):
        lines = []
        Here(lines.append).deliver(MAIL)
        [line] = lines
        assert line.isascii()
        assert "\n" not in line


class TestTheMailbox:
    def test_shows_codes_while_they_are_good(self):
        mailbox = Mailbox()
        assert "There is no mail" in mailbox_page(mailbox, NOW)
        mailbox.put(MAIL)
        for seconds, is_shown in ((0, True), (599, True), (600, False)):
            assert ("012345" in mailbox_page(mailbox, NOW + seconds)) is is_shown

    def test_shows_the_newest_first_and_keeps_few(self):
        mailbox = Mailbox()
        for number in range(MOST_MAILS + 5):
            mailbox.put(replace(MAIL, pin=f"{number:06}"))
        shown = re.findall(r'"code">(\d{6})<', mailbox_page(mailbox, NOW))
        assert shown == [f"{number:06}" for number in range(MOST_MAILS + 4, 4, -1)]

    def test_shows_text_as_text(self):
        mailbox = Mailbox()
        mailbox.put(replace(MAIL, to="<b>@x", application="<script>"))
        page = mailbox_page(mailbox, NOW)
        assert "<b>" not in page
        assert "<script>" not in page

    @pytest.mark.parametrize(
        ("method", "host", "status"),
        [
            ("GET", "127.0.0.1:8081", 200),
            ("HEAD", "localhost", 200),
            ("GET", "LOCALHOST:1", 200),
            ("GET", "[::1]:8081", 200),
            ("GET", "rebound.evil.example:8081", 403),
            ("GET", "127.0.0.1.evil.example", 403),
            ("GET", "", 403),
            ("POST", "127.0.0.1:8081", 405),
        ],
    )
    def test_is_read_from_this_machine_only(self, method, host, status):
        mailbox = Mailbox()
        mailbox.put(MAIL)
        found = answer(mailbox, method=method, host=host, now=NOW)
        assert found.status == status
        assert (b"012345" in found.body) is (status == 200)
        headers = dict(found.headers)
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in headers


class Postbox:
    """What a real SMTP server took in."""

    def __init__(self):
        self.taken = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 taken"


@pytest.fixture
def smtp(settings):
    postbox = Postbox()
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    yield postbox
    controller.stop()


class TestMailing:
    def test_brings_the_code_through_smtp_and_shows_it_nowhere(self, house, smtp):
        courier = DjangoMail(house.edge.lines.append)
        house.edge.edge.people.login.courier = courier
        walker = house.somebody()
        page = house.asked_for_code(walker)
        courier.close()
        [(sender, to, content)] = smtp.taken
        assert (sender, to) == ("local-edge@localhost", [EMAIL])
        [pin] = re.findall(r"code is (\d{6})", content)
        assert "Subject: Your login code for Service token demo, by path" in content
        assert walker.follow(walker.post(page, code=pin)).url == house.here
        assert house.mails() == []
        assert not [line for line in house.edge.lines if pin in line.partition("Z ")[2]]
        assert "terminal" not in page.text

    def test_of_a_name_with_line_breaks_is_one_subject(self, smtp):
        courier = DjangoMail([].append)
        courier.deliver(MAIL)
        courier.close()
        assert len(smtp.taken) == 1

    def test_that_fails_is_said_without_the_code(self, house, settings, monkeypatch):
        def fail(*_arguments, **_options):
            raise ConnectionRefusedError

        monkeypatch.setattr(EmailMessage, "send", fail)
        courier = DjangoMail(house.edge.lines.append)
        house.edge.edge.people.login.courier = courier
        page = house.asked_for_code(house.somebody())
        courier.close()
        assert "A code has been emailed to you" in page.text
        [line] = [line for line in house.edge.lines if "could not be sent" in line]
        assert "ConnectionRefusedError" in line
        assert not re.search(r"\b\d{6}\b", line)
