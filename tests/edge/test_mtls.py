from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from barbican.edge.certificates import authority, enrolment, tls
from barbican.edge.certificates.ca_certificates import ca_certificate
from barbican.edge.decision.matching import MatchedRule, Part
from barbican.edge.organisation.model import Policy, PolicyDecision
from barbican.edge.organisation.selectors import (
    AnyValidServiceToken,
    CommonNameIs,
    EmailIs,
    Everyone,
    ValidCertificate,
)
from barbican.edge.server import Edge, Options, serve
from barbican.edge.state import store
from barbican.edge.wire.listening import listen
from tests.edge.conftest import pair, with_policies
from tests.edge.pki import END, START, Connection, false_key, make, name
from tests.edge.test_proxying import eventually
from tests.edge.wire import Talk, get

UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
NOT_VOUCHED_FOR = "no CA of this host vouches for the client certificate"
FORGED = [
    ("Cf-Client-Cert-Der-Base64", "forged"),
    ("Cf-Client-Cert-Sha256", "forged"),
    ("cf_client_cert_sha256", "forged"),
    ("Cf-Cert-Subject-Dn", "forged"),
    ("X-Forwarded-Proto", "forged"),
    ("CF-Visitor", '{"scheme":"forged"}'),
]


def service_auth(*include, **more):
    return Policy("Machines", PolicyDecision.NON_IDENTITY, include, **more)


VALID = service_auth(ValidCertificate())


@pytest.fixture(scope="module")
def root():
    return make("Test root", is_ca=True)


@pytest.fixture(scope="module")
def intermediate(root):
    return make("Test intermediate", root, is_ca=True, path_length=0)


