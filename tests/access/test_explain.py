from __future__ import annotations

import json

import pytest

from barbican.access.explain import explain

DENIAL = json.dumps({"message": "…", "status_code": 403, "aud": "a1" * 32, "ray_id": "0" * 16})
AUD = {"Cf-Access-Aud": "a1" * 32, "Server": "cloudflare"}
LOGIN = "https://team.cloudflareaccess.com/cdn-cgi/access/login/x?kid=1"
OURS = {"WWW-Authenticate": 'Cloudflare-Access error="nothing_presented"'}

# what came: (status, headers, body, with the pair, who spoke, words)
ANSWERS = {
    "verified": (200, {}, '{"verdict": "verified_service_token"}', True, "origin", "verified"),
    "our 401": (401, OURS, "{}", True, "origin", "nothing_presented"),
    "our 403": (403, {}, '{"verdict": "wrong_audience"}', True, "origin", "wrong_audience"),
    "our 503": (503, {}, '{"verdict": "keys_unavailable"}', True, "origin", "keys_unavailable"),
    "login": (302, {"Location": LOGIN}, "", True, "edge", "legacy"),
    "login followed": (
        200, {}, "<title>Sign in ・ Cloudflare Access</title>/cdn-cgi/access/", True, "edge",
        "followed a redirect",
    ),
    "401 without": (401, AUD, DENIAL, False, "edge", "401 Response"),
    "403 without": (403, AUD, DENIAL, False, "edge", "only Service Auth"),
    "401 with": (401, AUD, DENIAL, True, "edge", "does not authenticate"),
    "403 with": (403, AUD, DENIAL, True, "edge", "no policy"),
    "403 by its body": (403, {}, DENIAL, True, "edge", "no policy"),
    "managed OAuth": (
        401, {"WWW-Authenticate": 'Bearer resource_metadata="x"'}, "", True, "edge", "OAuth",
    ),
    "firewall": (403, {"Server": "cloudflare"}, "error code: 1010", True, "firewall", "1010"),
    "tunnel": (502, {"Server": "cloudflare"}, "", True, "tunnel", "reach the origin"),
    "404": (404, {}, "", True, "unknown", "no page"),
    "anything else": (418, {}, "[" * 100_000, True, "unknown", "418"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "headers", "body", "with_pair", "speaker", "words"),
    ANSWERS.values(),
    ids=ANSWERS.keys(),
)
def test_explains(status, headers, body, with_pair, speaker, words):
    found = explain(status, headers, body, with_pair=with_pair)
    assert found.speaker == speaker
    assert words in found.means
