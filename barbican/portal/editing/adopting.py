"""
What an editor does with a callout: adopt it, drop it, show it again. Nothing is lost by any of it.

Each says for the history which words became which, or nothing where there was nothing to do.
"""

from __future__ import annotations

from django.db import transaction

from barbican.portal.models import Callout

_QUOTED = 600  # characters of a text in the history


class NotThereError(Exception):
    """The text to be replaced is not in the section. The message says what to do."""


@transaction.atomic
def adopt(callout: Callout) -> str:
    """Put the correction in the sentence's place. Raises `NotThereError`."""
    if callout.state == Callout.State.ADOPTED:
        return ""
    if not callout.is_beside_its_sentence():
        raise NotThereError(
            f"“{callout}” was not adopted: its sentence is not in “{callout.section}”. Copy the "
            f"sentence from the section into the callout, or change the section by hand."
        )
    callout.adopted = callout.body.strip()
    _replace(callout, callout.sentence, callout.adopted)
    _become(callout, Callout.State.ADOPTED)
    return (
        f"Adopted {_name(callout)}: {_quoted(callout.sentence)} is now {_quoted(callout.adopted)}."
    )


@transaction.atomic
def drop(callout: Callout) -> str:
    """Take the callout off the page. One that was adopted stays in the text."""
    if callout.state != Callout.State.SHOWN:
        return ""
    _become(callout, Callout.State.DROPPED)
    return f"Dropped {_name(callout)}: {_quoted(callout.body)} is off the page{_beside(callout)}."


@transaction.atomic
def show_again(callout: Callout) -> str:
    """
    Show the callout again, and put the sentence back where its correction was adopted.

    Raises `NotThereError` where the correction was edited since: it is not for us to guess.
    """
    if callout.state == Callout.State.SHOWN:
        return ""
    done = f"{_quoted(callout.body)} is on the page again{_beside(callout)}"
    if callout.state == Callout.State.ADOPTED:
        if callout.adopted not in callout.section.body:
            raise NotThereError(
                f"“{callout}” was not restored: what was adopted has been edited in "
                f"“{callout.section}” since. Put the sentence back there by hand, or revert the "
                f"page to a version from before under History."
            )
        _replace(callout, callout.adopted, callout.sentence)
        done = f"{_quoted(callout.adopted)} is {_quoted(callout.sentence)} again"
        callout.adopted = ""
    _become(callout, Callout.State.SHOWN)
    return f"Showed {_name(callout)} again: {done}."


def _replace(callout: Callout, old: str, new: str) -> None:
    section = callout.section
    section.body = section.body.replace(old, new, 1)
    section.save()


def _name(callout: Callout) -> str:
    return f"“{callout}” in “{callout.section}”"


def _beside(callout: Callout) -> str:
    return f", beside {_quoted(callout.sentence)}" if callout.sentence else ""


def _quoted(text: str) -> str:
    text = text.strip()
    return f"“{text}”" if len(text) <= _QUOTED else f"“{text[: _QUOTED - 1]}…”"


def _become(callout: Callout, state: Callout.State) -> None:
    callout.state = state
    callout.save()
