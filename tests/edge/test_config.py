from __future__ import annotations

import json
import os
import re
import socket
import tomllib
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from barbican.edge.config import kinds, policies, schema
from barbican.edge.config.checking import check, complaint
from barbican.edge.config.loading import SHIPPED, load, parse
from barbican.edge.config.nesting import DEEPEST, too_deep
from barbican.edge.config.report import MOST, ConfigError
from barbican.edge.organisation import rules, sample
from barbican.edge.organisation.choices import Choices
from barbican.edge.organisation.destinations import Destination
from barbican.edge.organisation.model import Application, CaCertificate, CorsHeaders, Person, Policy
from barbican.edge.organisation.model import PolicyDecision as Decision
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

ROOT = Path(__file__).resolve().parents[2]
NAME = "edge.toml"

# What an application needs, so that a test adds the one thing that it is about.
APPLICATION = """\
[[applications]]
name = "App"
destinations = ["example.test"]
"""
TOKEN = """\
[[service_tokens]]
name = "robot"
"""


def read(text, base_domain="localhost", folder=Path()):
    return parse(text, folder / NAME, base_domain, NAME)


def application(text):
    [found] = read(APPLICATION + text).organisation.applications
    return found


def problems(text, **options):
    with pytest.raises(ConfigError) as caught:
        read(text, **options)
    return [(each.line, each.message) for each in caught.value.problems]


def said(text):
    try:
        read(text)
    except ConfigError as error:
        return error.sentences()
    return []


def certificate(path, name="An authority", also=b"", *, is_ca=True):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM) + also)
    return made


