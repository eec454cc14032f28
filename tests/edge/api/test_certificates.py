from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import cloudflare
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ENDS = datetime(2040, 1, 2, 3, 4, 5, tzinfo=UTC)


def certificate(name="CA", *, is_ca=True):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ENDS - timedelta(days=9_000))
        .not_valid_after(ENDS)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return made, pem, secret


@pytest.fixture(scope="module")
def root():
    return certificate()


@pytest.fixture
def make(client, root):
    return lambda pem=root[1], **more: client.certificates.create(
        **{"name": "CA", "certificate": pem, **more}
    )


class TestCertificates:
    def test_are_added_with_fingerprint_and_end(self, make, root, folder):
        made = make(associated_hostnames=["A.test", "b.test"])
        der = root[0].public_bytes(serialization.Encoding.DER)
        md5 = hashlib.md5(der).hexdigest().upper()
        assert made.fingerprint.removeprefix("MD5 Fingerprint=").replace(":", "") == md5
        assert made.expires_on == ENDS
        assert made.associated_hostnames == ["a.test", "b.test"]
        [held] = folder.state().organisation.certificates
        assert held.fingerprint == hashlib.sha256(der).hexdigest()
        assert held.pem == root[1]

    def test_are_added_as_a_chain_of_which_the_first_one_names_it(self, make, root, folder):
        made = make(root[1] + "between\n" + certificate("root")[1])
        assert folder.state().organisation.certificates[0].pem.count("BEGIN CERTIFICATE") == 2
        assert made.fingerprint.startswith("MD5 Fingerprint=")

    def test_are_listed_got_and_renamed(self, client, make):
        made = make(associated_hostnames=["a.test"])
        changed = client.certificates.update(made.id, associated_hostnames=["b.test"], name="new")
        assert (changed.name, changed.associated_hostnames) == ("new", ["b.test"])
        assert [each.id for each in client.certificates.list()] == [made.id]
        assert client.certificates.get(made.id).name == "new"

    def test_keep_their_hostnames_where_an_update_names_none(self, ask, make):
        made = make(associated_hostnames=["a.test"])
        told = ask("PUT", f"certificates/{made.id}", {"name": "new", "certificate": "x"})
        assert told.result["associated_hostnames"] == ["a.test"]
        assert "stays as it is: certificate" in told.said

    def test_are_deleted_once_no_hostname_is_left(self, client, make):
        made = make(associated_hostnames=["a.test"])
        with pytest.raises(cloudflare.ConflictError, match="active associations"):
            client.certificates.delete(made.id)
        client.certificates.update(made.id, associated_hostnames=[])
        assert client.certificates.delete(made.id).id == made.id
        with pytest.raises(cloudflare.NotFoundError):
            client.certificates.get(made.id)

    def test_are_not_added_twice(self, make):
        make()
        with pytest.raises(cloudflare.ConflictError, match="already exists"):
            make()


class TestSettings:
    def test_say_whose_origins_get_the_certificate(self, client, make, folder):
        make(associated_hostnames=["a.test", "b.test"])
        wanted = [
            {"hostname": "A.test", "client_certificate_forwarding": True, "china_network": False}
        ]
        found = client.certificates.settings.update(settings=wanted).result
        assert [(each.hostname, each.client_certificate_forwarding) for each in found] == [
            ("a.test", True),
            ("b.test", False),
        ]
        assert folder.state().organisation.certificate_forwarding == {"a.test"}
        off = [{**wanted[0], "client_certificate_forwarding": False}]
        client.certificates.settings.update(settings=off)
        assert not any(
            each.client_certificate_forwarding for each in client.certificates.settings.get().result
        )

    @pytest.mark.parametrize(
        "body",
        [{}, {"settings": {}}, {"settings": [{}]}, {"settings": [{"hostname": "https://a.test"}]},
         {"settings": [{"hostname": "a.test", "client_certificate_forwarding": 1}]}],
        ids=str,
    )  # fmt: skip
    def test_are_refused_with(self, ask, folder, body):
        told = ask("PUT", "certificates/settings", body)
        assert (told.status, told.code) == (400, 12130)
        assert folder.state().organisation.certificate_forwarding == frozenset()


class TestRefuses:
    @pytest.mark.parametrize(
        ("pem", "why"),
        [
            ("", "as PEM"),
            ("nothing", "as PEM"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "as PEM"),
            (5, "PEM text"),
            ("é", "PEM text"),
            ("x" * 100_001, "PEM text"),
            (certificate(is_ca=False)[1], "of a CA"),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_a_certificate_that_is(self, ask, folder, pem, why):
        told = ask("POST", "certificates", {"name": "x", "certificate": pem})
        assert (told.status, told.code) == (400, 12130)
        assert why in told.message
        assert folder.state().organisation.certificates == ()

    def test_a_private_key_and_quotes_none_of_it(self, ask, folder, root):
        told = ask("POST", "certificates", {"name": "x", "certificate": root[1] + root[2]})
        assert told.status == 400
        assert told.message.endswith("send certificates only")
        assert root[2].splitlines()[1] not in str(told.envelope)
        assert folder.state().organisation.certificates == ()

    @pytest.mark.parametrize("host", ["https://a.test", "a.test/x", "a.test:443", "a b", "", "*"])
    def test_a_hostname_such_as(self, ask, root, host):
        body = {"name": "x", "certificate": root[1], "associated_hostnames": [host]}
        assert ask("POST", "certificates", body).code == 12130

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_an_unknown_id(self, ask, method):
        told = ask(method, "certificates/7f5e0a53-0000-4000-8000-000000000000", {"name": "x"})
        assert (told.status, told.code) == (404, 12135)
