"""
How deep a TOML text goes, told in one pass before anything reads it.

`tomllib` and the walk over lines take time with the square of a key's dots, and recursion ends at
some depth. A text that is no TOML is measured as well as it can be: `tomllib` will refuse it.

Source: TOML 1.0.0, "Keys", "String", "Array", "Inline Table".
"""

from __future__ import annotations

import re

DEEPEST = 32  # dots of a key and brackets around it, together

# A string that does not end goes to the end of its line, or of the text: one pass, whatever comes.
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"{3,5}|\\?\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*"
    r"|[][{}.,\n]",
    re.DOTALL,
)


def too_deep(text: str) -> int | None:
    """Return the line on which the text goes deeper than `DEEPEST`, if it does."""
    around: list[int] = []  # the levels of each bracket that is open
    deep = dots = 0
    for token in _TOKEN.finditer(text):
        match token.group():
            case "[" | "{":
                around.append(dots + 1)
                deep, dots = deep + dots + 1, 0
            case "]" | "}":
                deep, dots = deep - (around.pop() if around else 0), 0
            case ".":
                dots += 1
            case "," | "\n":
                dots = 0
        if deep + dots > DEEPEST:
            return text.count("\n", 0, token.start()) + 1
    return None