class TestReads:
    def test_an_application_with_nothing_but_defaults(self):
        assert application("") == Application(
            "App", "", (Destination("example.test"),), (), id="App"
        )

    def test_every_option_of_an_application(self):
        found = application("""
session_duration = "1h30m"
service_auth_401_redirect = true
read_service_tokens_from_header = "Authorization"
http_only_cookie_attribute = true
same_site_cookie_attribute = "strict"
path_cookie_attribute = true
enable_binding_cookie = true
allowed_idps = ["onetimepin"]
auto_redirect_to_identity = true
custom_deny_message = "Ask Ada."
custom_deny_url = "https://example.com/no"
custom_non_identity_deny_url = "http://localhost:8000/no"
[applications.cors_headers]
allowed_origins = ["https://a.example"]
allowed_methods = ["GET"]
allowed_headers = ["X-A"]
allow_all_origins = true
allow_all_methods = true
allow_all_headers = true
allow_credentials = true
max_age = 60
""")
        cors = CorsHeaders(("https://a.example",), ("GET",), ("X-A",), *[True] * 4, max_age=60)
        assert found == Application(
            name="App",
            aud="",
            destinations=(Destination("example.test"),),
            policies=(),
            id="App",
            session_duration=5400,
            service_auth_401_redirect=True,
            read_service_tokens_from_header="Authorization",
            cors_headers=cors,
            http_only_cookie_attribute=True,
            same_site_cookie_attribute="strict",
            path_cookie_attribute=True,
            enable_binding_cookie=True,
            allowed_idps=("onetimepin",),
            auto_redirect_to_identity=True,
            custom_deny_message="Ask Ada.",
            custom_deny_url="https://example.com/no",
            custom_non_identity_deny_url="http://localhost:8000/no",
        )

    def test_every_selector(self):
        found = read(f"""{TOKEN}
[[policies]]
name = "All"
decision = "allow"
include = [
    "everyone", "any_valid_service_token", "certificate",
    {{ service_token = "robot" }}, {{ email = "ada@example.com" }},
]
require = [{{ email_domain = "example.com" }}, {{ ip = "192.0.2.0/24" }}, {{ country = "gb" }}]
exclude = [{{ common_name = "a machine" }}, {{ login_method = "onetimepin" }}]
session_duration = "0s"
""").organisation.policies
        assert found == (
            Policy(
                "All",
                Decision.ALLOW,
                include=(
                    Everyone(), AnyValidServiceToken(), ValidCertificate(),
                    ServiceTokenIs("robot"), EmailIs("ada@example.com"),
                ),
                require=(EmailDomainIs("example.com"), IpIn("192.0.2.0/24"), CountryIs("GB")),
                exclude=(CommonNameIs("a machine"), LoginMethodIs("onetimepin")),
                session_duration=0,
                id="All",
                is_reusable=True,
            ),
        )  # fmt: skip

    def test_a_word_for_every_selector_that_there_is(self):
        words = {*policies.WORDS, *(api for api, _member in policies.TABLES.values())}
        assert words == set(rules.KINDS)

    @pytest.mark.parametrize(
        ("word", "decision"),
        [
            ("allow", Decision.ALLOW), ("block", Decision.DENY), ("deny", Decision.DENY),
            ("bypass", Decision.BYPASS), ("service_auth", Decision.NON_IDENTITY),
            ("non_identity", Decision.NON_IDENTITY),
        ],
    )  # fmt: skip
    def test_the_words_of_dashboard_and_api(self, word, decision):
        text = f'[[policies]]\nname = "P"\ndecision = "{word}"\ninclude = ["everyone"]'
        assert read(text).organisation.policies[0].decision is decision

    def test_policies_by_name_and_in_place_in_their_order(self):
        text = """
policies = [{ name = "First", decision = "block", include = ["everyone"] }, "Shared"]
[[policies]]
name = "Shared"
decision = "bypass"
include = ["everyone"]
"""
        first, shared = application(text).policies
        assert (first.name, first.is_reusable) == ("First", False)
        assert (shared.name, shared.is_reusable) == ("Shared", True)

    def test_policies_as_tables_below_the_application(self):
        text = '[[applications.policies]]\nname = "P"\ndecision = "allow"\ninclude = ["everyone"]'
        assert application(text).policies[0].name == "P"

    def test_an_organisation(self):
        found = read("""
[organisation]
team_name = "a-team"
strict_service_token_auth = false
session_duration = "15m"
country = "gb"
key_rotation_interval_days = 0.5
[choices]
audience_as_string = true
identity_denied_status = 401
logout_delay = 20
[[people]]
email = "Ada@example.com"
name = "Ada"
country = "fr"
custom = { groups = ["a", 1, 1.5, true], more = { b = "c" } }
""").organisation
        assert (found.team_name, found.is_strict, found.session_duration) == ("a-team", False, 900)
        assert (found.country, found.key_rotation_interval_days) == ("GB", 0.5)
        assert found.choices == Choices(
            audience_as_string=True, identity_denied_status=401, logout_delay=20
        )
        custom = {"groups": ["a", 1, 1.5, True], "more": {"b": "c"}}
        assert found.people == (Person("Ada@example.com", "Ada", "FR", custom),)

    def test_service_tokens(self):
        text = f"""{TOKEN}
[[service_tokens]]
name = "gone"
duration = "-1h"
enabled = false
[[service_tokens]]
name = "eternal"
duration = "forever"
[[service_tokens]]
name = "dated"
expires_at = 2027-01-31T12:00:00+01:00
"""
        found = [
            (e.name, e.duration, e.expires_at, e.is_enabled) for e in read(text).service_tokens
        ]
        assert found == [
            ("robot", "8760h", None, True),
            ("gone", "-1h", None, False),
            ("eternal", "forever", None, True),
            ("dated", "8760h", 1801393200.0, True),
        ]

    def test_certificates_without_the_key_beside_them(self, tmp_path):
        made = certificate(tmp_path / "ca.pem")
        text = """
[[certificates]]
name = "CA"
file = "ca.pem"
associated_hostnames = ["mtls.{base_domain}"]
client_certificate_forwarding = true
"""
        found = read(text, folder=tmp_path)
        assert found.organisation.certificates == (
            CaCertificate(
                "CA",
                "CA",
                made.public_bytes(serialization.Encoding.PEM).decode(),
                made.fingerprint(hashes.SHA256()).hex(),
                ("mtls.localhost",),
                datetime(2027, 1, 1, tzinfo=UTC).timestamp(),
            ),
        )
        assert found.organisation.certificate_forwarding == {"mtls.localhost"}
        assert found.files == (tmp_path / NAME, tmp_path / "ca.pem")

    @pytest.mark.parametrize(
        ("written", "base_domain", "expected"),
        [
            ("{base_domain}", "localhost", "localhost"),
            ("{base_domain}/a/*", "Portal.Example", "portal.example/a/*"),
            ("*.{base_domain}", "portal.example", "*.portal.example"),
            ("[::1]/a", "localhost", "[::1]/a"),
            ("Example.COM/A/", "localhost", "example.com/A"),
        ],
    )
    def test_a_destination(self, written, base_domain, expected):
        text = f'[[applications]]\nname = "App"\ndestinations = ["{written}"]'
        [found] = read(text, base_domain).organisation.applications
        assert [str(each) for each in found.destinations] == [expected]

    def test_a_destination_once_where_the_domain_makes_two_of_them_one(self):
        text = APPLICATION.replace('"example.test"', '"{base_domain}/a", "localhost/a"')
        [found] = read(text).organisation.applications
        assert found.destinations == (Destination("localhost", "/a"),)

    def test_a_file_from_windows(self, tmp_path):
        path = tmp_path / NAME
        path.write_bytes(b"\xef\xbb\xbf" + APPLICATION.replace("\n", "\r\n").encode())
        assert load(path).organisation.applications[0].name == "App"


