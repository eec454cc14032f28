"""
CA certificates for mutual TLS, and which hosts' origins get the client certificate.

Source: Cloudflare API, Zero Trust > Access > Certificates. Hostnames have to be taken off a
certificate before it can be deleted.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from barbican.edge.api.call import Call, Routes, shown_time
from barbican.edge.api.envelope import Reply, page
from barbican.edge.api.errors import conflict, not_found
from barbican.edge.api.fields import Fields
from barbican.edge.certificates.ca_certificates import ca_certificate
from barbican.edge.organisation.model import CaCertificate, Organisation

READ_ONLY = ("id", "fingerprint", "expires_on", "created_at", "updated_at")
_HOST = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_-]{1,63}")


def _list(call: Call) -> Reply:
    return page(call.request, [_shown(each) for each in call.organisation.certificates])


def _create(call: Call) -> Reply:
    body = call.body()
    made = replace(
        _authority(body, call.now),
        name=body.name(),
        associated_hostnames=_hostnames(body),
    )

    def change(held: Organisation) -> Organisation:
        if any(each.fingerprint == made.fingerprint for each in held.certificates):
            raise conflict("certificate already exists")
        return replace(held, certificates=(*held.certificates, made))

    call.change(change)
    return Reply(_shown(made), HTTPStatus.CREATED, body.messages(read_only=READ_ONLY))


def _get(call: Call) -> Reply:
    return Reply(_shown(_find(call.organisation, call)))


def _update(call: Call) -> Reply:
    body = call.body()

    def change(found: CaCertificate) -> CaCertificate:
        return replace(
            found,
            name=body.name(found.name),
            associated_hostnames=(
                _hostnames(body) if "associated_hostnames" in body else found.associated_hostnames
            ),
            updated_at=call.now,
        )

    found = _change(call, change)
    # A certificate is what it is: another one has to be added, and this one deleted.
    return Reply(_shown(found), messages=body.messages(read_only=(*READ_ONLY, "certificate")))


def _change(call: Call, change: Callable[[CaCertificate], CaCertificate]) -> CaCertificate:
    def changed(held: Organisation) -> Organisation:
        found = _find(held, call)
        fresh = change(found)
        every = tuple(fresh if each is found else each for each in held.certificates)
        return replace(held, certificates=every)

    return _find(call.change(changed), call)


def _delete(call: Call) -> Reply:
    def change(held: Organisation) -> Organisation:
        found = _find(held, call)
        if found.associated_hostnames:
            raise conflict("certificate has active associations")
        rest = tuple(each for each in held.certificates if each is not found)
        return replace(held, certificates=rest)

    call.change(change)
    return Reply({"id": call.ids["certificate_id"]})


def _settings(call: Call) -> Reply:
    return Reply(_shown_settings(call.organisation))


def _update_settings(call: Call) -> Reply:
    """Change the hosts that are named, and leave the others as they are."""
    body = call.body()
    if "settings" not in body:
        raise body.wrong("settings", "should be a list of objects")
    wanted = {}
    for each in body.objects("settings"):
        forwards = each.flag("client_certificate_forwarding", default=False)
        wanted[_hostname(each, "hostname", each.text("hostname", ""))] = forwards

    def change(held: Organisation) -> Organisation:
        hosts = {host for host in held.certificate_forwarding if host not in wanted}
        hosts.update(host for host, forwards in wanted.items() if forwards)
        return replace(held, certificate_forwarding=frozenset(hosts))

    return Reply(_shown_settings(call.change(change)), messages=body.messages())


def _shown_settings(held: Organisation) -> list[dict[str, Any]]:
    associated = {host for each in held.certificates for host in each.associated_hostnames}
    return [
        {
            "hostname": host,
            "china_network": False,
            "client_certificate_forwarding": host in held.certificate_forwarding,
        }
        for host in sorted(associated | held.certificate_forwarding)
    ]


def _find(held: Organisation, call: Call) -> CaCertificate:
    for each in held.certificates:
        if each.id == call.ids["certificate_id"]:
            return each
    raise not_found()


def _authority(body: Fields, now: float) -> CaCertificate:
    pem = body.pem("certificate")
    try:
        return ca_certificate(pem.encode(), id=str(uuid.uuid4()), now=now)
    except ValueError as error:
        raise body.wrong("certificate", str(error)) from None


def _hostnames(body: Fields) -> tuple[str, ...]:
    name = "associated_hostnames"
    return tuple(dict.fromkeys(_hostname(body, name, each) for each in body.texts(name)))


def _hostname(body: Fields, name: str, text: str) -> str:
    host = text.lower().removesuffix(".")
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise body.wrong(name, "should be a hostname, with no scheme, port or path")
    return host


def _shown(certificate: CaCertificate) -> dict[str, Any]:
    return {
        "id": certificate.id,
        "name": certificate.name,
        "associated_hostnames": list(certificate.associated_hostnames),
        "fingerprint": _fingerprint(certificate),
        "expires_on": shown_time(certificate.expires_on),
        "created_at": shown_time(certificate.created_at),
        "updated_at": shown_time(certificate.updated_at),
    }


def _fingerprint(certificate: CaCertificate) -> str:
    """Return the MD5 fingerprint, which the API documents. Nothing is decided by it."""
    der = _der(x509.load_pem_x509_certificates(certificate.pem.encode())[0])
    digest = hashlib.md5(der, usedforsecurity=False)
    return "MD5 Fingerprint=" + digest.digest().hex(":").upper()


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


ROUTES: Routes = {
    "certificates": {"GET": _list, "POST": _create},
    "certificates/settings": {"GET": _settings, "PUT": _update_settings},
    "certificates/{certificate_id}": {"GET": _get, "PUT": _update, "DELETE": _delete},
}
