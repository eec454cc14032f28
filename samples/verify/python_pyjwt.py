"""Verify Access's token at your origin. pip install "pyjwt[crypto]>=2.15", Python 3.11 or later."""

import os
from wsgiref.simple_server import make_server

import jwt

try:
    TEAM = os.environ["ACCESS_TEAM_DOMAIN"].rstrip("/")  # https://<team>.cloudflareaccess.com
    AUD = os.environ["ACCESS_AUD"]  # of this application; another one's token is not for us
except KeyError as missing:
    raise SystemExit(f"{missing.args[0]} is not set") from None

# Kept for an hour. A key ID that is not among them costs a fetch every 30 seconds, not one for each
# request: anybody can invent key IDs.
KEYS = jwt.PyJWKClient(
    f"{TEAM}/cdn-cgi/access/certs", lifespan=3600, cooldown_duration=30, timeout=10
)


def verify(token):
    """Return the claims. Raises `jwt.PyJWTError` for a token that proves nothing here."""
    claims = jwt.decode(
        token,
        KEYS.get_signing_key_from_jwt(token),  # by key ID; the address is ours, not the token's
        algorithms=["RS256"],  # ours too: never what the token says
        audience=AUD,
        issuer=TEAM,
        leeway=30,  # seconds that two clocks may differ
        options={"require": ["exp", "iat"]},
    )
    if claims.get("type", "app") != "app":  # a login at the team domain, not at this application
        raise jwt.InvalidTokenError("not an application token")
    return claims


def application(environ, start_response):
    """A page of yours. The header is there for people and machines; the cookie may be missing."""
    try:
        claims = verify(environ.get("HTTP_CF_ACCESS_JWT_ASSERTION", ""))
    except jwt.PyJWKClientConnectionError:
        start_response("503 Service Unavailable", [("Retry-After", "30")])
        return [b"The signing keys cannot be fetched.\n"]
    except jwt.PyJWTError:
        start_response("401 Unauthorized", [("WWW-Authenticate", "Cloudflare-Access")])
        return [b"No valid token of Cloudflare Access.\n"]
    # A service token has an empty `sub`, and its Client ID as `common_name`.
    caller = claims.get("email") or claims.get("common_name") or "nobody"
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"Hello {caller}\n".encode()]


if __name__ == "__main__":
    with make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), application) as server:
        server.serve_forever()
