from __future__ import annotations

import json
import re
import stat
import threading
import zlib
from dataclasses import replace

import pytest

from barbican.edge.config.loading import parse
from barbican.edge.organisation import records
from barbican.edge.organisation.choices import Choices
from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.minting import service_token
from barbican.edge.organisation.model import (
    CaCertificate,
    CorsHeaders,
    Person,
    Policy,
    PolicyDecision,
)
from barbican.edge.organisation.selectors import (
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
from barbican.edge.state import store
from barbican.edge.state.store import StateFolder
from barbican.edge.tokens.issuer import Issuer
from tests.edge.conftest import with_policies


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return store.open_or_create(tmp_path_factory.mktemp("state") / "new")


@pytest.fixture
def folder(made, tmp_path):
    for name in ("keys.json", "organisation.json", "applied.json"):
        (tmp_path / name).write_bytes((made.folder / name).read_bytes())
    return store.open_or_create(tmp_path)


OTHER = '[[applications]]\nname = "Other"\ndestinations = ["{base_domain}"]\n'
SERVICE_AUTH = {
    "name": "Service Auth for the demo",
    "decision": "non_identity",
    "include": [{"service_token": {"token_id": "one"}}],
    "require": [],
    "exclude": [],
    "session_duration": 0,
}
# What the first version wrote.
FORMER = {
    "format": 1,
    "team_name": "barbican-local",
    "base_domain": "localhost",
    "strict_service_token_auth": True,
    "applications": [
        {
            "name": f"Service token demo, by {name}",
            "aud": aud * 64,
            "destinations": [destination],
            "policies": [SERVICE_AUTH],
            "session_duration": None,
            "service_auth_401_redirect": True,
            "read_service_tokens_from_header": "",
            "options_preflight_bypass": False,
        }
        for name, aud, destination in (
            ("path", "a", "localhost/service-token"),
            ("subdomain", "b", "service-token.localhost"),
        )
    ],
    "service_tokens": [
        {
            "id": "one",
            "name": "barbican-demo-token",
            "client_id": f"{'0' * 32}.access",
            "client_secret": "former",
            "expires_at": 1_790_000_000.0,
            "is_enabled": True,
            "previous_client_secret": "",
            "previous_client_secret_expires_at": 0.0,
        }
    ],
}

# What others keep under the names of the edge's files.
THEIRS = [
    "", "{", "[]", "null", "7", "[" * 9999, "{}", '{"keys": [{"kty": "RSA"}]}',
    '{"organisation": 1}', '{"format": 1}',
]  # fmt: skip


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


class TestMakes:
    def test_rule_29_files_for_their_owner_alone(self, made):
        assert mode(made.folder) == 0o700
        assert {path.name: mode(path) for path in made.folder.iterdir()} == {
            "keys.json": 0o600,
            "organisation.json": 0o600,
            "applied.json": 0o600,
            ".gitignore": 0o600,
        }
        assert (made.folder / ".gitignore").read_text() == "*\n"

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

    def test_no_file_for_git_in_a_folder_that_holds_something_already(self, tmp_path, key_pair):
        StateFolder(tmp_path).write_keys(key_pair)
        store.open_or_create(tmp_path)
        assert not (tmp_path / ".gitignore").exists()

    def test_another_configuration(self, tmp_path, key_pair):
        StateFolder(tmp_path).write_keys(key_pair)
        found = parse(OTHER, tmp_path / "edge.toml", "example.test", "edge.toml")
        organisation = store.open_or_create(tmp_path, configuration=found).state().organisation
        assert organisation.base_domain == "example.test"
        assert [each.name for each in organisation.applications] == ["Other"]
        assert organisation.service_tokens == ()

    def test_a_folder_from_before_there_was_a_file_its_own(self, tmp_path, key_pair):
        StateFolder(tmp_path).write_keys(key_pair)
        (tmp_path / "organisation.json").write_text(json.dumps(FORMER))
        organisation = store.open_or_create(tmp_path).state().organisation
        by_path, by_host = organisation.applications
        assert (by_path.aud, by_host.aud) == ("a" * 64, "b" * 64)
        token = organisation.service_token("barbican-demo-token")
        assert (token.id, token.client_id) == ("one", f"{'0' * 32}.access")
        assert token.client_secret == "former"
        assert by_path.policies[0].include[0] == ServiceTokenIs("one")
        assert len(organisation.service_tokens) == 4
        assert store.open_or_create(tmp_path).state().organisation == organisation

    def test_its_own_of_an_empty_folder(self, tmp_path):
        folder = tmp_path / "empty"
        folder.mkdir(mode=0o755)
        store.open_or_create(folder)
        assert (mode(folder), (folder / ".gitignore").read_text()) == (0o700, "*\n")

    @pytest.mark.parametrize("name", [".gitignore", ".keys.json.0123456789abcdef"])
    def test_an_end_of_what_a_killed_start_began(self, tmp_path, name):
        (tmp_path / name).write_text("*\n")
        store.open_or_create(tmp_path)
        assert (tmp_path / "keys.json").exists()
        assert (tmp_path / ".gitignore").read_text() == "*\n"

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


class TestRefusesAFolder:
    @pytest.mark.parametrize(
        ("name", "is_state"),
        [
            ("README.md", False),
            ("README.md", True),
            ("photos/", False),
            ("photos/", True),
            ("link.json", True),
            ("package.json", False),  # the edge's by its name alone
            ("secret_key", False),
            (".gitignore", False),  # somebody else's
        ],
    )
    def test_with_something_else_in_it(self, tmp_path, key_pair, name, is_state):
        folder = tmp_path / "theirs"
        folder.mkdir(mode=0o755)
        if is_state:
            StateFolder(folder).write_keys(key_pair)
        if name.endswith("/"):
            (folder / name).mkdir()
        elif name.startswith("link"):
            (folder / name).symlink_to(folder / "keys.json")
        else:
            (folder / name).write_text("theirs\n")
        before = sorted(folder.iterdir())
        with pytest.raises(
            store.StateError, match="which is not the edge's: name a new or an empty"
        ):
            store.open_or_create(folder)
        assert (sorted(folder.iterdir()), mode(folder)) == (before, 0o755)

    @pytest.mark.parametrize("content", THEIRS)
    @pytest.mark.parametrize("name", ["keys.json", "organisation.json"])
    def test_of_somebody_elses_keys_and_leaves_it_as_it_is(self, tmp_path, name, content):
        folder = tmp_path / "theirs"
        folder.mkdir(mode=0o755)
        (folder / name).write_text(content)
        (folder / "a.key").write_text("PRIVATE")
        with pytest.raises(
            store.StateError, match=f"{name} is damaged, or not the edge's"
        ) as caught:
            store.open_or_create(folder)
        assert "reset_edge" not in str(caught.value)
        assert {each.name for each in folder.iterdir()} == {name, "a.key"}
        assert ((folder / name).read_text(), mode(folder)) == (content, 0o755)

    @pytest.mark.parametrize("name", ["keys.json", "organisation.json"])
    def test_that_is_damaged_and_leaves_it_as_it_is(self, folder, name):
        whole = (folder.folder / name).read_text()
        (folder.folder / name).write_text(whole[: len(whole) // 2])
        (folder.folder / "api.json").write_text("{}")
        folder.folder.chmod(0o755)
        before = {each.name: each.read_bytes() for each in folder.folder.iterdir()}
        with pytest.raises(store.StateError, match=f"{name} is damaged: delete .*reset_edge"):
            store.open_or_create(folder.folder)
        assert {each.name: each.read_bytes() for each in folder.folder.iterdir()} == before
        assert mode(folder.folder) == 0o755
        other = {"keys.json": "organisation.json", "organisation.json": "keys.json"}[name]
        (folder.folder / other).unlink()
        with pytest.raises(store.StateError, match=f"{name} is damaged, or not the edge's"):
            store.open_or_create(folder.folder)
        assert not (folder.folder / other).exists()

    def test_with_an_organisation_that_is_not_whole_before_there_are_keys(self, tmp_path):
        tmp_path.chmod(0o755)
        (tmp_path / "organisation.json").write_text(json.dumps({**FORMER, "applications": 3}))
        with pytest.raises(store.StateError, match="is damaged: delete the folder"):
            store.open_or_create(tmp_path)
        assert [each.name for each in tmp_path.iterdir()] == ["organisation.json"]
        assert mode(tmp_path) == 0o755

    def test_but_not_its_own_with_all_that_the_demo_makes(self, folder):
        for name in ("demo.sqlite3", "demo.sqlite3-wal", "secret_key", "prepared", "api.json",
                     "revocations.json", "server.pem", "robot.crt", "robot.key"):  # fmt: skip
            (folder.folder / name).write_text("")
        before = folder.state().keys.current.key_id
        assert store.open_or_create(folder.folder).state().keys.current.key_id == before


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

    def test_what_the_api_changed_as_long_as_the_file_says_the_same(self, folder):
        folder.change(lambda found: replace(found, is_strict=False, service_tokens=()))
        again = store.open_or_create(folder.folder).state().organisation
        assert (again.is_strict, again.service_tokens) == (False, ())

    def test_nothing_of_a_change_that_was_given_up(self, folder):
        before = folder.state().organisation

        def refuse(_organisation):
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            folder.change(refuse)
        assert folder.state().organisation == before

    def test_both_of_two_changes_at_once(self, folder):
        def add(name):
            for number in range(10):
                token = service_token(f"{name} {number}", None)
                StateFolder(folder.folder).change(
                    lambda found, token=token: replace(
                        found, service_tokens=(*found.service_tokens, token)
                    )
                )

        threads = [threading.Thread(target=add, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(folder.state().organisation.service_tokens) == 4 + 20

    def test_up_when_it_crashed_between_two_files(self, folder):
        before = folder.state().organisation
        (folder.folder / "applied.json").unlink()
        assert store.open_or_create(folder.folder).state().organisation == before

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
        with pytest.raises(store.StateError, match="No space left on device"):
            folder.rotate_keys()
        assert (folder.folder / "keys.json").read_bytes() == before
        assert len(list(folder.folder.iterdir())) == 3


BROKEN = {
    "applied.json": ["", "[]", "{}", '{"format": 1}', '{"format": 1, "people": 1}',
                     '{"format": 1, "people": [], "certificate_forwarding": [], "x": 1}'],
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
        assert f"{folder.folder / name} is damaged: delete " in str(caught.value)
        assert ("reset_edge" in str(caught.value)) is (name != "applied.json")

    def test_a_folder_that_is_a_file(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(store.StateError, match="Cannot use the state folder"):
            store.open_or_create(tmp_path / "file")

    def test_an_unknown_name(self, made):
        with pytest.raises(LookupError, match="no service token named"):
            made.state().organisation.service_token("nobody")
