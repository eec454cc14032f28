from __future__ import annotations

import pytest

from barbican.edge.testing import LocalEdge
from tests.conformance.verifiers import Node, Team, joserfc_, ours, pyjwt
from tests.echo import EchoOrigin
from tests.node.run import need

PYTHON = {"PyJWT": pyjwt, "joserfc": joserfc_, "barbican.access": ours}
NODE = ("jose", "aws-jwt-verify")


@pytest.fixture(scope="session")
def local_edge_origin():
    with EchoOrigin() as origin:
        yield origin.url


@pytest.fixture
def edge(local_edge_origin):
    with LocalEdge(local_edge_origin) as running:
        yield running


@pytest.fixture(scope="session")
def node():
    running = Node()
    yield running
    running.close()


@pytest.fixture(params=[*PYTHON, *NODE])
def library(request):
    if request.param in NODE:
        need(request.param)
    return request.param


@pytest.fixture
def new_verifier(library, edge, request):
    """Make a verifier that has never seen this team, told what its documentation asks for."""

    def make(**changes):
        told = {
            "certs": edge.certs_url, "issuer": edge.team_domain, "audience": edge.audience_tag,
        }  # fmt: skip
        team = Team(**{**told, **changes})
        if library in PYTHON:
            return PYTHON[library](team)
        return request.getfixturevalue("node").verifier(library, team)

    return make


@pytest.fixture
def verify(new_verifier):
    return new_verifier()