@pytest.fixture(scope="module")
def client(root, tmp_path_factory):
    made = make("build-agent", root)
    return made, made.file(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def edge(start_edge):
    return start_edge(with_tls=True)


@pytest.fixture
def setup(edge, root):
    before, now = edge.organisation, edge.clock[0]

    def change(
        *policies, uploaded=None, hosts=("localhost",), forwarding=(), is_strict=True, **more
    ):
        changed = with_policies(
            before, *(policies or (VALID,)), **{"service_auth_401_redirect": False, **more}
        )
        pem = root.pem if uploaded is None else "".join(each.pem for each in uploaded)
        held = (ca_certificate(pem.encode(), id="test", hosts=hosts),) if pem else ()
        edge.folder.write_organisation(
            replace(
                changed,
                certificates=held,
                certificate_forwarding=frozenset(forwarding),
                is_strict=is_strict,
            )
        )

    yield change
    edge.folder.write_organisation(before)
    edge.clock[0] = now


def connect(edge, file=None, **more):
    own = edge.folder.folder / authority.CERTIFICATE_FILE
    return Connection(edge.tls_port, own, file, **more)


def ask(edge, file=None, headers=(), target="/service-token/", **more):
    with connect(edge, file) as connection:
        return connection.get(target, headers, **more)


def claims_of(seen):
    (token,) = seen.values("Cf-Access-Jwt-Assertion")
    return jwt.decode(token, options={"verify_signature": False})


class TestAdmits:
    @pytest.mark.parametrize(
        "policy",
        [
            VALID,
            service_auth(CommonNameIs("build-agent")),
            service_auth(Everyone(), require=(ValidCertificate(),)),
            service_auth(ValidCertificate(), exclude=(CommonNameIs("another"),)),
        ],
    )
    def test_rule_32_a_certificate_with_a_token_of_its_common_name(
        self, edge, setup, origin, client, policy
    ):
        setup(policy)
        assert ask(edge, client[1]).status == 200
        claims = claims_of(origin.seen[0])
        assert claims == {
            "type": "app",
            "aud": [edge.organisation.applications[0].aud],
            "exp": claims["iat"] + 24 * 3600,
            "iss": edge.team_domain,
            "common_name": "build-agent",
            "iat": int(edge.clock[0]),
            "sub": "",
        }

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_rule_32_with_both_versions_of_tls(self, edge, setup, origin, client, version):
        setup()
        with connect(edge, client[1], version=version) as connection:
            assert connection.get().status == 200
        with connect(edge, version=version) as connection:
            assert connection.get().status == 403

    def test_rule_32_a_certificate_of_an_uploaded_intermediate(
        self, edge, setup, origin, root, intermediate, tmp_path
    ):
        setup(uploaded=(intermediate, root))
        made = make("build-agent", intermediate)
        assert ask(edge, made.file(tmp_path)).status == 200
        assert ask(edge, made.file(tmp_path, intermediate)).status == 200

    @pytest.mark.parametrize(("is_past", "status"), [(False, 200), (True, 403)])
    @pytest.mark.parametrize("whose", ["client", "root"])
    def test_rule_32_until_the_last_second(
        self, edge, setup, origin, tmp_path, whose, is_past, status
    ):
        soon = {"ends": END - timedelta(days=50)}
        issuer = make("Other root", is_ca=True, **(soon if whose == "root" else {}))
        made = make("build-agent", issuer, **(soon if whose == "client" else {}))
        setup(uploaded=(issuer,))
        edge.clock[0] = soon["ends"].timestamp() + is_past
        assert ask(edge, made.file(tmp_path)).status == status

    @pytest.mark.parametrize(("is_past", "status"), [(False, 403), (True, 200)])
    def test_rule_32_from_the_first_second(
        self, edge, setup, origin, root, tmp_path, is_past, status
    ):
        made = make("build-agent", root, starts=START + timedelta(days=50))
        setup()
        edge.clock[0] = (START + timedelta(days=50)).timestamp() - 1 + is_past
        assert ask(edge, made.file(tmp_path)).status == status

    def test_rule_32_a_service_token_beside_it_names_the_caller(self, edge, setup, origin, client):
        setup(service_auth(AnyValidServiceToken(), require=(ValidCertificate(),)))
        found = pair(edge.organisation)
        assert ask(edge, client[1], found).status == 200
        assert claims_of(origin.seen[0])["common_name"] == found[0][1]
        assert ask(edge, None, found).status == 403
        assert ask(edge, client[1]).status == 403

    def test_rule_32_a_second_name_in_the_subject_is_no_name(
        self, edge, setup, origin, root, tmp_path
    ):
        made = make("", root, subject=name("another", "build-agent"))
        setup(service_auth(CommonNameIs("build-agent"), CommonNameIs("another")))
        assert ask(edge, made.file(tmp_path)).status == 403


def _foreign(root):
    return make("build-agent", make("Test root", is_ca=True))


def _purpose(*purposes):
    return ((x509.ExtendedKeyUsage(purposes), False),)


BAD = {
    "of another CA with the same name": _foreign,
    "signed by itself": lambda root: make("build-agent"),
    "expired": lambda root: make("build-agent", root, ends=START + timedelta(hours=1)),
    "not yet valid": lambda root: make("build-agent", root, starts=END - timedelta(hours=1)),
    "that is a CA": lambda root: make("build-agent", root, is_ca=True),
    "that is the CA": lambda root: root,
    "of an intermediate that nobody uploaded": lambda root: make(
        "build-agent", make("Between", root, is_ca=True)
    ),
    "of a certificate that is no CA": lambda root: make("build-agent", make("Agent", root)),
    "that poses as a Client ID": lambda root: make(f"{'0' * 32}.access", root),
    "that poses in another case": lambda root: make(f"{'0' * 32}.ACCESS", root),
    "with a critical extension that nobody knows": lambda root: make(
        "build-agent",
        root,
        extensions=((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), True),),
    ),
}