class TestFingerprint:
    def test_stays_the_same_when_the_meaning_does(self):
        moved = "# a comment\n" + APPLICATION.replace("]\nname", "]\n\n  name")
        assert read(APPLICATION).digest == read(moved).digest

    @pytest.mark.parametrize(
        "change",
        [TOKEN, "[choices]\nlogout_delay = 1", '[organisation]\ncountry = "GB"'],
    )
    def test_changes_with_the_meaning(self, change):
        assert read(APPLICATION).digest != read(APPLICATION + change).digest

    def test_changes_with_the_domain(self):
        text = APPLICATION.replace("example.test", "{base_domain}")
        assert read(text).digest != read(text, "portal.example").digest

    def test_changes_with_a_certificate_under_the_same_name(self, tmp_path):
        text = '[[certificates]]\nname = "CA"\nfile = "ca.pem"'
        certificate(tmp_path / "ca.pem")
        before = read(text, folder=tmp_path).digest
        certificate(tmp_path / "ca.pem")
        assert read(text, folder=tmp_path).digest != before


# The line of the mistake, and a part of its sentence. `§` marks the line in the text.
MISTAKES = {
    "an unknown table": ('§[[aplications]]\nname = "A"', "Did you mean 'applications'?"),
    "an unknown key": (APPLICATION + '\n§destinatons = ["a"]', "Did you mean 'destinations'?"),
    "an unknown key without a near one": (APPLICATION + "§zzz = 1", "There is no key 'zzz' here."),
    "an unknown key of a table in a table": (
        APPLICATION + "[applications.cors_headers]\n\n§max_agee = 1",
        "Did you mean 'max_age'?",
    ),
    "an unknown choice": ("[choices]\n§secure_cookie = true", "Did you mean 'secure_cookies'?"),
    "no name": ('§[[applications]]\ndestinations = ["a"]', "An application needs 'name'."),
    "no destinations": ('§[[applications]]\nname = "A"', "An application needs 'destinations'."),
    "empty destinations": (
        '[[applications]]\nname = "A"\n§destinations = []',
        "'destinations' should hold something",
    ),
    "an empty name": ('[[service_tokens]]\n§name = " "', "1 to 350 characters"),
    "a name too long": (f'[[service_tokens]]\n§name = "{"x" * 351}"', "1 to 350 characters"),
    "a number for a text": ("[[service_tokens]]\n§name = 5", "'name' should be a text"),
    "a text for a flag": (TOKEN + '§enabled = "yes"', 'true or false, and not "yes"'),
    "a number for a flag": (TOKEN + "§enabled = 1", "true or false, and not 1"),
    "a flag for a number": ("[choices]\n§logout_delay = true", "whole number from 0, and not true"),
    "a number below zero": ("[choices]\n§logout_delay = -1", "whole number from 0, and not -1"),
    "a number too large": ("[choices]\n§logout_delay = 1" + "0" * 400, "whole number from 0"),
    "no status": ("[choices]\n§identity_denied_status = 200", "status from 400 to 599"),
    "a text of two lines": (APPLICATION + '§custom_deny_message = "a\\r\\nb"', "one line of text"),
    "a text for a list": ('[[applications]]\nname = "A"\n§destinations = "a"', "square brackets"),
    "a number in a list": (APPLICATION + "allowed_idps = [\n§1]", "Each of allowed_idps should be"),
    "a table for a list of tables": ('§[applications]\nname = "A"', "write [[applications]]"),
    "a list for a table": ("§[[organisation]]", "write [organisation]"),
    "a text for a table": (APPLICATION + '§cors_headers = "*"', "'cors_headers' should be a table"),
    "texts for tables": ('service_tokens = [\n§"a"]', "write [[service_tokens]]"),
    "a team that is no label": ('[organisation]\n§team_name = "My Team"', "digits and hyphens"),
    "a country of three letters": ('[organisation]\n§country = "GBR"', "two letters"),
    "no number of days": ('[organisation]\n§key_rotation_interval_days = "6w"', "number of days"),
    "days that are none": ("[organisation]\n§key_rotation_interval_days = nan", "and not nan"),
    "a header that is none": (
        APPLICATION + '§read_service_tokens_from_header = "My Header"',
        "name of a header",
    ),
    "no SameSite": (
        APPLICATION + '§same_site_cookie_attribute = "Lax"',
        "one of none, lax",
    ),
    "no address to go to": (APPLICATION + '§custom_deny_url = "/no"', "https://example.com/denied"),
    "an unknown login method": (APPLICATION + '§allowed_idps = ["saml"]', "one of onetimepin"),
    "a session of no duration": (APPLICATION + '§session_duration = "1d"', 'and not "1d"'),
    "a session as a number": (APPLICATION + "§session_duration = 3600", "text in quotes"),
    "a session without end": (APPLICATION + '§session_duration = "forever"', 'a month ("730h")'),
    "a session past a month": (APPLICATION + '§session_duration = "731h"', 'a month ("730h")'),
    "a session before its start": (APPLICATION + '§session_duration = "-1h"', 'a month ("730h")'),
    "a session of half a second": (APPLICATION + '§session_duration = "500ms"', 'and not "500ms"'),
    "a token of no duration": (TOKEN + '§duration = "1 year"', 'such as "8760h"'),
    "a token of nothing": (TOKEN + '§duration = "0s"', 'such as "8760h"'),
    "a token that ended for ever ago": (TOKEN + '§duration = "-forever"', 'such as "8760h"'),
    "an end in quotes": (TOKEN + '§expires_at = "2027-01-31"', "without quotes"),
    "an end without an offset": (TOKEN + "§expires_at = 2027-01-31T12:00:00", "with its offset"),
    "an end and a duration": (
        TOKEN + 'duration = "1h"\n§expires_at = 2027-01-31T12:00:00Z',
        "exclude each other",
    ),
    "two service tokens alike": (
        TOKEN + '[[service_tokens]]\n§name = "robot"',
        "already, on line 2",
    ),
    "two applications alike": (
        APPLICATION + '[[applications]]\n§name = "App"\ndestinations = ["b"]',
        "'App' is there already, on line 2",
    ),
    "two people alike": (
        '[[people]]\nemail = "a@b.c"\n[[people]]\n§email = "A@b.c"',
        "already, on line 2",
    ),
    "two applications in one place": (
        APPLICATION + '[[applications]]\nname = "B"\ndestinations = [\n"c",\n§"Example.TEST/"]',
        "'example.test' belongs to 'App' already",
    ),
    "a destination with a scheme": (
        '[[applications]]\nname = "A"\n§destinations = ["https://example.com"]',
        "is not a destination",
    ),
    "a destination with a port": (
        '[[applications]]\nname = "A"\n§destinations = ["example.com:8080/a"]',
        "leave it out",
    ),
    "a destination with a blank": (
        '[[applications]]\nname = "A"\n§destinations = ["example.com/a b"]',
        "is not a destination",
    ),
    "a destination without a host": (
        '[[applications]]\nname = "A"\n§destinations = ["/a"]',
        "is not a destination",
    ),
    "a destination with two wildcards": (
        '[[applications]]\nname = "A"\n§destinations = ["*a*.example.com"]',
        "two wildcards",
    ),
    "another placeholder": (
        '[[applications]]\nname = "A"\n§destinations = ["{domain}/a"]',
        "{base_domain} is all that is filled in",
    ),
    "an unknown policy": (APPLICATION + 'policies = [\n§"Staf"]', "no policy named 'Staf'"),
    "a policy that is a number": (APPLICATION + "§policies = [1]", "the name of one, or a table"),
    "a policy in place without a name": (
        APPLICATION + '§policies = [{ decision = "allow", include = ["everyone"] }]',
        "A policy needs 'name'.",
    ),
    "a policy below the application without a decision": (
        APPLICATION + '§[[applications.policies]]\nname = "P"\ninclude = ["everyone"]',
        "A policy needs 'decision'.",
    ),
    "an unknown decision": (
        '[[policies]]\nname = "P"\n§decision = "permit"\ninclude = ["everyone"]',
        "one of allow, block",
    ),
    "a policy for nobody": (
        '[[policies]]\nname = "P"\ndecision = "allow"\n§include = []',
        "'include' should hold something",
    ),
    "preflights passed on and answered": (
        APPLICATION + "§options_preflight_bypass = true\ncors_headers = {}",
        "exclude each other",
    ),
    "a person without an address": ('[[people]]\n§email = "ada"', "ada@example.com"),
    "claims that JSON has not": (
        '[[people]]\nemail = "a@b.c"\n§custom = { born = 1815-12-10 }',
        "may hold texts",
    ),
    "a certificate that is not there": (
        '[[certificates]]\nname = "CA"\n§file = "none.pem"',
        "No such file",
    ),
    "a certificate that is none": (
        f'[[certificates]]\nname = "CA"\n§file = "{ROOT / "README.md"}"',
        "should be one or more certificates as PEM.",
    ),
    "a certificate for a path": (
        '[[certificates]]\nname = "CA"\nfile = "none.pem"\n§associated_hostnames = ["a/b"]',
        "a host without a path",
    ),
}

