"""
The matrix as text of 80 columns, and as Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from barbican.portal import places
from barbican.portal.troubleshooting import matrix
from barbican.portal.troubleshooting.inline import markdown, plain
from barbican.portal.troubleshooting.row import Reproduction, Row, Source

WIDTH = 80


def index_text(base: str, query: str, found: tuple[Row, ...]) -> str:
    """Return the rows that were found: what is seen, and the address of the rest."""
    lines = ["TROUBLESHOOTING", ""]
    if query:
        lines += [f"{len(found)} of {len(matrix.rows())} rows hold: {query[:50]}", ""]
    for group, rows in matrix.grouped(found):
        lines += [group.title.upper(), ""]
        for row in rows:
            lines += wrapped(plain(row.seen))
            lines += wrapped(plain(row.means), "  ")
            lines += [f"  {places.help_url(base, row.code)}", ""]
    lines += [
        "Who answered? Let the portal read an answer (nothing is kept):",
        "  curl -sSi … 2>&1 |",
        f"    curl -s --data-binary @- {places.explain_url(base)}",
    ]
    return "\n".join(lines) + "\n"


def index_markdown(base: str, query: str, found: tuple[Row, ...]) -> str:
    lines = ["# Troubleshooting", ""]
    if query:
        shown = query.replace("`", "'")
        lines += [f"{len(found)} of {len(matrix.rows())} rows hold `{shown}`.", ""]
    for group, rows in matrix.grouped(found):
        lines += [f"## {group.title}", "", group.about, ""]
        for row in rows:
            lines += [f"- [{row.seen}]({places.help_url(base, row.code)}): {row.means}"]
        lines += [""]
    return "\n".join(lines)


def row_text(base: str, row: Row) -> str:
    """Return one row, whole."""
    lines = [*wrapped(plain(row.seen)), *wrapped(f"Answered by: {row.group.title}"), ""]
    lines += wrapped(plain(row.means))
    lines += listed("You know it by", row.signs, "-")
    lines += listed("Do this", row.steps)
    for mode, text in (("Strict", row.strict), ("Legacy", row.legacy)):
        lines += ["", *wrapped(f"{mode}: {plain(text)}")] if text else []
    lines += ["", *_reproduction_text(row), "", "Sources"]
    for source in row.sources:
        lines += wrapped(f"{plain(source.where)} ({source.words})", "  - ", "    ")
        lines += [f"    {source.href}"] if source.href else []
    lines += listed("See also", [places.help_url(base, code) for code in row.see], "-")
    lines += ["", f"{'more':10}{places.help_url(base, row.code)}?format=json"]
    return "\n".join(lines) + "\n"


def _reproduction_text(row: Row) -> Iterator[str]:
    if row.reproduction is None:
        yield from wrapped(f"At the local edge: {plain(row.cannot)}")
        return
    yield f"At the local edge this gives {row.reproduction.status}"
    yield from wrapped(plain(row.reproduction.setup), "  ") if row.reproduction.setup else ()
    yield from ("", "  Unless it runs already:")
    yield from (f"    {line}" for line in row.reproduction.start.split("\n"))
    yield f"  {_then(row.reproduction)}"
    for command in row.reproduction.commands:
        yield from (f"    {line}" for line in command.split("\n"))


def _then(reproduction: Reproduction) -> str:
    after = ", after the `export` lines that it printed" if reproduction.takes_values else ""
    return f"Then, in another terminal{after}:"


def row_markdown(base: str, row: Row) -> str:
    parts = [f"# {row.seen}", f"**{row.group.title}.** {row.means}"]
    if row.signs:
        parts.append("\n".join(["You know it by:", "", *(f"- {sign}" for sign in row.signs)]))
    parts.append("\n".join(f"{number}. {step}" for number, step in enumerate(row.steps, 1)))
    parts += [f"**{name}:** {text}" for name, text in (("Strict", row.strict),
                                                       ("Legacy", row.legacy)) if text]  # fmt: skip
    if row.reproduction:
        commands = "\n".join(row.reproduction.commands)
        parts += [
            f"At the local edge this gives {row.reproduction.status}. {row.reproduction.setup}",
            f"Unless it runs already:\n\n```sh\n{row.reproduction.start}\n```",
            f"{_then(row.reproduction)}\n\n```sh\n{commands}\n```",
        ]
    else:
        parts.append(f"At the local edge: {row.cannot}")
    parts.append("\n".join(_source_markdown(each) for each in row.sources))
    see = (f"[{matrix.rows()[code].seen}]({places.help_url(base, code)})" for code in row.see)
    parts.append("See also: " + ", ".join(see) + ".")
    return markdown("\n\n".join(parts), base) + "\n"


def _source_markdown(source: Source) -> str:
    where = f"[{source.where}]({source.href})" if source.href else source.where
    return f"- {where} ({source.words})"


def listed(title: str, items: Iterable[str], mark: str = "") -> list[str]:
    """Return a title and its items below it, numbered where there is no mark."""
    lines: list[str] = []
    for number, item in enumerate(items, 1):
        lead = f"  {mark or f'{number}.'} "
        lines += wrapped(plain(item), lead, " " * len(lead))
    return ["", title, *lines] if lines else []


def wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """Return lines of at most 80 columns; a long address stays whole."""
    return wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
