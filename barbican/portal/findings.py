"""
The values behind a refusal, one by one, for whoever has to put it right.

Everything a sender wrote is masked and cut here. What only the site's own people need is given to
them alone, so these are made anew for each request and never kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.conf import settings

from barbican.access import conf
from barbican.access.checks import faults
from barbican.access.evidence import deciding
from barbican.access.examination import Examination
from barbican.access.parse import audiences
from barbican.access.presented import ASSERTION, cookie_values
from barbican.access.rows import shown
from barbican.portal import copy, masking, places, verdicts
from barbican.portal.registry import demos
from barbican.portal.signatures import DOTS
from barbican.portal.times import absolute, duration
from barbican.portal.troubleshooting import local
from barbican.protocol import CLIENT_ID_HEADER, CLIENT_SECRET_HEADER

MAX_TAGS = 4  # of one token, one by one; nobody's token has more
_TOKEN_LIKE = re.compile(r"""["'\s]*(Bearer\s+)?["']?eyJ""", re.IGNORECASE)
CURL = "curl command"
STARTS = 12  # characters of what is no token


class Finding(NamedTuple):
    """One named value, ready to be shown as text."""

    label: str
    value: str
    copy: str = ""  # what to call it when copied; empty: nothing to copy
    href: str = ""
    is_tabled: bool = False  # the check table says it too

    @property
    def is_command(self) -> bool:
        """Say whether it has lines of its own, ready to be pasted."""
        return self.copy == CURL


def of(examination: Examination, base: str, *, is_staff: bool = False) -> tuple[Finding, ...]:
    """Return what to know of this request's verdict besides its proof, in reading order."""
    if examination.verdict == "not_configured":
        return tuple(_of_the_setting(examination)) if is_staff else ()
    if verdicts.for_machines(examination):
        return (_curl(examination, base),)
    make = _FINDINGS.get(examination.verdict)
    return tuple(make(examination, base)) if make else ()


def edge_address(examination: Examination, base: str) -> str:
    """Return where this demo is reached through the edge."""
    slug = examination.application.name.replace("_", "-")
    return places.demo_url(places.edge(base), slug)


def _curl(examination: Examination, base: str) -> Finding:
    command = (
        f"curl {edge_address(examination, base)} \\\n"
        f'  -H "{CLIENT_ID_HEADER}: $CF_ACCESS_CLIENT_ID" \\\n'
        f'  -H "{CLIENT_SECRET_HEADER}: $CF_ACCESS_CLIENT_SECRET"'
    )
    return Finding("As a machine", command, CURL)


def _nothing(examination: Examination, base: str) -> Iterator[Finding]:
    is_local_already = bool(places.local_edge())
    if (conf.local_edge() or settings.DEBUG) and not is_local_already:
        yield Finding("Run it locally", local.at(examination.meta).start(()), "command")
    yield _curl(examination, base)._replace(label="Call it")


def _unsigned(examination: Examination, _base: str) -> Iterator[Finding]:
    came = masking.headers(examination.meta)
    credentials = [each for each in came if each.trust == masking.CREDENTIAL]
    if not credentials:
        # The name of whom it claims to be is nobody's, so it is not said here.
        yield Finding("What came", ", ".join(each.name for each in came if each.set_by == "Access"))
        return
    for header in credentials:
        yield Finding(header.name, header.value)
    if conf.local_edge():
        yield Finding("Local edge", local.at(examination.meta).start(()), "command")


def _malformed(examination: Examination, _base: str) -> Iterator[Finding]:
    meta = examination.meta
    values = [str(meta[ASSERTION])] if ASSERTION in meta else cookie_values(meta)
    if values and values[0]:
        yield Finding("It begins", beginning(values[0]))


def beginning(value: str) -> str:
    """Return the first characters of what should be a token, and nothing of what never was one."""
    if _TOKEN_LIKE.match(value):
        return f"{value[:STARTS]}… ({len(value)} characters)"
    return f"{DOTS} ({len(value)} characters; a token begins with eyJ)"


def _unknown_key(examination: Examination, _base: str) -> Iterator[Finding]:
    keys, row = examination.keys, deciding(examination.checks)
    if row:
        yield Finding("Key ID", masking.mask_claim(row.actual), "key ID", is_tabled=True)
    yield Finding("Keys known", ", ".join(map(verdicts.short, keys.key_ids)) or "none")
    if keys.age is not None:
        yield Finding("Last refresh", f"{duration(keys.age)} ago")
    pause = keys.unknown_attempt_in
    yield Finding("Next refresh", f"in {duration(pause)}" if pause >= 1 else "with the next try")


def _not_yet_valid(examination: Examination, _base: str) -> Iterator[Finding]:
    begins = verdicts.claim_time(examination)
    if begins is not None:
        yield Finding("Clocks differ by", duration(begins - examination.now))
    yield Finding("This server", absolute(examination.now))


def _wrong_audience(examination: Examination, base: str) -> Iterator[Finding]:
    for tag in sorted(examination.application.audience_tags):
        yield Finding("Expected AUD", tag, "expected AUD", is_tabled=True)
    found = audiences(examination.token.claims if examination.token else {}) or ()
    for tag in found[:MAX_TAGS]:
        value = masking.mask_claim(shown(tag))
        yield Finding("Got AUD", value, "AUD that came", is_tabled=True)
    yield owner(frozenset(found), base)


def owner(tags: frozenset[str], base: str) -> Finding:
    """Return which application of this portal these AUD tags belong to."""
    pages = copy.edition().pages
    for slug, demo in demos().items():
        if conf.application(demo.application).audience_tags & tags and pages[slug].is_published:
            return Finding("It belongs to", pages[slug].title, href=f"{base}/{slug}/")
    if conf.application(conf.ADMIN).audience_tags & tags:
        return Finding("It belongs to", "this portal's admin", href=f"{base}/admin/")
    return Finding("It belongs to", "no application that is configured here")


def _client_not_allowed(examination: Examination, _base: str) -> Iterator[Finding]:
    client_id = str(examination.token.claims["common_name"]) if examination.token else ""
    yield Finding("Client ID", client_id, "Client ID")


def _keys_unavailable(examination: Examination, _base: str) -> Iterator[Finding]:
    keys = examination.keys
    yield Finding("Key endpoint", keys.source, "address")
    yield Finding("Last error", keys.last_error or "none yet")
    pause = keys.next_attempt_in
    yield Finding("Next try", f"in {duration(pause)}" if pause >= 1 else "with the next request")


def _of_the_setting(examination: Examination) -> Iterator[Finding]:
    for variable, state in faults(examination.application.name):
        yield Finding(variable, state)
    yield Finding("Run", "manage.py doctor", "command")


def _compared(examination: Examination, _base: str) -> Iterator[Finding]:
    """Yield what the deciding check wanted and what it found."""
    row = deciding(examination.checks)
    if row and row.expected:
        yield Finding("Expected", row.expected, is_tabled=True)
    if row and row.actual:
        yield Finding("Got", masking.mask_claim(row.actual), is_tabled=True)


def _wrong_issuer(examination: Examination, base: str) -> Iterator[Finding]:
    for found in _compared(examination, base):
        yield found._replace(copy=f"issuer: {found.label.lower()}")


_FINDINGS: dict[str, Callable[[Examination, str], Iterator[Finding]]] = {
    "nothing_presented": _nothing,
    "unverified_headers": _unsigned,
    "malformed": _malformed,
    "algorithm_refused": _compared,
    "unknown_key": _unknown_key,
    "missing_claim": _compared,
    "wrong_issuer": _wrong_issuer,
    "not_yet_valid": _not_yet_valid,
    "wrong_type": _compared,
    "wrong_audience": _wrong_audience,
    "wrong_kind": _compared,
    "client_not_allowed": _client_not_allowed,
    "keys_unavailable": _keys_unavailable,
}
