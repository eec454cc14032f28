"""
Names that Cloudflare Access uses on the wire. No logic.

The origin (`access`) and the local edge (`edge`) share these names and nothing else, so that
a test of the two together compares two independent readings of the protocol.

Source: Cloudflare One documentation, Access controls: application token, authorization
cookie, service tokens, validating JSON.
"""

from __future__ import annotations

# The application token, signed by the edge. The header is preferred: the cookie is not guaranteed.
ASSERTION_HEADER = "Cf-Access-Jwt-Assertion"
AUTHORIZATION_COOKIE = "CF_Authorization"

# What a machine sends to the edge. The edge takes both away before it forwards.
CLIENT_ID_HEADER = "CF-Access-Client-Id"
CLIENT_SECRET_HEADER = "CF-Access-Client-Secret"  # noqa: S105 - a header's name

# An application token sent to the edge in a header, in place of the cookie.
TOKEN_HEADER = "Cf-Access-Token"  # noqa: S105 - a header's name

# Set by the edge for people. Unsigned: anyone who reaches the origin can write it.
USER_EMAIL_HEADER = "Cf-Access-Authenticated-User-Email"

# Every header whose name starts like this speaks of identity and proves none.
ACCESS_HEADER_PREFIX = "Cf-Access-"
CLIENT_CERTIFICATE_HEADER_PREFIX = "Cf-Client-Cert-"

CONNECTING_IP_HEADER = "Cf-Connecting-Ip"
RAY_HEADER = "Cf-Ray"
VISITOR_HEADER = "Cf-Visitor"
COUNTRY_HEADER = "Cf-Ipcountry"

# Reserved by Access on every host, and never forwarded.
ACCESS_PATH = "/cdn-cgi/access/"
CERTS_PATH = "/cdn-cgi/access/certs"
LOGOUT_PATH = "/cdn-cgi/access/logout"
GET_IDENTITY_PATH = "/cdn-cgi/access/get-identity"
PROTECTED_RESOURCE_PATH = "/.well-known/cloudflare-access-protected-resource"

# Hosts of a team, its FedRAMP form included, end like this.
TEAM_HOST_SUFFIX = ".cloudflareaccess.com"

ALGORITHM = "RS256"
APPLICATION_TOKEN_TYPE = "app"  # noqa: S105 - a claim's value
GLOBAL_SESSION_TOKEN_TYPE = "org"  # noqa: S105 - a claim's value
CLIENT_ID_SUFFIX = ".access"
