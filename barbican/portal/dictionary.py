"""
What each documented member of an application token means: plain words first, the source second.

Source: Cloudflare One documentation, "Application token"; RFC 7515, section 4.1; RFC 7519,
section 4.1. What was only ever seen, and is in neither, says so.
"""

from __future__ import annotations

from typing import NamedTuple

_OF_CLOUDFLARE = (
    "https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps"
    "/authorization-cookie/application-token/"
)
_SEEN = ("", "")

EVERYONE = "every application token"
PEOPLE = "people"
MACHINES = "machines and certificates"


class Entry(NamedTuple):
    """One member of a token."""

    name: str
    meaning: str
    whose: str = EVERYONE
    source: str = "Cloudflare docs"
    href: str = _OF_CLOUDFLARE

    @property
    def is_documented(self) -> bool:
        return bool(self.source)


def _jws(section: str) -> tuple[str, str]:
    return f"RFC 7515, {section}", f"https://www.rfc-editor.org/rfc/rfc7515#section-{section}"


def _jwt(section: str) -> tuple[str, str]:
    return f"RFC 7519, {section}", f"https://www.rfc-editor.org/rfc/rfc7519#section-{section}"


def _by_name(*entries: Entry) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


HEADER = _by_name(
    Entry("alg", "how it is signed; only RS256 is accepted here", EVERYONE, *_jws("4.1.1")),
    Entry("kid", "which of the team's keys signed it", EVERYONE, *_jws("4.1.4")),
    Entry("typ", "that it is a JSON Web Token", EVERYONE, *_jws("4.1.9")),
)
CLAIMS = _by_name(
    Entry("aud", "the AUD tags of the Access application that it is for"),
    Entry(
        "common_name",
        "the Client ID of the service token, or the certificate's common name",
        MACHINES,
    ),
    Entry("country", "where the person signed in, as a country code", PEOPLE),
    Entry("custom", "attributes that the identity provider adds; cut at about 1,000 bytes", PEOPLE),
    Entry("email", "the person's address, vouched for by the identity provider", PEOPLE),
    Entry("exp", "when it ends", EVERYONE, *_jwt("4.1.4")),
    Entry("iat", "when it was issued", EVERYONE, *_jwt("4.1.6")),
    Entry("identity_nonce", "a key to the person's whole identity at the edge", PEOPLE),
    Entry("iss", "the team that issued it", EVERYONE, *_jwt("4.1.1")),
    Entry("nbf", "when it begins", PEOPLE, *_jwt("4.1.5")),
    Entry("sub", "the person's identifier in this account"),
    Entry("type", "what it opens: an application (app) or the team's own login (org)"),
)
# In tokens that others have captured, or fields of get-identity that are taken for claims.
SEEN = _by_name(
    Entry("account_id", "the Cloudflare account, seen in team login tokens", PEOPLE, *_SEEN),
    Entry("amr", "how the person proved who they are, such as mfa", PEOPLE, *_SEEN),
    Entry("device_id", "the device, where the device client is in use", PEOPLE, *_SEEN),
    Entry("device_sessions", "when each device last signed in", PEOPLE, *_SEEN),
    Entry("groups", "the provider's groups; Access puts them in custom", PEOPLE, *_SEEN),
    Entry("identity", "the person's identity, seen in team login tokens", PEOPLE, *_SEEN),
    Entry("policy_id", "the Access policy that let the caller in", EVERYONE, *_SEEN),
    Entry("service_token_id", "the Client ID, a field of get-identity", MACHINES, *_SEEN),
    Entry("service_token_status", "whether a service token was used", MACHINES, *_SEEN),
    Entry("warp_as_auth", "that the device client's session was used to sign in", PEOPLE, *_SEEN),
)


def header_member(name: str) -> Entry:
    return HEADER.get(name) or Entry(name, "never looked at here", EVERYONE, *_SEEN)


def claim(name: str) -> Entry:
    return CLAIMS.get(name) or SEEN.get(name) or Entry(name, "", EVERYONE, *_SEEN)


def absent(claims: frozenset[str]) -> tuple[Entry, ...]:
    """Return the documented claims that are not among these."""
    return tuple(entry for name, entry in CLAIMS.items() if name not in claims)
