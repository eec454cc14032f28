"""
What a page is held to in a browser, beside axe. Each proof returns what it has to complain of.

Source: WCAG 2.2, 1.4.4, 1.4.10, 1.4.12, 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11 and 2.5.8.
"""

from __future__ import annotations

from pathlib import Path

ZOOMED = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
QUESTIONS = Path(__file__).with_name("proof.js").read_text()
IN_LINE = 6  # px, by which a stop may begin above the end of the one before


def ask(page, question):
    if not page.evaluate("'proof' in window"):
        page.evaluate(QUESTIONS)
    return page.evaluate(f"proof.{question}()")


def keyboard(page, *, in_one_column=False):
    """Tab through the whole page: in order, seen, uncovered, everything, and out again."""
    found, before, outside = [], None, 0
    for _ in range(ask(page, "size")):
        page.keyboard.press("Tab")
        stop = page.evaluate("proof.stop()")
        if stop is None:
            before, outside = None, outside + 1
        elif not stop["again"]:
            found += faults_of(stop, before, in_one_column=in_one_column)
            before, outside = stop, 0
        if outside > 1 or (stop and stop["again"]):
            break
    else:
        found.append("the focus does not come round")
    return found + [f"not reached: {name}" for name in ask(page, "missed")]


def faults_of(stop, before, *, in_one_column):
    name = stop["name"]
    if before and not stop["follows"]:
        yield f"out of order: {name}"
    if stop["ring"] < 2:
        yield f"focus not seen: {name}"
    if stop["over"]:
        yield f"covered: {name} by {stop['over']}"
    if before and in_one_column and not reads_on(before, stop):
        yield f"reads before the one before it: {name}"


def reads_on(before, stop):
    """Say whether a stop is below the one before, or on its line and to the right."""
    moved = before["scrolled"] - stop["scrolled"]
    left, top, _, bottom = before["last"]
    x, y, _, end = stop["first"]
    return y >= bottom + moved - IN_LINE or (end > top + moved and x >= left - 1)


def overflow(page):
    over = ask(page, "over")
    return [f"{over} px wider than the window"] if over > 0 else []


def clipped(page):
    return [f"clipped: {name}" for name in ask(page, "clipped")]


def spaced(page):
    """With the text spacing that a reader may set."""
    ask(page, "space")
    found = overflow(page) + clipped(page)
    ask(page, "unspace")
    return [f"spaced: {each}" for each in found]


def small(page):
    return [f"small: {name}" for name in ask(page, "small")]


def moving(page):
    page.emulate_media(reduced_motion="reduce")
    found = ask(page, "moving")
    page.emulate_media(reduced_motion="no-preference")
    return [f"moves: {name}" for name in found]


def bare(page):
    """With forced colours, a control has an edge."""
    page.emulate_media(forced_colors="active")
    found = ask(page, "bare")
    page.emulate_media(forced_colors="none")
    return [f"no edge: {name}" for name in found]


def dead(page):
    """Without JavaScript, no control does nothing, and no heading is hidden."""
    return [f"dead: {name}" for name in ask(page, "dead")] + [
        f"hidden: {name}" for name in ask(page, "hidden")
    ]