POLICY = '[[policies]]\nname = "P"\ndecision = "allow"\ninclude = [\n"everyone",\n§{}]'
SELECTORS = {
    "an unknown word": ('"everybody"', "Did you mean 'everyone'?"),
    "an unknown table": ('{ mail = "a@b.c" }', "Did you mean 'email'?"),
    "a number": ("5", "a word or a table, and not 5"),
    "two in one": ('{ email = "a@b.c", ip = "::1" }', "one key"),
    "none in one": ("{}", "one key"),
    "no value": ('"email"', '{email = "…"}'),
    "a value too many": ("{ everyone = true }", 'write "everyone" alone'),
    "a list of values": ('{ email = ["a@b.c"] }', "needs one text, and not a list"),
    "an empty value": ('{ ip = "" }', "needs one text"),
    "an unknown service token": ('{ service_token = "robt" }', "no service token named 'robt'"),
    "no address": ('{ email = "ada" }', "ada@example.com"),
    "no domain": ('{ email_domain = "@example.com" }', "what follows the @"),
    "no network": ('{ ip = "192.0.2.1/24" }', "host bits"),
    "no country": ('{ country = "GBR" }', "two letters"),
    "an unknown login method": ('{ login_method = "saml" }', "has 'onetimepin'"),
}


def marked(text):
    return text.replace("§", "", 1), text[: text.index("§")].count("\n") + 1


