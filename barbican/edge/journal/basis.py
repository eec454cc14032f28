"""
Finds out, for the journal, what a decision rests on: the caller that was recognised, and the rule.

`decide` answers what happens and stays free of this. A token that an admitted request was admitted
by is in the decision; any other is read and compared again here.

Source: "What a faithful local Access edge must do", rules 5, 8, 17, 24 and 32.
"""

from __future__ import annotations

from barbican.edge.decision.credentials import authenticate, by_client_id, read
from barbican.edge.decision.decisions import Decision, Deny, EdgeRequest, Forward, LogIn, Place
from barbican.edge.decision.matching import matched_rule, obstacle
from barbican.edge.journal.entries import Basis
from barbican.edge.organisation.callers import Caller, ServiceToken
from barbican.edge.organisation.model import Organisation


def basis_of(
    request: EdgeRequest, decision: Decision, organisation: Organisation, now: float
) -> Basis:
    """Return whom the edge recognised, and the policy and rule that decided. Pure."""
    match decision:
        case Forward(place=place, policy=policy) if place and policy:
            caller = _caller(request, decision, place, organisation, now)
            client_id = caller.service_token.client_id if caller.service_token else ""
            rule = matched_rule(policy, caller)
            return Basis(policy, rule, client_id, caller.email, _common_name(caller))
        case Deny(place=place) | LogIn(place=place):
            caller = _caller(request, decision, place, organisation, now)
            policy, rule = obstacle(place.application.policies, caller) or (None, None)
            client_id = _known_client_id(request, place, organisation)
            return Basis(policy, rule, client_id, caller.email, _common_name(caller))
        case _:
            return Basis()


def _caller(
    request: EdgeRequest,
    decision: Forward | Deny | LogIn,
    place: Place,
    organisation: Organisation,
    now: float,
) -> Caller:
    token = None if isinstance(decision, Deny) else decision.service_token
    certificate = request.certificate
    is_vouched = certificate is not None and organisation.vouches_for(certificate, request.host)
    return Caller(
        ip=request.ip,
        country=organisation.country,
        service_token=token or _authenticated(request, place, organisation, now),
        certificate=certificate if is_vouched else None,
        identity=None if isinstance(decision, LogIn) else decision.identity,
    )


def _common_name(caller: Caller) -> str:
    return caller.certificate.common_name if caller.certificate else ""


def _authenticated(
    request: EdgeRequest, place: Place, organisation: Organisation, now: float
) -> ServiceToken | None:
    credentials = read(request.headers, place.application)
    return authenticate(credentials, organisation, now).token if credentials else None


def _known_client_id(request: EdgeRequest, place: Place, organisation: Organisation) -> str:
    """Return the Client ID that came, good or not, if the organisation knows it."""
    credentials = read(request.headers, place.application)
    known = by_client_id(organisation, credentials.client_id) if credentials else None
    return known.client_id if known else ""
