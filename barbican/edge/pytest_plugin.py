"""
Fixtures for pytest: `pytest_plugins = ["barbican.edge.pytest_plugin"]` in your `conftest.py`.

`local_edge` is one edge for one test, in front of what your fixture `local_edge_origin` names.
`local_edge_factory` starts as many as you like, in front of any origin, for the whole run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from barbican.edge.testing import LocalEdge

Factory = Callable[..., LocalEdge]


@pytest.fixture(scope="session")
def local_edge_factory() -> Iterator[Factory]:
    """Start an edge in front of an origin; takes what `LocalEdge` takes. All stop at the end."""
    with ExitStack() as stack:

        def start(origin: str, **options: Any) -> LocalEdge:
            return stack.enter_context(LocalEdge(origin, **options))

        yield start


@pytest.fixture
def local_edge_origin() -> str:
    """Name the origin behind `local_edge`. Yours to define, in any scope."""
    raise pytest.UsageError(
        "The fixture local_edge needs an origin: define a fixture local_edge_origin that returns"
        " its URL, such as http://127.0.0.1:8000."
    )


@pytest.fixture
def local_edge(local_edge_origin: str) -> Iterator[LocalEdge]:
    """Give the test an edge of its own."""
    with LocalEdge(local_edge_origin) as edge:
        yield edge