class TestRefuses:
    @pytest.mark.parametrize(("text", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
    def test_on_its_line(self, text, sentence):
        text, line = marked(text)
        found = problems(text)
        assert (line, True) in [(number, sentence in message) for number, message in found], found

    def test_a_certificate_that_is_no_authority_s(self, tmp_path):
        certificate(tmp_path / "ca.pem", is_ca=False)
        with pytest.raises(ConfigError, match="should be the certificates of a CA"):
            read('[[certificates]]\nname = "CA"\nfile = "ca.pem"', folder=tmp_path)

    @pytest.mark.parametrize(("selector", "sentence"), SELECTORS.values(), ids=SELECTORS.keys())
    def test_the_selector(self, selector, sentence):
        text, line = marked(POLICY.format(selector))
        [(number, message)] = problems(TOKEN + text)
        assert (number, sentence in message) == (line + 2, True), message

    @pytest.mark.parametrize("decision", ["service_auth", "bypass"])
    @pytest.mark.parametrize("group", ["include", "require", "exclude"])
    @pytest.mark.parametrize(
        "selector",
        ['{ email = "a@b.c" }', '{ email_domain = "b.c" }', '{ login_method = "onetimepin" }'],
    )
    def test_whoever_has_not_logged_in_yet(self, decision, group, selector):
        groups = {"include": '"everyone"', group: selector}
        text = f'[[policies]]\nname = "P"\ndecision = "{decision}"\n'
        text += "".join(f"{name} = [{each}]\n" for name, each in groups.items())
        [(line, message)] = problems(text)
        assert line == 3 + list(groups).index(group) + 1
        assert "before anybody has logged in" in message
        assert read(text.replace(decision, "allow")).organisation.policies

    def test_everything_in_one_go_and_in_order(self):
        found = problems("""\
[organisation]
team_name = 5
strict = true

[[applications]]
destinations = ["https://a"]
policies = ["None"]

[[service_tokens]]
name = "robot"
duration = "long"
""")
        assert [line for line, _message in found] == [2, 3, 5, 6, 7, 11]

    def test_a_broken_policy_once_and_not_where_it_is_used(self):
        text = APPLICATION + 'policies = ["P"]\n[[policies]]\nname = "P"\ndecision = "x"\n'
        assert [line for line, _message in problems(text)] == [5, 7]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("a = 1\nb = \n", 2),
            ("a = 1\n\na = 2\n", 3),
            ("[a]\n[b]\n[a]\n", 3),
            ('a = "\n', 1),
            ("a = [\n1,\n", 2),
            ('a = 1\nb = """\n', 2),
        ],
    )
    def test_what_is_no_toml_on_its_line(self, text, line):
        [(number, message)] = problems(text)
        assert (number, message[:16]) == (line, "This is no TOML:")

    @pytest.mark.parametrize("text", ["", "\n# nothing\n"])
    def test_a_file_that_says_nothing(self, text):
        assert problems(text) == [
            (1, "The file says nothing: write [[applications]] for what is protected.")
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "a = " + "[" * (DEEPEST + 1),
            "a = " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
            "a = " + "[" * 500_000,
            "a = " + "{a = " * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1),
            ".".join("a" * (DEEPEST + 2)) + " = 1",
            ".".join("a" * 20_000) + " = 1",
            "[" + ".".join("a" * (DEEPEST + 1)) + "]",
            "[[" + ".".join("a" * DEEPEST) + "]]",
            "a = {" * 16 + "b.b" + ".b" * 16 + " = 1" + "}" * 16,
            "a.a = {" * 16 + "b.b = 1" + "}" * 16,
            'a."b.c"' + ".a" * DEEPEST + " = 1",
        ],
    )
    def test_what_is_nested_too_deeply_before_it_is_read(self, text, monkeypatch):
        monkeypatch.setattr("tomllib.loads", None)
        assert problems(f"# {'.' * 99}\n{text}") == [(2, "This is nested more than 32 deep.")]

    @pytest.mark.parametrize(
        "text",
        [
            "a = " + "[" * DEEPEST + "]" * DEEPEST,
            "a = " + "{a = " * DEEPEST + "1" + "}" * DEEPEST,
            ".".join("a" * (DEEPEST + 1)) + " = 1",
            "[" + ".".join("a" * DEEPEST) + "]",
            "a = {" * 16 + "b" + ".b" * 16 + " = 1" + "}" * 16,
            "a = [" + "[1.5, 2.5],\n" * 99 + "]",
            "a = [" + "[],{}," * 99 + "]",
            "a = '" + "[{." * 99 + "'",
            'a = "' + '\\"[{.' * 99 + '"',
            "a = '''\n'" + "[{.\n" * 99 + "'''''",
            'a = """\n"' + '[{.\\"\n' * 99 + '"""""',
            "# '\n" * 99 + "a = 1",
            "[a.b]\n" + "\n".join(f"[a.b.c{number}.d]" for number in range(99)),
        ],
    )
    def test_nothing_for_its_depth_up_to_there(self, text):
        assert tomllib.loads(text)
        assert too_deep(text) is None

    @pytest.mark.parametrize("text", ['a = "' * 9, 'a = """' + '\\"' * 99, "a = '" + "[" * 99])
    def test_no_broken_string_for_its_depth(self, text):
        assert problems(text)[0][1].startswith("This is no TOML:")

    def test_a_number_of_thousands_of_digits_in_a_sentence_of_its_own(self):
        assert problems("a = " + "9" * 5000) == [(0, "A number in edge.toml is too long.")]

    @pytest.mark.parametrize("domain", ["", "a b", "*.example", "https://a", "a/b", "a:80", "-a"])
    def test_a_domain_that_is_none(self, domain):
        assert problems(APPLICATION, base_domain=domain) == [
            (0, f"{domain!r} is no domain that the edge can serve.")
        ]

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"a = 1\nb = '\xff'", "edge.toml:2: The file should be UTF-8."),
            (b"#" * (1024 * 1024 + 1), "edge.toml is larger than 1048576 bytes."),
            (None, "Cannot read edge.toml: No such file or directory."),
        ],
    )
    def test_a_file_that_cannot_be_read(self, tmp_path, content, sentence):
        if content is not None:
            (tmp_path / NAME).write_bytes(content)
        with pytest.raises(ConfigError) as caught:
            load(tmp_path / NAME)
        assert str(caught.value) == sentence

    @pytest.mark.parametrize("kind", ["pipe", "device", "folder", "socket"])
    def test_what_is_no_regular_file_without_waiting_for_it(self, tmp_path, kind):
        path = tmp_path / NAME
        with socket.socket(socket.AF_UNIX) as listener:
            if kind == "pipe":
                os.mkfifo(path)  # to open it would wait for somebody who writes
            elif kind == "device":
                path.symlink_to("/dev/zero")
            elif kind == "folder":
                path.mkdir()
            else:
                listener.bind(str(path))
            with pytest.raises(ConfigError, match=r"^Cannot read edge\.toml: [^\n]+\.$") as caught:
                load(path)
        assert ("it is no regular file" in str(caught.value)) is (kind in ("pipe", "device"))

    def test_a_certificate_in_a_pipe_without_waiting_for_it(self, tmp_path):
        os.mkfifo(tmp_path / "ca.pem")
        with pytest.raises(ConfigError, match=r"ca\.pem': it is no regular file"):
            read('[[certificates]]\nname = "CA"\nfile = "ca.pem"', folder=tmp_path)

    def test_no_link_to_a_regular_file(self, tmp_path):
        (tmp_path / NAME).symlink_to(SHIPPED)
        assert load(tmp_path / NAME).organisation.applications

    @given(st.text("[]{}=\"'#.,\n ab1-", max_size=40) | st.text(max_size=20))
    def test_any_text_in_no_other_way(self, text):
        assert said(text) != [""]

    @given(
        st.sampled_from([*schema.SINGLE, *schema.REPEATED]),
        st.data(),
        st.sampled_from(['"a"', "1", "-1.5", "true", "[]", "{}", '["a", 1]', "[{}]", "1979-05-27"]),
    )
    def test_any_value_under_any_key_in_no_other_way(self, table, data, value):
        section = schema.SINGLE.get(table) or schema.REPEATED[table]
        key = data.draw(st.sampled_from([*section]))
        header = f"[{table}]" if table in schema.SINGLE else f"[[{table}]]"
        for sentence in said(f"{header}\n{key} = {value}"):
            assert sentence.startswith(("edge.toml:1: ", "edge.toml:2: "))


