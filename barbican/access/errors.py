"""
Every way a request can be refused. The codes are the contract's verdicts.

    AccessError
      NotConfiguredError            503  this application has no AUD tag, or no team domain
      KeysUnavailableError          503  says nothing of the token
      NothingPresentedError         401  no assertion, no cookie
      UnverifiedHeadersError        401  identity headers, and nothing signed
      TokenError                    401  the token is at fault
        MalformedTokenError
        AlgorithmError
        UnknownKeyError
        SignatureMismatchError
        ClaimError
          MissingClaimError, IssuerMismatchError, TokenExpiredError,
          TokenNotYetValidError, TokenTypeError
          NotHereError              403  good in every other way, but not for this demo
            AudienceMismatchError, KindNotWelcomeError, ClientNotAllowedError

``code`` is stable: JSON, templates, log queries and tests key on it. ``reason`` is one sentence
for people. ``str(error)`` is for logs and holds no part of a token.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar


class AccessError(Exception):
    """Base of everything that this package raises on purpose."""

    code: ClassVar[str]
    status: ClassVar[HTTPStatus] = HTTPStatus.UNAUTHORIZED
    reason: ClassVar[str]  # one sentence, shown to people

    def __init__(self, expected: str = "", actual: str = "") -> None:
        super().__init__(self.code)
        self.expected = expected
        self.actual = actual


class NotConfiguredError(AccessError):
    code = "not_configured"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    reason = "This application is not set up here, so no token can be accepted for it."


class KeysUnavailableError(AccessError):
    code = "keys_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    reason = "The team's signing keys could not be read, so no signature can be checked."


class NothingPresentedError(AccessError):
    code = "nothing_presented"
    reason = "The request carries no application token."


class UnverifiedHeadersError(AccessError):
    code = "unverified_headers"
    reason = "Identity or credential headers are here, but nothing signed comes with them."


class TokenError(AccessError):
    """Base of all that is wrong with a token itself."""


class MalformedTokenError(TokenError):
    code = "malformed"
    reason = "This is not one readable application token."


class AlgorithmError(TokenError):
    code = "algorithm_refused"
    reason = "Only RS256 is accepted, whatever the token asks for."


class UnknownKeyError(TokenError):
    code = "unknown_key"
    reason = "The team does not publish a key by this name."


class SignatureMismatchError(TokenError):
    code = "bad_signature"
    reason = "The signature does not belong to this header and these claims."


class ClaimError(TokenError):
    """Base of all that is wrong with what a token says."""


class MissingClaimError(ClaimError):
    code = "missing_claim"
    reason = "The token leaves out a claim that an application token always has."


class IssuerMismatchError(ClaimError):
    code = "wrong_issuer"
    reason = "The token was issued by another team."


class TokenExpiredError(ClaimError):
    code = "expired"
    reason = "The token's time is over."


class TokenNotYetValidError(ClaimError):
    code = "not_yet_valid"
    reason = "The token starts in the future: the two clocks differ."


class TokenTypeError(ClaimError):
    code = "wrong_type"
    reason = "This is not an application token. A global session token opens no application."


class NotHereError(ClaimError):
    """Good in every other way: the caller is known, and not allowed on this demo."""

    status = HTTPStatus.FORBIDDEN


class AudienceMismatchError(NotHereError):
    code = "wrong_audience"
    reason = "The token was issued for another Access application."


class KindNotWelcomeError(NotHereError):
    code = "wrong_kind"
    reason = "This demo is for another kind of caller."


class ClientNotAllowedError(NotHereError):
    code = "client_not_allowed"
    reason = "This service token is not on the demo's list of allowed Client IDs."


BY_CODE: dict[str, type[AccessError]] = {
    error.code: error
    for error in (
        NotConfiguredError,
        KeysUnavailableError,
        NothingPresentedError,
        UnverifiedHeadersError,
        MalformedTokenError,
        AlgorithmError,
        UnknownKeyError,
        SignatureMismatchError,
        MissingClaimError,
        IssuerMismatchError,
        TokenExpiredError,
        TokenNotYetValidError,
        TokenTypeError,
        AudienceMismatchError,
        KindNotWelcomeError,
        ClientNotAllowedError,
    )
}
