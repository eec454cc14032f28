"""
What is measured: the bases, our verification, our answers, and one peer pattern beside them.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from barbican.access.examination import Application
from barbican.access.keys import KeyStore
from barbican.access.verifier import Verifier
from bench import setting
from bench.measure import Case
from tests.issuer import AUD_TAG, CLIENT_ID, jwk, new_key

ISSUER = setting.ISSUER
LONG = 3_000  # seconds: longer than any run


def raw_verify() -> Case:
    """V: one raw RSA-2048 signature check."""
    token = ISSUER.service_token()
    signed, _, signature = token.rpartition(".")
    public, data = ISSUER.key.public_key(), signed.encode()
    raw = jwt.utils.base64url_decode(signature)
    pad, digest = padding.PKCS1v15(), hashes.SHA256()
    return Case("raw RSA verify (V)", lambda: public.verify(raw, data, pad, digest), lambda _: True)


def bare_view() -> Case:
    """B: a bare Django view."""
    handler, request = setting.bare_view(), setting.environ("/bare/")
    return Case(
        "bare Django view (B)",
        lambda: setting.call(handler, request),
        lambda answer: answer.status == 200 and answer.body == b"ok",
    )


def verify_cases() -> list[Case]:
    one_kb = token(1_000)
    return [
        _verify("verify, token seen before", lambda: one_kb),
        _verify("verify, new token of 1 kB", _endless(1_000)),
        _verify("verify, new token of 4 kB", _endless(4_000)),
        _verify("verify, 200 keys in the set", _endless(1_000), others=199),
        _verify("verify, one of 10,000 seen", _in_turn(10_000), size=10_000),
        _peer(),
    ]


def page_cases() -> list[Case]:
    portal = setting.portal()
    good = {"HTTP_CF_ACCESS_JWT_ASSERTION": token(1_000)}
    new = _endless(1_000)
    bad = {"HTTP_CF_ACCESS_JWT_ASSERTION": token(1_000)[:-8] + "AAAAAAAA"}
    huge = {"HTTP_CF_ACCESS_JWT_ASSERTION": "A" * 15_000}

    def page(name: str, status: int, query: str = "", **headers: str) -> Case:
        request = setting.environ("/service-token/", query, **headers)
        return Case(
            name, lambda: setting.call(portal, request), lambda answer: answer.status == status
        )

    def new_page() -> setting.Answer:
        headers = {"HTTP_CF_ACCESS_JWT_ASSERTION": new()}
        return setting.call(portal, setting.environ("/service-token/", **headers))

    return [
        page("page, token seen before", 200, **good),
        Case("page, new token", new_page, lambda answer: answer.status == 200),
        page("JSON, token seen before", 200, "format=json", **good),
        page("JSON, no token", 401, "format=json"),
        page("JSON, bad signature", 401, "format=json", **bad),
        page("JSON, token of 15 kB", 401, "format=json", **huge),
        Case(
            "healthz",
            lambda: setting.call(portal, setting.environ("/healthz")),
            lambda answer: answer.body.strip() == b"ok",
        ),
    ]


def token(size: int, number: int = 0) -> str:
    """Return a signed token of about this many bytes."""
    now = int(time.time())
    padding_text = "x" * max(0, (size - 780) * 3 // 4)
    claims = ISSUER.service_claims(exp=now + LONG, nonce=number, custom={"padding": padding_text})
    return ISSUER.sign(claims)


def _endless(size: int, count: int = 64) -> Callable[[], str]:
    """Give tokens in turn that the verifier has not in its cache, which these cases empty."""
    tokens = itertools.cycle([token(size, number) for number in range(count)])
    return lambda: next(tokens)


def _in_turn(count: int) -> Callable[[], str]:
    # Signing takes 27 times as long as verifying: one signature, many claims it would not fit,
    # so each is signed. Ten thousand take a quarter of a minute.
    tokens = itertools.cycle([token(0, number) for number in range(count)])
    return lambda: next(tokens)


def _verify(
    name: str, tokens: Callable[[], str], *, others: int = 0, size: int | None = None
) -> Case:
    document = json.dumps({"keys": [*_strangers(others), jwk(ISSUER.key)]}).encode()
    verifier = Verifier(
        application=Application("service_token", frozenset({AUD_TAG})),
        team_domain=ISSUER.team_domain,
        keys=KeyStore("http://127.0.0.1", fetcher=lambda _url: document),
    )
    is_new = "new" in name or "keys" in name
    if size:
        verifier.cache._size = size
        for _ in range(size):
            verifier.verify(tokens())

    def run() -> object:
        if is_new:
            verifier.cache._readings.clear()
        return verifier.verify(tokens()).identity

    return Case(name, run, lambda identity: getattr(identity, "client_id", "") == CLIENT_ID)


def _strangers(count: int) -> list[dict]:
    if not count:
        return []
    one = jwk(new_key())
    return [{**one, "kid": f"{number:064x}"} for number in range(count)]


def _peer() -> Case:
    """The usual pattern: one PyJWKClient for the process, then PyJWT's decode."""
    client = jwt.PyJWKClient(setting.KEY_SERVER.url)
    tokens = _endless(1_000)

    def run() -> object:
        value = tokens()
        key = client.get_signing_key_from_jwt(value)
        return jwt.decode(
            value, key, ["RS256"], audience=AUD_TAG, issuer=ISSUER.team_domain,
            options={"verify_sub": False},
        )  # fmt: skip

    return Case("peer: PyJWKClient and decode", run, lambda claims: claims["type"] == "app")