class TestChecks:
    def test_a_sound_file_in_one_sentence(self):
        found = check(SHIPPED, "localhost", NAME)
        counts = "2 applications, 1 policy, 4 service tokens, 0 people, 0 certificates"
        assert found.sentence() == f"edge.toml is sound: {counts}."
        assert found.record()["valid"] is True
        assert found.record()["applications"] == 2

    def test_a_broken_file_with_each_problem_on_a_line_of_its_own(self, tmp_path):
        (tmp_path / NAME).write_text("[choices]\na = 1\n")
        found = check(tmp_path / NAME, "localhost", NAME)
        assert found.sentence() == (
            "edge.toml has an error.\nedge.toml:2: There is no key 'a' here."
        )
        assert json.loads(json.dumps(found.record())) == {
            "file": NAME,
            "valid": False,
            "errors": [{"line": 2, "message": "There is no key 'a' here."}],
        }

    @pytest.mark.parametrize(("count", "shown"), [(MOST, MOST), (MOST + 1, MOST + 1)])
    def test_no_more_lines_than_somebody_reads(self, tmp_path, count, shown):
        (tmp_path / NAME).write_text("\n".join(f"wrong{number} = 1" for number in range(count)))
        found = check(tmp_path / NAME, "localhost", NAME)
        first, *lines = found.sentence().splitlines()
        assert (first, len(lines)) == (f"edge.toml has {count} errors.", shown)
        assert (lines[-1] == "1 more are not shown.") is (count > MOST)
        assert len(found.record()["errors"]) == count

    def test_a_missing_file_in_one_sentence(self, tmp_path):
        found = check(tmp_path / NAME, "localhost", NAME)
        assert complaint(found.error) == "Cannot read edge.toml: No such file or directory."
        assert found.record()["errors"][0]["line"] is None


