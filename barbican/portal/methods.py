"""
The ways into an application behind Access, compared. A demo shows each as it comes to be built.

Source: Cloudflare One documentation, "One-time PIN", "Generic OIDC", "Generic SAML 2.0", "SCIM
provisioning", "Mutual TLS", "Service tokens".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Group: TypeAlias = Literal["machines", "people"]


@dataclass(frozen=True, slots=True)
class Method:
    """What somebody who has to choose wants to know, in a few words each."""

    slug: str  # of the demo that shows it
    title: str
    badge: str
    group: Group
    summary: str
    who: str
    login: str  # the page that a person sees before they are in
    secret: str
    strength: str
    rotation: str


METHODS = (
    Method(
        "otp", "One-Time PIN", "Local", "people",
        "A code by e-mail. No identity provider.",
        "Anyone whose address the policy names", "Access asks for the address, then the code",
        "None", "As strong as the mailbox", "No secret to rotate: a code lasts 10 minutes",
    ),
    Method(
        "oidc", "OpenID Connect", "OIDC", "people",
        "The organisation’s own login, over OAuth 2.0.",
        "People in a directory", "The identity provider’s",
        "Client secret, held by Cloudflare", "As strong as the provider’s login",
        "Client secret, before it expires",
    ),
    Method(
        "saml", "SAML 2.0", "SAML", "people",
        "The same login, by a signed XML assertion.",
        "People in a directory", "The identity provider’s",
        "None: a certificate is public", "As strong as the provider’s login",
        "The provider’s signing certificate",
    ),
    Method(
        "scim-a", "Group A", "SCIM", "people",
        "Only members of a group that the directory pushes.",
        "Members of one group", "The identity provider’s",
        "SCIM token, held by the provider", "As strong as the login, plus membership",
        "SCIM token",
    ),
    Method(
        "scim-b", "Group B", "SCIM", "people",
        "The same for a smaller, more trusted group.",
        "Members of a smaller group", "The identity provider’s",
        "SCIM token, shared with Group A", "As strong as the login, plus membership",
        "SCIM token",
    ),
    Method(
        "mtls", "Mutual TLS", "mTLS", "machines",
        "The caller’s own certificate, shown as the connection opens.",
        "Machines and managed devices", "None",
        "Private key, which never leaves the caller", "Strongest: no secret travels",
        "Certificate, before it ends",
    ),
    Method(
        "service-token", "Service Token", "Token", "machines",
        "Client ID and Client Secret in two headers.",
        "Scripts, jobs and servers", "None",
        "Client Secret", "Good: the secret goes with each request",
        "By hand or API, old and new overlapping",
    ),
)  # fmt: skip
GROUPS: tuple[tuple[Group, str], ...] = (("people", "People"), ("machines", "Machines"))
BY_SLUG = {method.slug: method for method in METHODS}
