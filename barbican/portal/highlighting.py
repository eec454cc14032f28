"""
Code as HTML with few tags: comments, keywords, texts, and the keys of YAML.

Pygments knows the languages. All that carries no colour here is left without a tag, and the tags
are short ones: a page of samples weighs a third of what Pygments' own would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from pygments import lex
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, String, Token, _TokenType

# By the end of a file's name: what Pygments, and a fence in Markdown, call the language.
LANGUAGES = {
    "go": "go",
    "mjs": "js",
    "ps1": "powershell",
    "py": "python",
    "sh": "bash",
    "tf": "terraform",
    "tfvars": "terraform",
    "yml": "yaml",
}
# The colours are in static/css/components/code.css. The first that fits wins. A variable in a text
# is part of it, as a tag for each would weigh more than it shows.
_TAGS = (
    (Comment, "i"),
    (Keyword, "b"),
    (Name.Tag, "b"),
    (String, "u"),
    (Name.Variable, "u"),
    (Token, ""),
)


def language(filename: str) -> str:
    return LANGUAGES[filename.rpartition(".")[2]]


def highlight(text: str, filename: str) -> str:
    """Return escaped HTML. The name of the file tells the language."""
    lexer = get_lexer_by_name(language(filename), stripnl=False, ensurenl=False)
    return "".join(_spans(_marked(lex(text, lexer)))).rstrip("\n")


def _marked(tokens: Iterable[tuple[_TokenType, str]]) -> Iterator[tuple[str, str]]:
    """Yield tag and text. Blanks have no colour, so they go with what stands before them."""
    name = ""
    for kind, text in tokens:
        if text.strip():
            name = next(each for group, each in _TAGS if kind in group)
        yield name, text


def _spans(marked: Iterator[tuple[str, str]]) -> Iterator[str]:
    for name, pieces in groupby(marked, key=lambda piece: piece[0]):
        text = escape("".join(value for _, value in pieces), quote=False)
        yield f"<{name}>{text}</{name}>" if name else text
