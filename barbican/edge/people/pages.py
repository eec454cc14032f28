"""
The pages that people see at the edge: HTML with forms, no script, and a policy to match.

Titles and sentences that Access documents are its own: "A code has been emailed to you", "That
account does not have access", "This One-Time PIN has already been used".
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from barbican.edge.answers import replies as answers
from barbican.edge.answers import shell
from barbican.edge.answers.replies import Answer
from barbican.edge.people.jar import Header
from barbican.edge.people.visits import Visit

SIGN_IN = "Sign in ・ Cloudflare Access"
DENIED = "That account does not have access"
USED = "This One-Time PIN has already been used"
SENT = "A code has been emailed to you"

OWN_FORMS = "'self'"
# Chromium asks the policy about every redirect that follows a form, also about those of the
# application, behind the callback. Where an application sends people is not the edge's to forbid.
LEADS_ON = "'self' http: https:"

_SHAPE = (
    '<svg viewBox="0 0 20 20" aria-hidden="true"><path fill="none" stroke="currentColor" '
    'stroke-width="1.8" d="{}"/></svg>'
)
_BAD = _SHAPE.format(  # a cross in an octagon
    "M6.2 1h7.6L19 6.2v7.6L13.8 19H6.2L1 13.8V6.2zM6.5 6.5l7 7m0-7l-7 7"
)
_GOOD = _SHAPE.format(  # a tick in a shield
    "M10 1.2L17.8 4v5.5c0 4.7-3.2 7.8-7.8 9.3-4.6-1.5-7.8-4.6-7.8-9.3V4zM6.3 10l2.6 2.6 4.8-4.8"
)


def html(
    visit: Visit,
    status: int,
    title: str,
    content: str,
    *headers: Header,
    forms: str = "'none'",
    shape: str = "card",
) -> Answer:
    """Return a page. `content` is HTML, `shape` a kind of the shell's."""
    kind = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", shell.policy(forms)),
        # A form of ours has to say where it stands, and no other site hears of its address.
        ("Referrer-Policy", "same-origin"),
    )
    body = shell.document(title, content, kind=shape).encode()
    return Answer(HTTPStatus(status), (*kind, *headers, *visit.always), body)


def problem(visit: Visit, status: HTTPStatus, message: str, link: str = "") -> Answer:
    """Return what was wrong: a page for a browser, Access's JSON for anybody else."""
    if not visit.wants_html:
        return answers.fault(status, message, visit.request, visit.ray)
    content = f"<h1>{escape(message)}</h1>{link or _ADVICE}"
    return html(visit, status, message, content, shape="card refused")


def denied(visit: Visit) -> Answer:
    """Return the answer to somebody whom no policy admits."""
    status = HTTPStatus(visit.organisation.choices.identity_denied_status)
    return problem(visit, status, DENIED)


_ADVICE = "<p>Go back to the application that you wanted to open, and start from there.</p>"


def email_form(name: str, address: str, seal: str, email: str, error: str) -> str:
    """Return the page on which somebody says who they are."""
    problems, described = _field(error, "email")
    return (
        f"<h1>Sign in to {escape(name)}</h1>"
        f'<p class="muted small"><code>{escape(address)}</code></p>{problems}'
        '<form method="post"><label for="email">E-mail address</label>'
        '<input id="email" name="email" type="email" autocomplete="email" required maxlength="254"'
        f' value="{escape(email)}" autofocus{described}>'
        '<p class="hint" id="email-hint">You get a one-time code, which signs you in.</p>'
        f"{_seal(seal)}<button>Send me a code</button></form>"
    )


def pin_form(name: str, email: str, seal: str, error: str, again: str, reading: str) -> str:
    """Return the page on which somebody enters the code. `again` leads to a new one."""
    problems, described = _field(error, "code")
    sent = _note("good", _GOOD, SENT, "status")
    return (
        f"<h1>Enter your code</h1>{problems or sent}"
        f"<p>The code goes to <strong>{escape(email)}</strong> if that address may open "
        f"{escape(name)}, and is good for 10 minutes.</p>{reading}"
        '<form method="post"><label for="code">Code</label>'
        '<input id="code" name="code" class="pin" type="text" inputmode="numeric"'
        f' autocomplete="one-time-code" required maxlength="12" autofocus{described}>'
        '<p class="hint" id="code-hint">Six digits.</p>'
        f"{_seal(seal)}<button>Sign in</button></form>{start_again(again, 'Get another code')}"
    )


def where_codes_are(mailbox_url: str) -> str:
    """Return where a code can be read while nothing is mailed."""
    page = f' or in the <a href="{escape(mailbox_url)}">mailbox</a>' if mailbox_url else ""
    return (
        '<p class="muted small">Nothing is really mailed here: read the code in the terminal in '
        f"which the local edge runs{page}.</p>"
    )


def start_again(url: str, label: str = "Start again") -> str:
    return f'<p class="again"><a href="{escape(url)}">{label}</a></p>'


def failure(message: str) -> str:
    """Return a sentence about what went wrong, marked as such."""
    return _note("bad", _BAD, message, "alert")


def _note(kind: str, shape: str, text: str, role: str) -> str:
    name = ' id="problem"' if kind == "bad" else ""
    return f'<div class="note {kind}" role="{role}"{name}>{shape}<span>{escape(text)}</span></div>'


def _field(error: str, name: str) -> tuple[str, str]:
    """Return the sentence about a field's mistake, and the attributes that tie the field to it."""
    hint = f"{name}-hint"
    if not error:
        return "", f' aria-describedby="{hint}"'
    return failure(error), f' aria-invalid="true" aria-describedby="problem {hint}"'


def _seal(seal: str) -> str:
    return f'<input type="hidden" name="seal" value="{escape(seal)}">'
