"""Cloudflare's own TypeScript client, unmodified but for its base URL, from end to end."""

from __future__ import annotations

import pytest

from barbican.edge.api.router import Api
from tests.node.run import run


@pytest.fixture(scope="module")
def edge(start_edge):
    return start_edge()


class TestManages:
    def test_everything_and_the_edge_heeds_each_step(self, edge, start_api):
        account, token = edge.folder.api_credentials()
        api = Api(edge.folder, account, token, clock=lambda: edge.clock[0])
        before = edge.folder.state()
        found = run(
            "sdk.mjs",
            "cloudflare",
            {
                "api": f"http://127.0.0.1:{start_api(api)}/client/v4",
                "edge": f"http://127.0.0.1:{edge.port}",
                "account": account,
                "token": token,
            },
        )
        assert found["statuses"] == {
            "before": 200,
            "without": 401,
            "with": 200,
            "disabled": 401,
            "grace": [200, 200],
            "over": [401, 200],
            "after": 200,
        }
        assert found["refusals"] == {
            "policyInUse": {"status": 409, "code": 12132},
            "tokenInUse": {"status": 400, "code": 12139},
            "unknown": {"status": 404, "code": 11021},
            "invalid": {"status": 400, "code": 12130},
        }
        assert len(found["names"]) == 5
        assert found["names"][-1] == "typescript"
        assert (found["foundByAud"], found["hasRotated"], found["isStrict"]) == (True, True, True)
        after = edge.folder.state()
        assert after.organisation == before.organisation
        assert after.keys.previous.key_id == before.keys.current.key_id
