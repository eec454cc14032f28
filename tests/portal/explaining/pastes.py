"""Answers that nobody got, in the shapes that were observed. One tuple for each."""

from __future__ import annotations

import json

AUD = "a1" * 32
RAY = "8f3b2a1c9d7e6f50"
CLIENT_ID = "00112233445566778899aabbccddeeff.access"
NEW_SECRET = "cfast_InventedSecretOfTheTests0123456789abcdef01234567"
OLD_SECRET = "0123456789abcdef" * 4


def denial(status, word):
    return json.dumps(
        {
            "message": f"{word}. You don't have permission to view this. Please contact your "
            "system administrator.",
            "status_code": status,
            "aud": AUD,
            "ray_id": RAY,
        }
    )


def http(status, *headers, body="", version="2", reason=""):
    head = f"HTTP/{version} {status} {reason}".rstrip()
    return "\n".join([head, *headers, "", body])


OURS = ("server: cloudflare", f"cf-ray: {RAY}-LHR")
LOCAL = ("Server: cloudflare", f"Cf-Ray: {RAY}-LOC")
MARKS = (f"cf-access-aud: {AUD}", "cf-access-domain: app.example.com", *OURS)
PAIR = '$ curl -i -H "CF-Access-Client-Id: $ID" -H "CF-Access-Client-Secret: $SECRET" https://x/\n'
BARE = "$ curl -i https://app.example.com/\n"
UNAUTHORISED, FORBIDDEN = denial(401, "Unauthorized"), denial(403, "Forbidden")
# Of Access's login address: whether it knew a service token, true or false.
META = "eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl"
KNOWN = META.format("eyJzZXJ2aWNlX3Rva2VuX3N0YXR1cyI6dHJ1ZX0")
UNKNOWN = META.format("eyJzZXJ2aWNlX3Rva2VuX3N0YXR1cyI6ZmFsc2V9")


def login(meta=UNKNOWN, *more):
    url = "https://demo.cloudflareaccess.com/cdn-cgi/access/login/app.example.com"
    location = f"location: {url}?kid={AUD}&meta={meta}&redirect_url=%2Fapi"
    return http(302, location, "www-authenticate: Cloudflare-Access", *OURS, *more)


LOGIN_PAGE = http(
    200, "content-type: text/html", *OURS,
    body="<!doctype html><title>Sign in ・ Cloudflare Access</title>",
)  # fmt: skip
HTML_DENIAL = http(
    403, "content-type: text/html", *OURS,
    body="<title>Error – Cloudflare Access</title><p>Forbidden. MTLS Status: NONE</p>"
    '<input type="hidden" id="json_data" value="{&quot;status_code&quot;:403}">',
)  # fmt: skip
VERBOSE = f"""* Connected to app.example.com (203.0.113.5) port 443
* [HTTP/2] [1] [cf-access-client-id: {CLIENT_ID}]
* [HTTP/2] [1] [cf-access-client-secret: {NEW_SECRET}]
> GET /api HTTP/2
> Host: app.example.com
> CF-Access-Client-Id: {CLIENT_ID}
> CF-Access-Client-Secret: {NEW_SECRET}
>
{{ [5 bytes data]
< HTTP/2 401
< cf-access-aud: {AUD}
< server: cloudflare
<
{{ [189 bytes data]
{UNAUTHORISED}
* Connection #0 to host app.example.com left intact
"""
GUNICORN = http(
    400, "Connection: close", version="1.1", reason="Bad Request",
    body="<html>\n  <body>\n    <h1><p>Bad Request</p></h1>\n    \n  </body>\n</html>",
)  # fmt: skip
LOOP = "\n".join(
    http(302, "location: https://app.example.com/api?x=" + str(number)) for number in range(4)
)

