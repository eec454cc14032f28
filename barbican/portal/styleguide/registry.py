"""
Every component of the look. The styleguide shows them, and the browser tests walk it.

A partial, or a sheet in css/components, that no component names fails a test.
"""

from __future__ import annotations

from barbican.portal.styleguide import answers, board, evidence, furniture, words
from barbican.portal.styleguide.specimens import Component

COMPONENTS: tuple[Component, ...] = (
    *furniture.COMPONENTS,
    *words.COMPONENTS,
    *evidence.COMPONENTS,
    *board.COMPONENTS,
    *answers.COMPONENTS,
)
BY_SLUG = {component.slug: component for component in COMPONENTS}
# The styleguide's own frame shows no component.
FRAME_SHEETS = ("specimen",)