def uncommented():
    return re.sub(r"^#(?=\S)|^#$", "", SHIPPED.read_text(), flags=re.MULTILINE)


class TestShippedFile:
    def test_has_what_the_demo_relies_on(self):
        found = load()
        names = {each.name for each in found.service_tokens}
        assert names == {
            sample.DEMO_TOKEN, sample.OTHER_TOKEN, sample.EXPIRED_TOKEN, sample.DISABLED_TOKEN,
        }  # fmt: skip
        assert found.organisation.find("localhost", f"/{sample.SLUG}/")
        assert found.organisation.find(f"{sample.SLUG}.localhost", "/")

    def test_is_sound_with_every_example_in_force(self):
        found = parse(uncommented(), SHIPPED, "localhost", NAME).organisation
        assert len(found.applications) == 6
        assert [each.email for each in found.people] == ["ada@example.com"]
        application, _destination = found.find("login.localhost", "/")
        assert application.policies[0].decision is Decision.ALLOW
        application, _destination = found.find("login.localhost", "/public/x")
        assert application.policies[0].decision is Decision.BYPASS

    def test_shows_every_choice_with_its_default(self):
        shown = tomllib.loads(uncommented())["choices"]
        assert Choices(**shown) == Choices()
        assert list(shown) == [each.name for each in fields(Choices)]

    def test_names_no_secret(self):
        text = SHIPPED.read_text()
        assert not re.search(r"cfast_|\.access\b|[0-9a-f]{32}|BEGIN", text)


