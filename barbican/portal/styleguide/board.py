"""
The components of the index, with values that were made up for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from barbican.access.keys import KeyState
from barbican.portal import board, index, methods
from barbican.portal.styleguide.invented import NONE_HELD, STALE
from barbican.portal.styleguide.specimens import Component, Specimen, include, partial


def _cards() -> Iterable[Specimen]:
    none_tried = KeyState("", "empty", (), None, None, "", 0)
    base = board.Card(
        "Service Token", "Token", "Client ID and Client Secret in two headers.", "/", "pass", ""
    )
    unset = board.State("needs_configuration", "none", "Needs configuration")
    off = board.State("off", "off", "Off", "Publish it in the admin")
    for slug, title, state in (
        ("configured", "Configured", board.of_keys(none_tried)),
        ("unset", "Needs configuration", unset),
        ("unset-staff", "The same, for staff",
         board.State(unset.code, unset.tone, unset.word, "Set SERVICE_TOKEN_AUD")),
        ("off", "Off, for staff", off),
        ("stale", "With old keys", board.of_keys(STALE.state())),
        ("unreachable", "Without keys", board.of_keys(NONE_HELD.state())),
    ):  # fmt: skip
        values = {**asdict(base), "tone": state.tone, "state": state.word, "hint": state.hint}
        card = partial("card", card={**values, "is_off": state.code == "off"})
        yield Specimen(slug, title, f'<ul class="cards">{card}</ul>')
    group = {"name": "People", "anchor": "people", "planned": methods.METHODS[:2]}
    yield include("planned", "A column with no demo yet", "board", group=group)


def _chooser() -> Iterable[Specimen]:
    rows = [{"method": each, "href": ""} for each in methods.METHODS[:2]]
    rows.append({"method": methods.METHODS[-1], "href": "/service-token/"})
    yield include("three", "Three methods", "chooser", methods=rows)


def _pieces() -> Iterable[Specimen]:
    for slug, mode in (("local", "local edge"), ("cloudflare", "Cloudflare Access")):
        yield include(slug, mode.capitalize(), "pieces", hops=index.hops(mode))


COMPONENTS = (
    Component("cards", "Cards of the index", ("card", "board"), _cards),
    Component("chooser", "Which one should I use?", ("chooser",), _chooser),
    Component("pieces", "How the pieces fit", ("pieces",), _pieces),
)