# what came: (paste, who answered, row, certainty)
PASTES = {
    "302 with the pair": (PAIR + login(), "access", "login-redirect", "certain"),
    "302 of a good token": (PAIR + login(KNOWN), "access", "login-redirect", "certain"),
    "302 without": (BARE + login(), "access", "login-redirect", "certain"),
    "302 of who knows what": (login(), "access", "login-redirect", "certain"),
    "302 at the local edge": (
        login().replace("-LHR", "-LOC"), "local", "login-redirect", "certain",
    ),
    "302 to a page of one's own": (
        http(302, "location: https://example.com/denied", *MARKS), "access", "access-custom-deny",
        "certain",
    ),
    "401 with the pair": (
        PAIR + http(401, *MARKS, body=UNAUTHORISED), "access", "access-401-token", "likely",
    ),
    "401 without": (
        BARE + http(401, *MARKS, body=UNAUTHORISED), "access", "access-401-no-credentials",
        "certain",
    ),
    "401 of who knows what": (http(401, *MARKS, body=UNAUTHORISED), "access", "access-401",
                              "certain"),
    "401 to a script": (
        '$ curl -i -H "X-Requested-With: XMLHttpRequest" https://x/\n'
        + http(401, *MARKS, body=UNAUTHORISED), "access", "access-401-script", "certain",
    ),
    "401 with half a pair": (
        f'$ curl -i -H "CF-Access-Client-Id: {CLIENT_ID}" https://x/\n'
        + http(401, *MARKS, body=UNAUTHORISED), "access", "half-a-pair", "certain",
    ),
    "401 with an empty secret": (
        f'$ curl -i -H "CF-Access-Client-Id: {CLIENT_ID}" -H "CF-Access-Client-Secret:" https://x/\n'
        + http(401, *MARKS, body=UNAUTHORISED), "access", "half-a-pair", "certain",
    ),
    "401 in verbose form": (VERBOSE, "access", "access-401-token", "likely"),
    "401 of Managed OAuth": (
        http(401, 'www-authenticate: Bearer realm="x", resource_metadata="https://x/.well-known/"',
             *OURS), "access", "access-401-oauth", "certain",
    ),
    "401 at the local edge": (
        BARE + http(401, f"Cf-Access-Aud: {AUD}", *LOCAL, version="1.1", reason="Unauthorized",
                    body=UNAUTHORISED), "local", "access-401-no-credentials", "certain",
    ),
    "403 with the pair": (
        PAIR + http(403, *MARKS, body=FORBIDDEN), "access", "access-403-token", "likely",
    ),
    "403 without": (
        BARE + http(403, *MARKS, body=FORBIDDEN), "access", "access-403-no-credentials", "certain",
    ),
    "403 of who knows what": (http(403, *MARKS), "access", "access-403", "certain"),
    "403 as a page": (HTML_DENIAL, "access", "access-403", "certain"),
    "403 as a body alone": (FORBIDDEN, "access", "access-403", "certain"),
    "403 to a preflight": (
        "$ curl -i -X OPTIONS https://x/\n" + http(403, *MARKS), "access", "access-403-preflight",
        "certain",
    ),
    "403 to an upper-case header": (
        "$ curl -i -H 'Authorization: {\"CF-Access-Client-Id\": \"x\", "
        '"CF-Access-Client-Secret": "y"}\' https://x/\n' + http(403, *MARKS), "access",
        "access-403-single-header", "certain",
    ),
    "403 to a WebSocket": (
        '$ curl -i -H "Upgrade: websocket" https://x/\n' + http(403, *MARKS), "access",
        "access-403-upgrade", "likely",
    ),
    "denied person": (
        http(403, *OURS, body="<p>That account does not have access</p>"), "access",
        "access-account-denied", "certain",
    ),
    "used code": (
        "This One-Time PIN has already been used <br>", "access", "access-code-used", "certain",
    ),
    "invalid redirect": (
        http(400, *OURS, body="Invalid redirect URL"), "access", "access-invalid-redirect",
        "certain",
    ),
    "invalid session": (
        http(400, *OURS, body="Invalid session. Please try logging in again"), "access",
        "access-invalid-session", "certain",
    ),
    "followed to the login page": (login() + "\n" + LOGIN_PAGE, "client", "login-page-followed",
                                   "certain"),
    "the login page alone": (LOGIN_PAGE, "client", "login-page-followed", "certain"),
    "1010": (http(403, *OURS, body="error code: 1010"), "firewall", "firewall-1010", "certain"),
    "1020": (http(403, *OURS, body="error code: 1020"), "firewall", "firewall-1020", "certain"),
    "1015": (http(429, *OURS, body="error code: 1015"), "firewall", "firewall-1015", "certain"),
    "challenge": (
        http(403, "cf-mitigated: challenge", *OURS, body="<title>Just a moment...</title>"),
        "firewall", "firewall-challenge", "certain",
    ),
    "blocked": (
        http(403, *OURS, body="<h1>Sorry, you have been blocked</h1>"), "firewall", "firewall-403",
        "certain",
    ),
    "403 without a word": (
        http(403, *OURS, body="<p>Forbidden</p>"), "firewall", "firewall-403", "likely",
    ),
    "403 of cloudflared": (
        http(403, "content-length: 0", "date: x", *OURS), "tunnel", "tunnel-403", "likely",
    ),
    "404 of a tunnel": (
        http(404, "content-length: 0", "date: x", *OURS), "tunnel", "tunnel-404", "likely",
    ),
    "1033": (http(530, *OURS, body="error code: 1033"), "tunnel", "tunnel-1033", "certain"),
    "1016": (http(530, *OURS, body="error code: 1016"), "tunnel", "tunnel-1016", "certain"),
    "502": (http(502, *OURS, body="error code: 502"), "tunnel", "tunnel-502", "likely"),
    "504": (http(504, *OURS), "tunnel", "tunnel-504", "likely"),
    "522": (http(522, *OURS), "tunnel", "tunnel-52x", "likely"),
    "502 of the local edge": (
        http(502, *LOCAL, body=json.dumps({"message": "The origin at http://x cannot be reached.",
                                           "status_code": 502, "ray_id": RAY})),
        "local", "local-edge-origin-down", "certain",
    ),
    "our 401": (
        http(401, 'WWW-Authenticate: Cloudflare-Access error="expired"', version="1.1"), "origin",
        "expired", "certain",
    ),
    "our 403": (
        http(403, "content-type: application/problem+json", version="1.1",
             body='{"verdict": "wrong_audience", "verified": false, "checks": []}'), "origin",
        "wrong_audience", "certain",
    ),
    "our 503 as text": (
        "NOT VERIFIED  Cannot check right now  (keys_unavailable)\ndemo      service-token\n",
        "origin", "keys_unavailable", "certain",
    ),
    "our 200 as text": (
        http(200, version="1.1", body=f"VERIFIED  service token  {CLIENT_ID}"), "origin",
        "verified_service_token", "certain",
    ),
    "our 404": (
        http(404, body='{"type": "https://x/", "status": 404, "instance": "urn:request:0f"}'),
        "portal", "http-404", "certain",
    ),
    "our slash": (
        http(301, "location: /service-token/", "server: gunicorn", version="1.1"), "portal",
        "append-slash", "likely",
    ),
    "gunicorn": (GUNICORN, "portal", "gunicorn-400", "likely"),
    "somebody else's 401": (
        http(401, 'www-authenticate: Basic realm="x"', "server: nginx"), "server", "", "likely",
    ),
    "somebody else's 200": (
        http(200, "content-type: application/json", *OURS, body='{"a": 1}'), "server", "", "likely",
    ),
    "a loop": (LOOP, "client", "redirect-loop", "certain"),
    "curl's own words on a loop": (
        "curl: (47) Maximum (50) redirects followed", "client", "redirect-loop", "likely",
    ),
    "no answer": ("curl: (7) Failed to connect to localhost", "client", "client-connection",
                  "likely"),
    "JavaScript's own words": (
        "SyntaxError: Unexpected token '<', \"<!doctype \"... is not valid JSON", "client",
        "json-parse-error", "likely",
    ),
    "Python's own words": (
        "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "client",
        "json-parse-error", "likely",
    ),
    "a browser's own words": (
        "Access to fetch at 'https://x/' has been blocked by CORS policy", "client", "cors-error",
        "likely",
    ),
    "a number": ("403", "unknown", "access-403", "guess"),
    "a status line": ("HTTP/2 401", "unknown", "access-401", "guess"),
    "PowerShell's own words": (
        "The remote server returned an error: (403) Forbidden.", "unknown", "access-403", "guess",
    ),
    "requests' own words": (
        "401 Client Error: Unauthorized for url: https://x/", "unknown", "access-401", "guess",
    ),
    "nothing": ("", "unknown", "", "guess"),
    "prose": ("it does not work", "unknown", "", "guess"),
}  # fmt: skip
