from __future__ import annotations

import json
import re
import stat
import zlib
from dataclasses import replace

import pytest

from barbican.edge import records, store
from barbican.edge.choices import Choices
from barbican.edge.destinations import Destination
from barbican.edge.issuer import Issuer
from barbican.edge.model import CaCertificate, CorsHeaders, Person, Policy, PolicyDecision
from barbican.edge.selectors import (
    AnyValidServiceToken,
    CommonNameIs,
    CountryIs,
    EmailDomainIs,
    EmailIs,
    Everyone,
    IpIn,
    LoginMethodIs,
    ServiceTokenIs,
    ValidCertificate,
)
from tests.edge.conftest import with_policies


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return store.open_or_create(tmp_path_factory.mktemp("state") / "new")


@pytest.fixture
def folder(made, tmp_path):
    for name in ("keys.json", "organisation.json"):
        (tmp_path / name).write_bytes((made.folder / name).read_bytes())
    return store.open_or_create(tmp_path)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


class TestMakes:
    def test_rule_29_files_for_their_owner_alone(self, made):
        assert mode(made.folder) == 0o700
        assert {path.name: mode(path) for path in made.folder.iterdir()} == {
            "keys.json": 0o600,
            "organisation.json": 0o600,
        }

    def test_the_sample_data(self, made):
        organisation = made.state().organisation
        by_path, by_host = organisation.applications
        assert Destination("localhost", "/service-token") in by_path.destinations
        assert Destination("127.0.0.1", "/service-token") in by_path.destinations
        assert by_host.destinations == (Destination("service-token.localhost"),)
        assert by_path.aud != by_host.aud
        assert all(re.fullmatch("[0-9a-f]{64}", each.aud) for each in organisation.applications)
        assert all(each.service_auth_401_redirect for each in organisation.applications)
        assert organisation.is_strict
        for token in organisation.service_tokens:
            assert re.fullmatch(r"[0-9a-f]{32}\.access", token.client_id)
            assert re.fullmatch(r"cfast_[A-Za-z0-9]{40}[0-9a-f]{8}", token.client_secret)
            body, checksum = token.client_secret[:-8], token.client_secret[-8:]
            assert f"{zlib.crc32(body.encode()):08x}" == checksum

    def test_nothing_twice(self, folder):
        before = folder.state()
        assert store.open_or_create(folder.folder).state().organisation == before.organisation

    def test_an_open_folder_private(self, folder):
        folder.folder.chmod(0o755)
        store.open_or_create(folder.folder)
        assert mode(folder.folder) == 0o700

    def test_the_way_to_another_domain_with_the_same_tokens(self, folder):
        before = folder.state().organisation
        moved = store.open_or_create(folder.folder, base_domain="portal.test").state().organisation
        assert moved.service_tokens == before.service_tokens
        assert [each.aud for each in moved.applications] == [
            each.aud for each in before.applications
        ]
        assert moved.find("service-token.portal.test", "/")
        assert moved.find("portal.test", "/service-token/x")
        assert moved.find("service-token.localhost", "/") is None

    def test_the_settings_of_an_origin_without_a_secret(self, folder):
        state = folder.state()
        environment = store.origin_environment(
            state.organisation, Issuer("http://127.0.0.1:8080", state.keys)
        )
        audience_tags = [each.aud for each in state.organisation.applications]
        assert environment == {
            "BASE_DOMAIN": "localhost",
            "ACCESS_TEAM_DOMAIN": "http://127.0.0.1:8080",
            "ACCESS_LOCAL_EDGE": "true",
            "SERVICE_TOKEN_AUD": ",".join(audience_tags),
        }


class TestKeeps:
    def test_an_organisation_of_every_kind(self, folder):
        everything = Policy(
            "All",
            PolicyDecision.ALLOW,
            include=(
                Everyone(), AnyValidServiceToken(), ServiceTokenIs("x"), ValidCertificate(),
                EmailDomainIs("example.com"), CountryIs("GB"), LoginMethodIs("onetimepin"),
            ),
            require=(IpIn("192.0.2.0/24"),),
            exclude=(EmailIs("user@example.com"), CommonNameIs("a machine")),
            session_duration=3600,
            id="one",
        )  # fmt: skip
        shared = replace(everything, id="two", is_reusable=True)
        organisation = with_policies(
            folder.state().organisation,
            everything,
            shared,
            read_service_tokens_from_header="Authorization",
            options_preflight_bypass=True,
            cors_headers=CorsHeaders(("https://a.example",), ("GET",), max_age=60),
            http_only_cookie_attribute=False,
            same_site_cookie_attribute="lax",
            allowed_idps=("onetimepin",),
        )
        organisation = replace(
            organisation,
            policies=(shared,),
            people=(Person("ada@example.com", "Ada", custom={"groups": ["a"]}),),
            certificates=(CaCertificate("id", "CA", "pem", "0a", ("mtls.localhost",)),),
            certificate_forwarding=frozenset({"mtls.localhost"}),
            choices=Choices(audience_as_string=True),
            country="GB",
            session_duration=900,
        )
        eternal = replace(organisation.service_tokens[0], expires_at=None)
        organisation = replace(organisation, service_tokens=(eternal,), is_strict=False)
        folder.write_organisation(organisation)
        assert store.StateFolder(folder.folder).state().organisation == organisation
        assert records.load(json.loads(json.dumps(records.dump(organisation)))) == organisation

    def test_keys(self, folder):
        keys = folder.state().keys
        folder.write_keys(keys)
        again = store.StateFolder(folder.folder).state().keys
        assert again.document() == keys.document()

    def test_up_with_a_change_from_elsewhere(self, folder):
        other = store.StateFolder(folder.folder)
        before = other.state()
        assert other.state() is before
        folder.rotate_keys()
        assert other.state().keys.previous.key_id == before.keys.current.key_id

    def test_the_old_file_when_a_write_fails(self, folder, monkeypatch):
        before = (folder.folder / "keys.json").read_bytes()

        def fail(_handle):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="No space"):
            folder.rotate_keys()
        assert (folder.folder / "keys.json").read_bytes() == before
        assert len(list(folder.folder.iterdir())) == 2


BROKEN = {
    "keys.json": ["", "{", "[]", "null", "[" * 9999, "{}", '{"format": 1}', '{"format": 2}',
                  '{"format": 1, "current": {"kid": "a", "private_key": "x", "certificate": ""}}',
                  '{"format": 1, "current": []}'],
    "organisation.json": ["", "{}", '{"format": 1}', '{"format": 1, "applications": 3}'],
}  # fmt: skip


class TestRefuses:
    @pytest.mark.parametrize(
        ("name", "content"),
        [(name, content) for name, contents in BROKEN.items() for content in contents],
    )
    def test_a_damaged_file_in_one_sentence(self, folder, name, content):
        (folder.folder / name).write_text(content)
        with pytest.raises(store.StateError) as caught:
            store.open_or_create(folder.folder)
        assert f"{name} is damaged: delete the folder {folder.folder}" in str(caught.value)

    def test_a_folder_that_is_a_file(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(store.StateError, match="Cannot use the state folder"):
            store.open_or_create(tmp_path / "file")

    def test_an_unknown_name(self, made):
        with pytest.raises(LookupError, match="no service token named"):
            made.state().organisation.service_token("nobody")
