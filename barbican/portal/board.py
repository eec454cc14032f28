"""
The state of each demo here: configured, needs configuration, off, or without keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from django.urls import reverse

from barbican.access import conf
from barbican.access.checks import faults
from barbican.access.keys import KeyState
from barbican.portal import methods
from barbican.portal.registry import demos
from barbican.portal.shipped import PageCopy
from barbican.portal.times import duration

Code: TypeAlias = Literal["configured", "needs_configuration", "keys_unreachable", "off"]


@dataclass(frozen=True, slots=True)
class State:
    code: Code
    tone: str  # a shape of `status`
    word: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    badge: str
    summary: str
    href: str
    tone: str
    state: str
    hint: str = ""
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """People, or machines."""

    name: str
    anchor: str
    cards: tuple[Card, ...]
    planned: tuple[methods.Method, ...]


def columns(pages: list[PageCopy], *, is_staff: bool) -> list[Column]:
    """Return the columns, those with a demo first. What is off is shown to staff alone."""
    shown = [page for page in pages if page.is_published or is_staff]
    found = [
        Column(
            name,
            group,
            tuple(card(page, is_staff=is_staff) for page in shown if callers(page.slug) == group),
            tuple(planned(group)),
        )
        for group, name in methods.GROUPS
    ]
    return sorted(found, key=lambda column: not column.cards)


def callers(slug: str) -> methods.Group:
    method = methods.BY_SLUG.get(slug)
    return method.group if method else "machines"


def planned(group: methods.Group) -> list[methods.Method]:
    return [each for each in methods.METHODS if each.group == group and each.slug not in demos()]


def card(page: PageCopy, *, is_staff: bool) -> Card:
    found = state(page)
    is_off = found.code == "off"
    return Card(
        title=page.title,
        badge=page.badge,
        summary=page.summary,
        href=reverse("admin:portal_demo_changelist") if is_off else f"/{page.slug}/",
        tone=found.tone,
        state=found.word,
        hint=found.hint if is_staff or found.code == "keys_unreachable" else "",
        is_off=is_off,
    )


def state(page: PageCopy) -> State:
    """Return how a demo is here, now. Fetches nothing."""
    if not page.is_published:
        return State("off", "off", "Off", "Publish it in the admin")
    name = demos()[page.slug].application
    if wrong := faults(name):
        return State("needs_configuration", "none", "Needs configuration", _hint(*wrong[0]))
    return of_keys(conf.key_store().state())


def of_keys(keys: KeyState) -> State:
    if not keys.last_error:
        return State("configured", "pass", "Configured")
    hint = f"Next try in {duration(keys.next_attempt_in)}" if keys.next_attempt_in >= 1 else ""
    if keys.freshness in ("fresh", "stale"):
        word = f"Configured, with keys fetched {duration(keys.age or 0)} ago"
        return State("configured", "caution", word, hint)
    return State("keys_unreachable", "fail", "Keys unreachable", hint)


def _hint(variable: str, state: str) -> str:
    return f"{'Set' if state == 'unset' else 'Correct'} {variable}"
