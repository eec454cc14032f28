"""
The components of the troubleshooting pages, with invented answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from barbican.portal.explaining import outgoing
from barbican.portal.explaining.examples import EXAMPLES
from barbican.portal.explaining.explain import explain
from barbican.portal.explaining.explanation import NOTHING_TOLD
from barbican.portal.explaining.veil import veiled
from barbican.portal.styleguide.specimens import Component, Specimen, include
from barbican.portal.troubleshooting import matrix
from barbican.portal.troubleshooting.views import table

_SHARED = (
    "HTTP/1.1 200 OK\nset-cookie: CF_Authorization=eyJhIjoxfQ.eyJiIjoyfQ.invented; Path=/\n\n"
    "VERIFIED  service token  00112233445566778899aabbccddeeff.access\n"
)


def _tables() -> Iterable[Specimen]:
    for group, rows in matrix.by_group()[1:3]:
        yield include(group.id, group.title, "matrix", row=table("", group, rows[:2]))


def _explanations() -> Iterable[Specimen]:
    for name, example in EXAMPLES.items():
        yield _explanation(name, example.label, example.text)
    yield _explanation("secret", "Verified, with a secret in the paste", _SHARED)
    yield _explanation("number", "A number alone", "403")
    yield _explanation("nothing", "Nothing that could be read", "hello")


def _explanation(slug: str, title: str, text: str) -> Specimen:
    found = outgoing.shown(explain(text))
    return include(
        slug, title, "explanation", found=found, told=NOTHING_TOLD, paste=veiled(text), portal=""
    )


COMPONENTS = (
    Component("matrix", "Troubleshooting matrix", ("matrix",), _tables),
    Component("paste", "Explanation", ("explanation",), _explanations, sheets=("answer",)),
)