class TestDenies:
    @pytest.mark.parametrize("headers", [(), FORGED])
    def test_rule_32_no_certificate_over_http(self, edge, setup, origin, headers):
        setup()
        reply = ask(edge, None, headers)
        assert (reply.status, reply["Cf-Access-Aud"]) == (
            403,
            edge.organisation.applications[0].aud,
        )
        assert get(edge.port, "/service-token/", headers).status == 403
        assert origin.seen == []

    def test_rule_32_no_certificate_with_401_where_that_is_set(self, edge, setup, origin):
        setup(service_auth_401_redirect=True)
        assert ask(edge).status == 401

    @pytest.mark.parametrize("kind", BAD)
    def test_rule_32_a_certificate(self, edge, setup, origin, root, tmp_path, kind):
        setup()
        reply = ask(edge, BAD[kind](root).file(tmp_path))
        assert (reply.status, origin.seen) == (403, [])

    def test_rule_32_intermediates_that_only_the_client_sends(
        self, edge, setup, origin, root, intermediate, tmp_path
    ):
        setup()
        file = make("build-agent", intermediate).file(tmp_path, intermediate, root)
        assert ask(edge, file).status == 403

    def test_rule_32_an_upload_without_its_root(self, edge, setup, origin, intermediate, tmp_path):
        setup(uploaded=(intermediate,))
        assert ask(edge, make("build-agent", intermediate).file(tmp_path)).status == 403

    def test_rule_32_a_chain_longer_than_its_ca_allows(
        self, edge, setup, origin, root, intermediate, tmp_path
    ):
        lower = make("Lower", intermediate, is_ca=True)
        setup(uploaded=(lower, intermediate, root))
        assert ask(edge, make("build-agent", lower).file(tmp_path)).status == 403

    @pytest.mark.parametrize(
        "extension",
        [
            x509.NameConstraints([x509.DNSName("example.com")], None),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.KeyUsage(*[True] + [False] * 8),
        ],
    )
    def test_rule_32_a_ca_that_may_not_vouch_for_clients(
        self, edge, setup, origin, tmp_path, extension
    ):
        issuer = make("Limited", is_ca=True, extensions=((extension, True),))
        setup(uploaded=(issuer,))
        assert ask(edge, make("build-agent", issuer).file(tmp_path)).status == 403

    def test_rule_32_an_upload_for_another_host_only(self, edge, setup, origin, client):
        setup(hosts=("service-token.localhost", "127.0.0.1"))
        assert ask(edge, client[1]).status == 403
        assert ask(edge, client[1], host="127.0.0.1").status == 200
        assert ask(edge, client[1], host="LOCALHOST.").status == 403

    def test_rule_32_an_upload_without_a_policy(self, edge, setup, origin, client):
        setup(service_auth(AnyValidServiceToken()))
        assert ask(edge, client[1]).status == 403

    def test_rule_32_another_common_name(self, edge, setup, origin, client):
        setup(service_auth(CommonNameIs("another-agent")))
        assert ask(edge, client[1]).status == 403

    def test_rule_32_a_ca_that_was_deleted_on_the_next_request(self, edge, setup, origin, client):
        setup()
        with connect(edge, client[1]) as connection:
            assert connection.get().status == 200
            setup(uploaded=())
            assert connection.get().status == 403
        assert ask(edge, client[1]).status == 403

    def test_rule_32_a_date_that_passes_on_an_open_connection(self, edge, setup, origin, client):
        setup()
        with connect(edge, client[1]) as connection:
            assert connection.get().status == 200
            edge.clock[0] = END.timestamp() + 1
            assert connection.get().status == 403

    def test_a_certificate_for_servers_only_in_the_handshake(
        self, edge, setup, origin, root, tmp_path
    ):
        setup()
        made = make("a", root, extensions=_purpose(ExtendedKeyUsageOID.SERVER_AUTH))
        with pytest.raises((ssl.SSLError, ConnectionError)):
            ask(edge, made.file(tmp_path))
        assert origin.seen == []

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    @pytest.mark.parametrize("is_stolen", [True, False])
    def test_a_certificate_without_its_key_in_the_handshake(
        self, edge, setup, origin, root, tmp_path, version, is_stolen
    ):
        setup()
        own = rsa.generate_private_key(65537, 2048)
        made = make("build-agent", root, key=own)
        if not is_stolen:
            with connect(edge, made.file(tmp_path), version=version) as connection:
                assert connection.get().status == 200
            return
        file = replace(made, key=false_key(own)).file(tmp_path)
        with (
            # The edge hangs up: with TLS 1.3 after the client's side of the handshake.
            pytest.raises(OSError, match=r"UNEXPECTED_EOF|without response"),
            connect(edge, file, version=version) as connection,
        ):
            connection.get()
        assert origin.seen == []

    def test_the_certificate_on_the_plain_listener_counts_for_nothing(
        self, edge, setup, origin, client
    ):
        setup()
        assert ask(edge, client[1]).status == 200
        assert get(edge.port, "/service-token/").status == 403


