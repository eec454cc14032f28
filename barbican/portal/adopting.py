"""
What an editor does with a callout: adopt it, drop it, show it again. Nothing is lost by any of it.
"""

from __future__ import annotations

from django.db import transaction

from barbican.portal.models import Callout


class NotThereError(Exception):
    """The text to be replaced is not in the section. The message says what to do."""


@transaction.atomic
def adopt(callout: Callout) -> None:
    """Put the correction in the sentence's place. Raises `NotThereError`."""
    if callout.state == Callout.State.ADOPTED:
        return
    if not callout.is_beside_its_sentence():
        raise NotThereError(
            f"“{callout}” was not adopted: its sentence is not in “{callout.section}”. Copy the "
            f"sentence from the section into the callout, or change the section by hand."
        )
    callout.adopted = callout.body.strip()
    _replace(callout, callout.sentence, callout.adopted)
    _become(callout, Callout.State.ADOPTED)


@transaction.atomic
def drop(callout: Callout) -> None:
    """Take the callout off the page. One that was adopted stays in the text."""
    if callout.state == Callout.State.SHOWN:
        _become(callout, Callout.State.DROPPED)


@transaction.atomic
def show_again(callout: Callout) -> None:
    """
    Show the callout again, and put the sentence back where its correction was adopted.

    Raises `NotThereError` where the correction was edited since: it is not for us to guess.
    """
    if callout.state == Callout.State.ADOPTED:
        if callout.adopted not in callout.section.body:
            raise NotThereError(
                f"“{callout}” was not restored: what was adopted has been edited in "
                f"“{callout.section}” since. Put the sentence back there by hand, or revert the "
                f"page to a version from before under History."
            )
        _replace(callout, callout.adopted, callout.sentence)
        callout.adopted = ""
    _become(callout, Callout.State.SHOWN)


def _replace(callout: Callout, old: str, new: str) -> None:
    section = callout.section
    section.body = section.body.replace(old, new, 1)
    section.save()


def _become(callout: Callout, state: Callout.State) -> None:
    callout.state = state
    callout.save()
