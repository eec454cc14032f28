"""
Every state of the evidence, by the number and the name that the design gives it.

State 17, a demo that is switched off, has no evidence: it is an error page.
"""

from __future__ import annotations

from dataclasses import dataclass

from barbican.access.identity import Kind
from barbican.access.presented import ASSERTION
from barbican.portal.styleguide import invented
from barbican.portal.styleguide.invented import (
    NOW,
    PERSON,
    SERVICE,
    Invented,
    changed,
    sign,
    sign_with,
    unsigned,
    with_token,
)


@dataclass(frozen=True, slots=True)
class State:
    number: int
    slug: str
    title: str
    verdict: str  # the contract's
    invented: Invented


def states() -> tuple[State, ...]:
    """Return all of them, in order. Signs some twenty tokens."""
    certificate = sign(SERVICE, common_name="test-client")
    machines = frozenset({Kind.SERVICE_TOKEN})
    rows = (
        (1, "service-token", "Verified service token", "verified_service_token",
         with_token(sign(SERVICE))),
        (2, "person", "Verified person", "verified_person", with_token(sign(PERSON))),
        (3, "certificate", "Verified client certificate", "verified_certificate",
         with_token(certificate)),
        (4, "round-the-edge", "Credentials, and no assertion", "unverified_headers",
         Invented(invented.EXPOSED)),
        (5, "unsigned-identity", "An e-mail header, and no assertion", "unverified_headers",
         Invented(invented.NOBODY)),
        (6, "expired", "Expired", "expired", with_token(sign(SERVICE, exp=NOW - 240))),
        (7, "wrong-audience", "Another application’s token", "wrong_audience",
         with_token(sign(SERVICE, aud=[invented.OTHER_AUDIENCE]))),
        (8, "wrong-issuer", "Another team’s token", "wrong_issuer",
         with_token(sign(SERVICE, iss="https://other.cloudflareaccess.com"))),
        (9, "bad-signature", "Changed on its way", "bad_signature", with_token(changed())),
        (10, "unknown-key", "An unknown key", "unknown_key", with_token(sign_with("4e" * 32))),
        (11, "not-yet-valid", "Not valid yet", "not_yet_valid",
         with_token(sign(SERVICE, iat=NOW + 420, exp=NOW + 480))),
        (12, "stale-keys", "Verified with old keys", "verified_service_token",
         with_token(sign(SERVICE), keys=invented.STALE)),
        (13, "keys-unavailable", "No keys", "keys_unavailable",
         with_token(sign(SERVICE), keys=invented.NONE_HELD)),
        (14, "nothing-presented", "Nothing presented", "nothing_presented", Invented()),
        (15, "malformed", "Not a readable token", "malformed",
         Invented({ASSERTION: f"{sign(SERVICE)}, {sign(SERVICE)}"})),
        (16, "not-configured", "Not configured", "not_configured",
         Invented(is_configured=False)),
        (18, "wrong-kind", "Another kind of caller", "wrong_kind",
         with_token(sign(PERSON), welcomes=machines)),
        (19, "client-not-allowed", "Not on the list", "client_not_allowed",
         with_token(sign(SERVICE), client_ids=frozenset({"ff" * 16 + ".access"}))),
        (20, "algorithm-refused", "Another algorithm", "algorithm_refused",
         with_token(unsigned())),
        (21, "missing-claim", "A claim left out", "missing_claim",
         with_token(sign(SERVICE, without="exp"))),
        (22, "wrong-type", "A team login token", "wrong_type",
         with_token(sign(SERVICE, type="org"))),
    )  # fmt: skip
    return tuple(State(*row) for row in rows)
