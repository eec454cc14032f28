"""
What an application's policies say about a caller: pure, with no input and no output.

Source: "What a faithful local Access edge must do", rules 5 to 19, 24 and 32. Strict service-token
authentication answers 401 when a token does not authenticate and 403 when it is good and not
allowed here; that split is from the draft of the documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus

from barbican.edge.decision.credentials import (
    Authentication,
    authenticate,
    by_client_id,
    read,
    values,
)
from barbican.edge.decision.decisions import (
    Decision,
    Deny,
    EdgeRequest,
    Forward,
    LogIn,
    Place,
    Preflight,
)
from barbican.edge.organisation.callers import Caller, ClientCertificate, Identity
from barbican.edge.organisation.model import Application, Organisation, Policy, PolicyDecision
from barbican.protocol import CLIENT_ID_SUFFIX

ALLOW, BLOCK = PolicyDecision.ALLOW, PolicyDecision.DENY
BYPASS, SERVICE_AUTH = PolicyDecision.BYPASS, PolicyDecision.NON_IDENTITY
NOT_ALLOWED = "service token not allowed by any policy"
CERTIFICATE_NOT_ALLOWED = "client certificate not allowed by any policy"
NOT_VOUCHED_FOR = "no CA of this host vouches for the client certificate"


@dataclass(frozen=True, slots=True)
class Case:
    """One request at one application, with what is known of the caller before any login."""

    request: EdgeRequest
    place: Place
    organisation: Organisation
    now: float
    found: Authentication | None  # None when there was no token header at all
    caller: Caller

    @property
    def application(self) -> Application:
        return self.place.application


def admit(place: Place, request: EdgeRequest, organisation: Organisation, now: float) -> Decision:
    """Return what becomes of this request, once it is known whose place it asks for."""
    case = _open(place, request, organisation, now)
    return _before_login(case) or _strict(case) or _by_identity(case) or _turned_away(case)


def _open(place: Place, request: EdgeRequest, organisation: Organisation, now: float) -> Case:
    credentials = read(request.headers, place.application)
    found = authenticate(credentials, organisation, now) if credentials else None
    caller = Caller(
        ip=request.ip,
        country=organisation.country,
        service_token=found.token if found else None,
        certificate=_vouched(request, organisation),
    )
    return Case(request, place, organisation, now, found, caller)


def _vouched(request: EdgeRequest, organisation: Organisation) -> ClientCertificate | None:
    certificate = request.certificate
    if certificate and organisation.vouches_for(certificate, request.host):
        return certificate
    return None


def _before_login(case: Case) -> Decision | None:
    """Rule 17: Bypass and Service Auth first, in their order. Rule 15: preflights."""
    policy = _first(case, case.caller, BYPASS, SERVICE_AUTH)
    if policy and policy.decision is BYPASS:
        return Forward("bypassed", case.place, policy)
    is_preflight = _is_preflight(case.request)
    if is_preflight and case.application.cors_headers:
        return Preflight(case.place)
    if policy:
        return _served(case, policy)
    if is_preflight and case.application.options_preflight_bypass:
        return Forward("preflight bypassed", case.place)
    return None


def _first(case: Case, caller: Caller, *decisions: PolicyDecision) -> Policy | None:
    for policy in _policies(case, *decisions):
        if policy.matches(caller):
            return policy
    return None


def _policies(case: Case, *decisions: PolicyDecision) -> Iterator[Policy]:
    # Strict: a token that does not authenticate is 401, whatever else the caller could meet.
    is_hopeless = case.organisation.is_strict and case.found and case.found.token is None
    for policy in case.application.policies:
        if policy.decision in decisions and not (is_hopeless and policy.decision is SERVICE_AUTH):
            yield policy


def _served(case: Case, policy: Policy) -> Forward:
    token, certificate = case.caller.service_token, case.caller.certificate
    # Inferred: strict is about requests with a service token, so a certificate has its cookie.
    is_plain = certificate is not None and case.found is None
    return Forward(
        "policy matched",
        case.place,
        policy,
        token,
        # Rule 6. Somebody without token and certificate has nothing that a cookie could say.
        sets_cookie=is_plain or (not case.organisation.is_strict and bool(token or certificate)),
        certificate=certificate,
    )


def _strict(case: Case) -> Deny | None:
    """Strict: 401 when the token cannot authenticate, 403 when no policy names it."""
    if case.found is None or not case.organisation.is_strict:
        return None
    if case.found.token is None:
        return Deny(HTTPStatus.UNAUTHORIZED, case.found.reason, case.place)
    return Deny(HTTPStatus.FORBIDDEN, NOT_ALLOWED, case.place)


def _by_identity(case: Case) -> Decision | None:
    """Rule 24: an application token counts only where an Allow policy is."""
    if not case.application.has(ALLOW):
        return None
    outcomes = [out for each in _identities(case) if (out := _identified(case, each))]
    admitted = [each for each in outcomes if isinstance(each, Forward)]
    return next(iter(admitted or outcomes), None)


def _identities(case: Case) -> Iterator[Identity]:
    for identity in case.request.identities:
        if (
            identity.audience_tag == case.application.aud
            and (identity.is_bound or not case.application.enable_binding_cookie)
            and not case.application.has_revoked(identity.issued_at)
        ):
            yield identity


def _identified(case: Case, identity: Identity) -> Forward | Deny | None:
    if identity.email:
        return _person(case, identity)
    return None if case.organisation.is_strict else _known_machine(case, identity)


def _person(case: Case, identity: Identity) -> Forward | Deny:
    """Rule 17: Allow and Block in their order; the first that matches ends it; default deny."""
    policy = _first(case, replace(case.caller, identity=identity), ALLOW, BLOCK)
    if policy and policy.decision is ALLOW:
        return Forward("policy matched", case.place, policy, identity=identity)
    why = "blocked by a policy" if policy else "not allowed by any policy"
    status = HTTPStatus(case.organisation.choices.identity_denied_status)
    location = case.application.custom_deny_url
    return Deny(
        HTTPStatus.FOUND if location else status,
        f"logged in and {why}",
        case.place,
        identity=identity,
        location=location,
    )


def _known_machine(case: Case, identity: Identity) -> Forward | None:
    """
    Legacy: the application token of a service token stands in for the pair.

    The service token itself is asked again: Service Auth is checked on every request.
    """
    token = by_client_id(case.organisation, identity.common_name)
    if token is None or not identity.common_name.endswith(CLIENT_ID_SUFFIX):
        return None
    if not token.is_enabled or token.is_expired(case.now):
        return None
    policy = _first(case, replace(case.caller, service_token=token), SERVICE_AUTH)
    if policy is None:
        return None
    return Forward("policy matched", case.place, policy, token, identity=identity)


def _turned_away(case: Case) -> Decision:
    """Nobody in particular asks; a legacy organisation takes a failed token like none."""
    application, reason = case.application, _reason(case)
    if _is_preflight(case.request):
        return Deny(HTTPStatus.FORBIDDEN, "preflight without credentials", case.place)
    is_401 = application.service_auth_401_redirect and application.has(SERVICE_AUTH)
    covers_allow = is_401 and case.organisation.choices.service_auth_401_covers_allow
    if application.has(ALLOW) and not covers_allow:
        return _to_log_in(case, reason)
    if is_401:
        return Deny(HTTPStatus.UNAUTHORIZED, reason, case.place)
    location = application.custom_non_identity_deny_url
    status = HTTPStatus.FOUND if location else HTTPStatus.FORBIDDEN
    return Deny(status, reason, case.place, location=location)


def _to_log_in(case: Case, reason: str) -> Deny | LogIn:
    asked_with = map(str.lower, values(case.request.headers, "x-requested-with"))
    if "xmlhttprequest" in asked_with:  # rule 14
        return Deny(HTTPStatus.UNAUTHORIZED, f"{reason}; a script cannot log in", case.place)
    return LogIn(reason, case.place, case.caller.service_token)


def _reason(case: Case) -> str:
    if case.found:
        return case.found.reason or NOT_ALLOWED
    mine = [each for each in case.request.identities if each.audience_tag == case.application.aud]
    if mine and case.application.enable_binding_cookie and not any(each.is_bound for each in mine):
        return "application token without its binding cookie"
    if case.caller.certificate:
        return CERTIFICATE_NOT_ALLOWED
    return NOT_VOUCHED_FOR if case.request.certificate else "no credentials"


def _is_preflight(request: EdgeRequest) -> bool:
    return (
        request.method == "OPTIONS"
        and bool(values(request.headers, "origin"))
        and bool(values(request.headers, "access-control-request-method"))
    )
