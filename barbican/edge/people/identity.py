"""
`get-identity`: what Access knows of the caller behind an application token.

Source: rule 26 of the local edge; Cloudflare One documentation, "Application token", user identity.
For a service token only the meaning of two fields is documented; the answer to a bad cookie is not
(`Choices.get_identity_error_status`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from barbican.edge.answers.replies import Answer
from barbican.edge.organisation.callers import ONE_TIME_PIN, Identity
from barbican.edge.people.identities import Reader
from barbican.edge.people.visits import Visit
from barbican.protocol import CLIENT_ID_SUFFIX

VERSION = 2
_NO_CERTIFICATE = {
    "cert_issuer_ski": "",
    "cert_presented": False,
    "cert_serial": "",
    "cert_issuer_dn": "",
    "auth_status": "NONE",
}


@dataclass
class GetIdentity:
    """Answers on the team's host and on the hosts of applications."""

    reader: Reader
    account_id: str

    def show(self, visit: Visit, *, is_team: bool) -> Answer:
        """Return the identity as JSON, or a short error for everything else."""
        identity = self._identity(visit, is_team=is_team)
        if identity is None:
            status = HTTPStatus(visit.organisation.choices.get_identity_error_status)
            return _json(visit, status, {"err": "no valid application token in CF_Authorization"})
        return _json(visit, HTTPStatus.OK, self._facts(visit, identity))

    def _identity(self, visit: Visit, *, is_team: bool) -> Identity | None:
        presented, organisation = visit.request.identities, visit.organisation
        tags = {each.aud for each in organisation.applications_at(visit.request.host)}
        if is_team:
            tags = {each.aud for each in organisation.applications}
        found = next((each for each in presented if each.audience_tag in tags), None)
        if found is None and is_team:
            return self.reader.session(visit.request.headers, organisation, visit.now)
        return found

    def _facts(self, visit: Visit, identity: Identity) -> dict[str, Any]:
        is_service_token = identity.common_name.endswith(CLIENT_ID_SUFFIX)
        common_name = "" if is_service_token else identity.common_name
        return {
            **(self._person(visit, identity) if identity.email else {}),
            "geo": {"country": identity.country or visit.organisation.country},
            "user_uuid": identity.subject,
            "account_id": self.account_id,
            "iat": int(identity.issued_at),
            "ip": visit.request.ip,
            "auth_status": "SUCCESS" if common_name else "NONE",
            "common_name": common_name,
            "service_token_id": identity.common_name if is_service_token else "",
            "service_token_status": is_service_token,
            "is_warp": False,
            "is_gateway": False,
            "gateway_account_id": "",
            "device_id": "",
            "devicePosture": {},
            "device_sessions": {},
            "mtls_auth": {**_NO_CERTIFICATE, "cert_presented": bool(common_name)},
            "version": VERSION,
        }

    def _person(self, visit: Visit, identity: Identity) -> dict[str, Any]:
        return {
            "id": identity.subject,
            "name": visit.organisation.person(identity.email).name,
            "email": identity.email,
            "idp": {"id": identity.login_method, "type": ONE_TIME_PIN},
        }


def _json(visit: Visit, status: HTTPStatus, content: dict[str, Any]) -> Answer:
    headers = (("Content-Type", "application/json"), *visit.always)
    return Answer(status, headers, json.dumps(content).encode())
