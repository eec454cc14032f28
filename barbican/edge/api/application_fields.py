"""
What a body says of an application, checked.

Source: Cloudflare API, Zero Trust > Access > Applications, self-hosted application: `destinations`
over `self_hosted_domains`; `domain` is one of them; no `options_preflight_bypass` beside
`cors_headers`; one identity provider where `auto_redirect_to_identity` is on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from barbican.edge.api.application_policies import read_policies
from barbican.edge.api.errors import invalid
from barbican.edge.api.fields import Fields
from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.model import Application, CorsHeaders, Organisation

READ_ONLY = ("id", "uid", "aud", "created_at", "updated_at", "account_id")
SELF_HOSTED = "self_hosted"
MESSAGE_LENGTH = 1_000  # characters
LONGEST_URL = 2_000  # characters
LONGEST_AGE = 86_400  # seconds
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}")  # a header's name, RFC 9110
_SAME_SITE = ("", "none", "lax", "strict")


def read(
    body: Fields, held: Organisation, now: float, *, before: Application | None = None
) -> Application:
    """
    Return the application of a body, with neither ID nor AUD tag.

    It replaces `before` whole, but for the policies, which stay where the body has none.
    """
    _check_type(body)
    destinations = _destinations(body)
    cors = _cors(body.object("cors_headers"))
    application = Application(
        name=body.name(str(destinations[0])),
        aud="",
        destinations=destinations,
        policies=read_policies(body, held, now, before),
        session_duration=body.session(None),
        service_auth_401_redirect=body.flag("service_auth_401_redirect", default=False),
        read_service_tokens_from_header=_header(body),
        options_preflight_bypass=body.flag("options_preflight_bypass", default=False),
        cors_headers=cors,
        http_only_cookie_attribute=body.flag("http_only_cookie_attribute", default=None),
        same_site_cookie_attribute=_same_site(body),
        path_cookie_attribute=body.flag("path_cookie_attribute", default=False),
        enable_binding_cookie=body.flag("enable_binding_cookie", default=False),
        allowed_idps=_providers(body, held),
        auto_redirect_to_identity=body.flag("auto_redirect_to_identity", default=False),
        custom_deny_message=body.text("custom_deny_message", "", longest=MESSAGE_LENGTH),
        custom_deny_url=_url(body, "custom_deny_url"),
        custom_non_identity_deny_url=_url(body, "custom_non_identity_deny_url"),
        updated_at=now,
    )
    _check_together(application)
    return application


def _check_type(body: Fields) -> None:
    kind = body.text("type", "")
    if kind != SELF_HOSTED:
        raise body.wrong("type", f"should be {SELF_HOSTED}: the local edge has no other kind")


def _destinations(body: Fields) -> tuple[Destination, ...]:
    """Return what is protected, the one of `domain` first."""
    domain = body.text("domain", "")
    uris = [_uri(each) for each in body.objects("destinations")]
    older = body.texts("self_hosted_domains")  # read in any case: `destinations` supersedes it
    name = "destinations" if uris or not older else "self_hosted_domains"
    found = _parsed(name, uris or older or [domain])
    if not domain:
        return found
    (first,) = _parsed("domain", [domain])
    if first not in found:
        raise invalid(f"domain not included in {name}")
    return (first, *(each for each in found if each != first))


def _uri(destination: Fields) -> str:
    kind = destination.text("type", "public")
    if kind != "public":
        raise destination.wrong("type", "should be public: the local edge protects nothing else")
    return destination.text("uri", "")


def _parsed(name: str, uris: Sequence[str]) -> tuple[Destination, ...]:
    try:
        return tuple(dict.fromkeys(Destination.parse(uri) for uri in uris))
    except ValueError as error:
        raise invalid(f"{name}: {error}") from None


def _cors(body: Fields | None) -> CorsHeaders | None:
    if body is None:
        return None
    return CorsHeaders(
        allowed_origins=body.texts("allowed_origins"),
        allowed_methods=body.texts("allowed_methods"),
        allowed_headers=body.texts("allowed_headers"),
        allow_all_origins=body.flag("allow_all_origins", default=False),
        allow_all_methods=body.flag("allow_all_methods", default=False),
        allow_all_headers=body.flag("allow_all_headers", default=False),
        allow_credentials=body.flag("allow_credentials", default=False),
        max_age=body.whole("max_age", None, least=-1, most=LONGEST_AGE),
    )


def _header(body: Fields) -> str:
    name = body.text("read_service_tokens_from_header", "")
    if name and not _TOKEN.fullmatch(name):
        raise body.wrong("read_service_tokens_from_header", "should be a header's name")
    return name


def _same_site(body: Fields) -> str:
    value = body.text("same_site_cookie_attribute", "").lower()
    if value not in _SAME_SITE:
        raise body.wrong("same_site_cookie_attribute", "should be none, lax or strict")
    return value


def _providers(body: Fields, held: Organisation) -> tuple[str, ...]:
    found = body.texts("allowed_idps")
    if not {each.id for each in held.identity_providers}.issuperset(found):
        raise body.wrong("allowed_idps", "should name identity providers of the organization")
    return found


def _url(body: Fields, name: str) -> str:
    text = body.text(name, "", longest=LONGEST_URL)
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if text and not (is_address and text.isascii() and " " not in text):
        raise body.wrong(name, "should be an address such as https://example.com/denied")
    return text


def _check_together(application: Application) -> None:
    if application.options_preflight_bypass and application.cors_headers is not None:
        raise invalid("options_preflight_bypass cannot be on while cors_headers is set")
    if application.auto_redirect_to_identity and len(application.allowed_idps) != 1:
        raise invalid(
            "auto_redirect_to_identity needs exactly one identity provider in allowed_idps"
        )
