"""
The edge's own answer to a CORS preflight, from the application's `cors_headers`.

Source: Cloudflare One documentation, "CORS", configure response to preflight requests: 200, the
origin and the one method that were asked for, `Vary` on all three. The page wants the same headers
from the origin itself, so that the edge adds none to a real response. What a preflight gets that is
not allowed is not documented: here 200 without any `Access-Control-*`, which browsers refuse.
"""

from __future__ import annotations

from barbican.edge.decision.credentials import Headers, values
from barbican.edge.organisation.model import CorsHeaders

VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
ANY = "*"


def preflight_headers(cors: CorsHeaders, headers: Headers) -> tuple[tuple[str, str], ...]:
    """Return the headers of the answer to a preflight with these headers."""
    vary = ("Vary", VARY)
    origin = ", ".join(values(headers, "origin"))
    method = ", ".join(values(headers, "access-control-request-method"))
    wanted = _items(", ".join(values(headers, "access-control-request-headers")))
    if not (
        _is_origin_allowed(cors, origin)
        and _is_method_allowed(cors, method)
        and _are_headers_allowed(cors, wanted)
    ):
        return (vary,)
    answer = [vary, ("Access-Control-Allow-Origin", _origin(cors, origin))]
    answer.append(("Access-Control-Allow-Methods", method))
    if wanted:
        answer.append(("Access-Control-Allow-Headers", ", ".join(wanted)))
    if cors.allow_credentials:
        answer.append(("Access-Control-Allow-Credentials", "true"))
    if cors.max_age is not None:
        answer.append(("Access-Control-Max-Age", str(cors.max_age)))
    return tuple(answer)


def _origin(cors: CorsHeaders, origin: str) -> str:
    # Browsers take no asterisk together with credentials.
    is_any = cors.allow_all_origins or ANY in cors.allowed_origins
    return ANY if is_any and not cors.allow_credentials else origin


def _is_origin_allowed(cors: CorsHeaders, origin: str) -> bool:
    names = {each.lower() for each in cors.allowed_origins}
    return cors.allow_all_origins or ANY in names or origin.lower() in names


def _is_method_allowed(cors: CorsHeaders, method: str) -> bool:
    names = {each.upper() for each in cors.allowed_methods}
    return cors.allow_all_methods or ANY in names or method.upper() in names


def _are_headers_allowed(cors: CorsHeaders, wanted: list[str]) -> bool:
    names = {each.lower() for each in cors.allowed_headers}
    return cors.allow_all_headers or ANY in names or {each.lower() for each in wanted} <= names


def _items(line: str) -> list[str]:
    return [item.strip() for item in line.split(",") if item.strip()]
