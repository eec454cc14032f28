"""Certificates of every kind, good and bad, made without the edge's own code."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.edge.wire import Reply

START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
END = START + timedelta(days=100)


def name(*common_names):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each) for each in common_names])


@dataclass
class Made:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def file(self, folder: Path, *others: Made) -> Path:
        """Return a file with the key, the certificate and what the client sends along."""
        path = folder / f"{self.certificate.serial_number}.pem"
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_text(key.decode() + "".join(each.pem for each in (self, *others)))
        return path


def make(
    common_name,
    issuer: Made | None = None,
    *,
    is_ca=False,
    path_length=None,
    starts=START,
    ends=END,
    extensions=(),
    subject=None,
    key=None,
) -> Made:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = subject or name(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
    )
    if is_ca:
        limits = x509.BasicConstraints(ca=True, path_length=path_length)
        builder = builder.add_extension(limits, critical=True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Made(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def false_key(key: rsa.RSAPrivateKey) -> rsa.RSAPrivateKey:
    """Return a key that passes for this one at the client, and signs otherwise."""
    own = key.private_numbers()
    return rsa.RSAPrivateNumbers(
        own.p, own.q, own.d + 2, own.dmp1 + 2, own.dmq1 + 2, own.iqmp, own.public_numbers
    ).private_key(unsafe_skip_rsa_key_validation=True)


class Connection:
    """One TLS connection to the edge, kept open for any number of requests."""

    def __init__(self, port, authority: Path, client: Path | None = None, *, version=None) -> None:
        context = ssl.create_default_context(cafile=authority)
        context.set_alpn_protocols(["h2", "http/1.1"])
        if version:
            context.minimum_version = context.maximum_version = version
        if client:
            context.load_cert_chain(client)
        self.port = port
        plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = context.wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_exc) -> None:
        self.socket.close()

    def get(self, target="/service-token/", headers=(), *, host="localhost") -> Reply:
        lines = [f"GET {target} HTTP/1.1", f"Host: {host}:{self.port}"]
        lines += [f"{key}: {value}" for key, value in headers]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        with closing(http.client.HTTPResponse(self.socket)) as response:
            response.begin()
            return Reply(response.status, response.getheaders(), response.read())