class TestSchema:
    def test_has_every_option_of_an_application(self):
        made_here = {"id", "aud", "created_at", "updated_at", "tokens_revoked_at"}
        assert set(schema.APPLICATION) == {each.name for each in fields(Application)} - made_here
        assert set(schema.CORS) == {each.name for each in fields(CorsHeaders)}
        assert set(schema.PERSON) == {each.name for each in fields(Person)}

    def test_gives_an_application_the_defaults_of_the_model(self):
        plain = application("")
        bare = Application("App", "", plain.destinations, (), id="App")
        assert plain == bare
        assert read(APPLICATION).organisation.choices == Choices()


DOCUMENT = ROOT / "docs/edge-configuration.md"
SECTIONS = {
    **{f"[{name}]": section for name, section in schema.SINGLE.items()},
    **{f"[[{name}]]": section for name, section in schema.REPEATED.items()},
    "[applications.cors_headers]": schema.CORS,
}


def documented():
    found, heading = {}, ""
    for line in DOCUMENT.read_text().splitlines():
        if match := re.fullmatch(r"#+ `(\[.+\])`.*", line):
            heading = match[1]
        if row := re.match(r"\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", line):
            found.setdefault(heading, {})[row[1]] = (row[2].strip(), row[3].strip())
    return found


def type_of(rule):
    match rule:
        case schema.Key(is_list=True):
            return f"list of {rule.kind.word}s"
        case schema.Key():
            return rule.kind.word
        case schema.Table():
            return "table"
        case schema.References():
            return rule.word


class TestDocumentation:
    @pytest.mark.parametrize("heading", SECTIONS)
    def test_has_every_key_with_its_type(self, heading):
        types = {key: found[0] for key, found in documented()[heading].items()}
        assert types == {key: type_of(rule) for key, rule in SECTIONS[heading].items()}

    @pytest.mark.parametrize("heading", SECTIONS)
    def test_has_every_default(self, heading):
        for key, rule in SECTIONS[heading].items():
            written = documented()[heading][key][1]
            if written in {"required", "none"}:
                assert getattr(rule, "is_required", False) is (written == "required"), key
                assert getattr(rule, "default", None) is None, key
                continue
            value = tomllib.loads(f"x = {written.strip('`')}")["x"]
            default = getattr(rule, "default", ())
            if isinstance(rule, schema.Key) and not rule.is_list and value != "":
                assert rule.kind.read(value) == default, key
            else:
                assert value in (default, list(default)), key

    def test_has_every_selector(self):
        text = DOCUMENT.read_text()
        assert all(f'`"{word}"`' in text for word in policies.WORDS)
        assert all(re.search(rf"`{{ {word} = ", text) for word in policies.TABLES)
        assert all(f"`{word}`" in text for word in kinds.DECISIONS)

    def test_shows_examples_that_work(self):
        examples = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
        assert len(examples) >= 3
        for text in examples:
            assert read(text).organisation.base_domain == "localhost"

    def test_shows_messages_as_they_are(self):
        text = DOCUMENT.read_text()
        [broken] = re.findall(r"```toml broken\n(.*?)```", text, re.DOTALL)
        shown = re.search(r"```text\n(edge\.toml has .*?)\n```", text, re.DOTALL)[1]
        with pytest.raises(ConfigError) as caught:
            read(broken)
        assert complaint(caught.value) == shown
