"""
Who answered a request to a protected address, why, and what to change.

Access refuses in several ways and so does what stands before and behind it: a firewall, a tunnel,
the origin. Each leaves marks by which its answer is known.

Source: Cloudflare One documentation, service tokens (strict authentication) and application
settings; the headers and bodies are as observed. Strict's split of 401 and 403 is from a draft.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Speaker: TypeAlias = Literal["origin", "edge", "firewall", "tunnel", "unknown"]
_VERDICT = re.compile(r'Cloudflare-Access error="([a-z_]+)"')


@dataclass(frozen=True, slots=True)
class Explanation:
    """Who answered, what it means, and what to do."""

    speaker: Speaker
    means: str
    do: str = ""


def explain(status: int, headers: Mapping[str, str], body: str, *, with_pair: bool) -> Explanation:
    """Explain one answer. `with_pair` says whether a Client ID and Client Secret were sent."""
    named = {name.lower(): value for name, value in headers.items()}
    return (
        _origin(status, named, body)
        or _login(status, named, body)
        or _oauth(named)
        or _edge(status, named, body, with_pair)
        or _others(status, named, body)
    )


def _origin(status: int, headers: Mapping[str, str], body: str) -> Explanation | None:
    found = _VERDICT.search(headers.get("www-authenticate", ""))
    verdict = found[1] if found else _member(body, "verdict")
    if not verdict:
        return None
    if status == 200:
        return Explanation("origin", f"The origin verified the token: {verdict}.")
    advice = {
        "nothing_presented": "The request reached the origin without passing Access: protect this "
        "very host and path. /service-token/* does not cover /service-token.",
        "unverified_headers": "The request went round the edge: close that way, and rotate the "
        "Client Secret that was sent.",
        "wrong_audience": "Copy the AUD tag of the application in front of this address into the "
        "demo's _AUD setting.",
        "wrong_issuer": "Check ACCESS_TEAM_DOMAIN.",
        "unknown_key": "Check ACCESS_TEAM_DOMAIN; after a rotation try again in 30 s.",
        "keys_unavailable": "Check the way from the origin to the team domain.",
        "not_configured": "Run manage.py check on the origin.",
    }
    return Explanation(
        "origin",
        f"The edge let it through and the origin refused: {verdict}.",
        advice.get(verdict, "The page at this address says which check failed, and why."),
    )


def _login(status: int, headers: Mapping[str, str], body: str) -> Explanation | None:
    if status in (301, 302, 303, 307) and "/cdn-cgi/access/login" in headers.get("location", ""):
        return Explanation(
            "edge",
            "Access sends the caller to its login page: no Service Auth policy matched, or the "
            "organisation is in legacy mode and took a bad token for none.",
            "Make the policy's action Service Auth, not Allow, and name the service token in it. "
            "Switch on strict service token authentication to see 401 and 403 instead.",
        )
    if status == 200 and "Cloudflare Access" in body and "/cdn-cgi/access/" in body:
        return Explanation(
            "edge",
            "This is Access's login page: the client followed a redirect.",
            "Do not follow redirects, and check the content type.",
        )
    return None


def _oauth(headers: Mapping[str, str]) -> Explanation | None:
    if headers.get("www-authenticate", "").startswith("Bearer"):
        return Explanation(
            "edge", "The application uses Managed OAuth and wants a bearer token.",
            "Call with a service token that a Service Auth policy names, or switch it off.",
        )  # fmt: skip
    return None


def _edge(
    status: int, headers: Mapping[str, str], body: str, with_pair: bool
) -> Explanation | None:
    if "cf-access-aud" not in headers and not (_member(body, "aud") and _member(body, "ray_id")):
        return None
    if not with_pair:
        means = {
            401: "Access wants a service token, and none was sent. The application's option "
            "“401 Response for Service Auth policies” is on.",
            403: "Access wants a service token, and none was sent. The application has only "
            "Service Auth policies.",
        }
        do = "Nothing, if that is what you tested: the origin was not reached."
        return Explanation("edge", means.get(status, f"Access answered {status}."), do)
    if status == 401:
        return Explanation(
            "edge",
            "The service token does not authenticate: wrong secret, unknown Client ID, expired, "
            "disabled, half a pair or sent twice.",
            "Check Client ID and Client Secret, its expiry, and that it is enabled.",
        )
    return Explanation(
        "edge",
        "The service token is good, and no policy of this application names it. In legacy mode it "
        "may also be wrong or expired.",
        "Add the service token to the application's Service Auth policy.",
    )


def _others(status: int, headers: Mapping[str, str], body: str) -> Explanation:
    if status == 403 and "cloudflare" in headers.get("server", "").lower():
        code = re.search(r"error code: (\d+)", body)
        which = f" (error code {code[1]})" if code else ""
        return Explanation(
            "firewall",
            f"A firewall or bot rule refused before Access was asked{which}.",
            "Look for the Ray ID under Security > Events, and let this client pass.",
        )
    if status in (502, 504, 521, 522, 523, 530):
        return Explanation(
            "tunnel",
            "The edge could not reach the origin, or cloudflared refused the token itself.",
            "Check that the tunnel is connected and that gunicorn listens where it points.",
        )
    if status == 404:
        return Explanation(
            "unknown",
            "There is no page at this address, or the tunnel has no rule for this host.",
            "Check the path and the ingress rules.",
        )
    return Explanation(
        "unknown",
        f"The answer {status} has neither the marks of Access nor those of this portal.",
        "Check that the address is the demo's.",
    )


def _member(body: str, name: str) -> str:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(found.get(name, "")) if isinstance(found, dict) else ""