class TestSetsCookie:
    @pytest.mark.parametrize("is_strict", [True, False])
    def test_rule_32_after_a_certificate(self, edge, setup, origin, client, is_strict):
        setup(is_strict=is_strict)
        cookie = ask(edge, client[1])["Set-Cookie"]
        (token,) = origin.seen[0].values("Cf-Access-Jwt-Assertion")
        assert cookie.startswith(f"CF_Authorization={token}; ")

    @pytest.mark.parametrize("is_strict", [True, False])
    def test_that_admits_nobody_without_the_certificate(
        self, edge, setup, origin, client, is_strict
    ):
        setup(is_strict=is_strict)
        cookie = ask(edge, client[1])["Set-Cookie"].partition(";")[0]
        assert ask(edge, None, [("Cookie", cookie)]).status == 403
        assert ask(edge, client[1], [("Cookie", cookie)]).status == 200

    @pytest.mark.parametrize(("is_strict", "count"), [(True, 0), (False, 1)])
    def test_rule_32_not_when_strict_and_a_service_token_came_too(
        self, edge, setup, origin, client, is_strict, count
    ):
        setup(is_strict=is_strict)
        reply = ask(edge, client[1], pair(edge.organisation))
        assert (reply.status, len(reply.values("Set-Cookie"))) == (200, count)


class TestForwards:
    @pytest.mark.parametrize("headers", [(), FORGED])
    def test_rule_32_the_certificate_on_the_first_request_of_a_connection(
        self, edge, setup, origin, client, headers
    ):
        setup(forwarding=["localhost"])
        for _connection in range(2):
            origin.seen.clear()
            with connect(edge, client[1]) as connection:
                assert [connection.get(headers=headers).status for _ in range(3)] == [200] * 3
            first, *rest = origin.seen
            (der,) = first.values("Cf-Client-Cert-Der-Base64")
            assert base64.b64decode(der, validate=True) == client[0].der
            digest = hashlib.sha256(client[0].der).hexdigest()
            assert first.values("Cf-Client-Cert-Sha256") == [digest]
            for seen in rest:
                assert not [key for key, _value in seen.headers if "client-cert" in key.lower()]
            assert "forged" not in str([seen.headers for seen in origin.seen])

    @pytest.mark.parametrize(
        ("forwarding", "hosts"), [([], ["localhost"]), (["localhost"], ["127.0.0.1"])]
    )
    def test_rule_32_no_certificate_unless_wanted_and_vouched_for(
        self, edge, setup, origin, client, forwarding, hosts
    ):
        setup(service_auth(Everyone()), forwarding=forwarding, hosts=tuple(hosts))
        assert ask(edge, client[1], FORGED).status == 200
        assert "client-cert" not in str(origin.seen[0].headers).lower()

    @pytest.mark.parametrize("headers", [(), FORGED])
    def test_rule_30_the_scheme_of_the_listener(self, edge, setup, origin, client, headers):
        setup(service_auth(Everyone()))
        ask(edge, client[1], headers)
        get(edge.port, "/service-token/", headers)
        for seen, scheme in zip(origin.seen, ["https", "http"], strict=True):
            assert seen.values("X-Forwarded-Proto") == [scheme]
            assert [json.loads(each) for each in seen.values("CF-Visitor")] == [{"scheme": scheme}]

    def test_rule_31_a_web_socket(self, edge, setup, origin, client):
        setup()
        with connect(edge, client[1]) as connection:
            talk = connection.socket
            talk.sendall(b"GET /service-token/socket HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE)
            heard = b""
            while b"\r\n\r\n" not in heard:
                heard += talk.recv(4096)
            assert heard.startswith(b"HTTP/1.1 101 ")
            talk.sendall(b"\x81\x85\0\0\0\0hello")  # one masked text
            assert talk.recv(4096) == b"\x81\x0aecho hello"


class TestWrites:
    @pytest.mark.parametrize("admits", [True, False])
    def test_the_common_name_and_its_rule_into_the_journal(
        self, edge, setup, origin, client, admits
    ):
        named = CommonNameIs("build-agent")
        setup(service_auth(named) if admits else service_auth(Everyone(), exclude=(named,)))
        found = entry_of(edge, ask(edge, client[1]))
        part = Part.INCLUDE if admits else Part.EXCLUDE
        assert (found.common_name, found.rule) == ("build-agent", MatchedRule(part, named))
        assert (found.status, found.client_id) == (200 if admits else 403, "")

    def test_nobody_s_name_into_the_journal(self, edge, setup, origin, root, tmp_path):
        setup()
        reply = ask(edge, _foreign(root).file(tmp_path))
        assert entry_of(edge, reply).common_name == ""

    @pytest.mark.parametrize("headers", [(), FORGED])
    @pytest.mark.parametrize(
        ("kind", "selector", "more", "reason"),
        [
            ("none", ValidCertificate(), {}, "no credentials"),
            ("good", CommonNameIs("x"), {}, "client certificate not allowed by any policy"),
            ("good", AnyValidServiceToken(), {}, "client certificate not allowed by any policy"),
            ("good", ValidCertificate(), {"hosts": ("127.0.0.1",)}, NOT_VOUCHED_FOR),
            ("foreign", ValidCertificate(), {}, NOT_VOUCHED_FOR),
        ],
    )
    def test_why_it_turned_somebody_away_into_the_journal(
        self, edge, setup, origin, root, client, tmp_path, kind, selector, more, reason, headers
    ):
        setup(service_auth(selector), **more)
        file = {"none": None, "good": client[1], "foreign": _foreign(root).file(tmp_path)}[kind]
        found = entry_of(edge, ask(edge, file, headers))
        assert (found.reason, found.status) == (reason, 403)
        assert origin.seen == []

    def test_why_a_service_token_beside_a_certificate_was_refused(
        self, edge, setup, origin, client
    ):
        setup(service_auth(CommonNameIs("x")))
        found = entry_of(edge, ask(edge, client[1], pair(edge.organisation)))
        assert found.reason == "service token not allowed by any policy"

    def test_no_certificate_into_the_journal(self, edge, setup, origin, client):
        setup(forwarding=["localhost"])
        found = entry_of(edge, ask(edge, client[1]))
        der = base64.b64encode(client[0].der).decode()[:40]
        assert der in str(origin.seen[0].headers)
        assert der not in "".join(edge.lines)
        assert "der=" not in repr(found)


class TestRedirects:
    @pytest.mark.parametrize("is_tls", [True, False])
    def test_rule_11_with_scheme_and_port_of_the_application(self, edge, setup, origin, is_tls):
        setup(Policy("People", PolicyDecision.ALLOW, (EmailIs("ada@example.com"),)))
        home = f"https://localhost:{edge.tls_port}" if is_tls else f"http://localhost:{edge.port}"
        host = home.partition("//")[2]
        reply = ask(edge) if is_tls else get(edge.port, "/service-token/", host=host)
        assert reply.status == 302
        assert f'"{home}/.well-known/' in reply["WWW-Authenticate"]
        (meta,) = parse_qs(urlsplit(reply["Location"]).query)["meta"]
        claims = jwt.decode(meta, options={"verify_signature": False})
        assert claims["origin"] == home

    @pytest.mark.parametrize("is_tls", [True, False])
    def test_rule_25_a_logout_back_to_its_own_listener(self, edge, setup, origin, is_tls):
        setup()
        target = "/cdn-cgi/access/logout?returnTo=/elsewhere/"
        reply = ask(edge, target=target) if is_tls else get(edge.port, target)
        home = f"https://localhost:{edge.tls_port}" if is_tls else "http://localhost:8080"
        assert reply["Location"] == f"{home}/elsewhere/"


class TestGreets:
    @pytest.mark.parametrize(
        "host",
        ["localhost", "service-token.localhost", "127.0.0.1", "x.portal.example", "portal.example"],
    )
    def test_every_host_with_a_certificate_of_the_local_ca(self, start_edge, organisation, host):
        edge = start_edge(with_tls=True)
        edge.folder.write_organisation(
            replace(organisation, base_domain="portal.example")  # while it runs
        )
        context = ssl.create_default_context(cafile=edge.folder.folder / authority.CERTIFICATE_FILE)
        with connect(edge) as connection:
            wrapped = connection.socket
            assert (wrapped.selected_alpn_protocol(), wrapped.version()) == (
                "http/1.1",
                "TLSv1.3",
            )
        plain = socket.create_connection(("127.0.0.1", edge.tls_port), timeout=10)
        with plain, context.wrap_socket(plain, server_hostname=host) as wrapped:
            assert wrapped.getpeercert()["subject"] == ((("commonName", "Barbican local edge"),),)

    def test_nobody_below_tls_1_2(self, edge):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with (
            socket.create_connection(("127.0.0.1", edge.tls_port), timeout=10) as plain,
            pytest.raises(ssl.SSLError, match="UNEXPECTED_EOF"),
        ):
            context.wrap_socket(plain)

    def test_plain_http_with_a_closed_connection(self, edge):
        with pytest.raises((ConnectionError, OSError)):
            get(edge.tls_port, "/")

    def test_with_files_for_their_owner_alone(self, edge):
        for file in ("authority.pem", "server.pem"):
            assert (edge.folder.folder / file).stat().st_mode & 0o777 == 0o600

    def test_with_the_certificate_of_before_where_the_state_is_gone(self, start_edge):
        edge = start_edge(with_tls=True)
        own = edge.folder.folder / authority.CERTIFICATE_FILE
        kept = own.read_text()
        for _time in range(2):
            assert ask(edge).status == 401
            for file in edge.folder.folder.iterdir():
                file.unlink()
            own.write_text(kept)  # what the client trusts

    def test_the_same_after_a_restart(self, edge):
        path: Path = edge.folder.folder / "server.pem"
        before = path.read_bytes()
        tls.context(edge.folder)
        assert path.read_bytes() == before

    def test_anew_when_the_ca_is_another(self, start_edge):
        edge = start_edge(with_tls=True)
        before = (edge.folder.folder / "server.pem").read_bytes()
        (edge.folder.folder / "authority.pem").unlink()
        tls.context(edge.folder)
        assert (edge.folder.folder / "server.pem").read_bytes() != before


class TestLimits:
    @pytest.fixture
    def small(self, start_edge, monkeypatch):
        monkeypatch.setattr("barbican.edge.server.most_callers", lambda: 2)
        return start_edge(with_tls=True)

    def test_handshakes_like_every_other_connection(self, small, origin):
        with Talk(small.tls_port) as first, Talk(small.tls_port) as second:
            with Talk(small.tls_port) as third:
                assert third.rest() == b""
            with Talk(small.port) as plain:
                assert b" 503 " in plain.until(b"\r\n")
            first.socket.close()
            second.socket.close()
        assert eventually(lambda: not hung_up(small))
        assert get(small.port, "/elsewhere/").status == 200

    def test_connections_that_are_open(self, small, origin):
        with connect(small) as first, connect(small) as second:
            assert [each.get("/elsewhere/").status for each in (first, second)] == [200, 200]
            assert hung_up(small)
        assert eventually(lambda: not hung_up(small))

    def test_the_time_of_a_handshake(self, start_edge, origin, monkeypatch):
        monkeypatch.setattr("barbican.edge.wire.greeting.HEAD_TIME", 0.3)
        edge = start_edge(with_tls=True)
        with Talk(edge.tls_port, b"\x16\x03\x01") as slow, connect(edge) as good:
            assert good.get("/elsewhere/").status == 200
            assert slow.rest() == b""
            assert good.get("/elsewhere/").status == 200

    def test_nothing_of_a_handshake_that_failed(self, edge, origin):
        with Talk(edge.tls_port, b"GET / HTTP/1.1\r\n\r\n") as plain:
            assert b"HTTP" not in plain.rest()
        assert ask(edge, target="/elsewhere/").status == 200

    def test_handshakes_to_the_life_of_the_edge(self, tmp_path):
        edge, stop = store.open_or_create(tmp_path / "state"), asyncio.Event()
        listeners = [listen("127.0.0.1", 0) for _each in range(2)]
        port = listeners[1].getsockname()[1]

        async def run():
            running = Edge(edge, Options("http://127.0.0.1:9"), team_domain="", write_line=print)
            secure = tls.SecureListener(listeners[1], tls.context(edge))
            serving = asyncio.create_task(serve(running, listeners[0], stop, secure))
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.2)
            stop.set()
            await asyncio.wait_for(serving, 5)
            writer.close()

        asyncio.run(run())


def entry_of(edge, reply):
    """Return the journal's entry for this answer, which it follows."""
    ray = reply["Cf-Ray"]
    assert eventually(lambda: any(each.outcome.ray == ray for each in edge.edge.journal))
    [found] = [each for each in edge.edge.journal if each.outcome.ray == ray]
    return found


def hung_up(edge):
    try:
        with connect(edge) as connection:
            return connection.get("/elsewhere/").status == 503
    except OSError:
        return True


class TestEnrols:
    def test_the_local_ca_once_and_a_policy_once(self, organisation):
        issuer = authority.Authority.make(1.8e9)
        hosts = enrolment.hosts(organisation)
        assert hosts == ("localhost", "127.0.0.1", "[::1]", "service-token.localhost")
        changed = organisation
        for number in range(2):
            changed = enrolment.with_authority(changed, issuer.pem, "Local", hosts[:1], number)
            changed = enrolment.with_common_name(changed, "build-agent", hosts[:1], number)
        changed = enrolment.with_authority(changed, issuer.pem, "Local", hosts[1:], 2)
        (held,) = changed.certificates
        assert held.associated_hostnames == hosts
        assert [len(each.policies) for each in changed.applications] == [2, 1]
