from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barbican.portal.explaining.examples import EXAMPLES
from barbican.portal.explaining.explain import MAX_PASTE, explain
from barbican.portal.explaining.explanation import SPEAKERS, Told
from barbican.portal.explaining.veil import veiled
from barbican.portal.troubleshooting import matrix
from tests.portal.explaining import pastes
from tests.portal.explaining.pastes import BARE, MARKS, PAIR, PASTES, http, login
from tests.portal.growth import MOST, growth

NAMES = list(PASTES)
PIECES = st.sampled_from(
    [line for paste, *_ in PASTES.values() for line in paste.split("\n")] + ["< ", "> ", "\r", "{"]
)


class TestSays:
    @pytest.mark.parametrize("name", NAMES)
    def test_who_answered_and_what_it_means(self, name):
        paste, speaker, code, certainty = PASTES[name]
        found = explain(paste).reading
        assert (found.speaker, found.code, found.certainty) == (speaker, code, certainty)
        assert found.why

    @pytest.mark.parametrize("name", NAMES)
    def test_the_same_with_the_line_ends_of_windows(self, name):
        paste = PASTES[name][0]
        assert explain(paste.replace("\n", "\r\n")) == explain(paste)

    @pytest.mark.parametrize("name", NAMES)
    def test_the_same_once_the_paste_is_masked(self, name):
        paste = PASTES[name][0]
        found, again = explain(paste), explain(veiled(paste))
        assert (found.reading, found.hops, found.facts) == (again.reading, again.hops, again.facts)

    @pytest.mark.parametrize("name", NAMES)
    def test_it_of_headers_in_colour(self, name):
        bold, plain = "\x1b[1m", "\x1b[0m: "
        coloured = "\n".join(
            bold + line.replace(": ", plain, 1) if ": " in line else line
            for line in PASTES[name][0].split("\n")
        )
        assert explain(coloured).reading == explain(PASTES[name][0]).reading

    def test_a_row_that_is_there(self):
        for _paste, speaker, code, _certainty in PASTES.values():
            assert speaker in SPEAKERS
            assert not code or code in matrix.rows()

    def test_every_verdict_of_this_portal(self):
        for row in matrix.rows().values():
            if row.group.id == "origin" and row.code != "keys-stale":
                body = f'{{"verdict": "{row.code}", "checks": []}}'
                assert explain(http(row.status, body=body)).reading.code == row.code

    def test_every_edge_status_at_least(self):
        assert len({code for _, _, code, _ in PASTES.values()}) >= 35


class TestTellsStrictFromLegacy:
    @pytest.mark.parametrize(
        ("status", "mode", "code"),
        [
            (401, "strict", "access-401-token"),
            (401, "legacy", "access-401-setting"),
            (403, "strict", "access-403-token"),
            (403, "legacy", "access-403-legacy"),
        ],
    )
    def test_once_it_is_told(self, status, mode, code):
        found = explain(PAIR + http(status, *MARKS), Told(mode=mode))
        assert (found.reading.code, found.reading.certainty) == (code, "certain")
        assert found.questions == ()

    def test_by_a_redirect_that_strict_never_gives(self):
        assert "legacy mode" in explain(PAIR + login()).reading.why
        assert "legacy mode" not in explain(BARE + login()).reading.why

    def test_by_what_the_login_address_says_of_the_token(self):
        assert "the token is good" in explain(PAIR + login(pastes.KNOWN)).reading.why

    @pytest.mark.parametrize(
        ("policy", "words"),
        [
            ("names", "does not authenticate"),
            ("other", "add it"),
            ("allow_only", "no Service Auth policy"),
        ],
    )
    def test_by_the_policy_that_there_is(self, policy, words):
        assert words in explain(PAIR + login(), Told(policy=policy)).reading.why


class TestAsks:
    @pytest.mark.parametrize(
        ("paste", "names"),
        [
            (http(403, *MARKS), ["sent"]),
            (login(), ["sent"]),
            (PAIR + http(403, *MARKS), ["mode"]),
            (PAIR + login(), ["policy"]),
            (BARE + http(403, *MARKS), []),
            (BARE + login(), []),
            (http(403, body="error code: 1010"), []),
        ],
    )
    def test_only_what_would_say_more(self, paste, names):
        assert [question.name for question in explain(paste).questions] == names

    def test_no_question_that_was_answered(self):
        found = explain(http(403, *MARKS), Told(sent="pair", mode="strict"))
        assert found.questions == ()

    def test_nothing_that_the_paste_shows(self):
        assert explain(BARE + http(403, *MARKS), Told(sent="pair")).reading.code == (
            "access-403-no-credentials"
        )


class TestShows:
    def test_each_response_of_a_chain(self):
        found = explain(login() + "\n" + pastes.LOGIN_PAGE)
        assert [(hop.status, hop.reading.code) for hop in found.hops] == [
            (302, "login-redirect"),
            (200, "login-page-followed"),
        ]

    def test_the_application_and_whose_it_is(self):
        facts = dict(explain(http(403, *MARKS), known={pastes.AUD: "a demo"}).facts)
        assert facts["Application AUD"] == pastes.AUD
        assert facts["AUD of"] == "a demo"
        assert facts["Ray ID"] == f"{pastes.RAY}-LHR"

    def test_the_lines_that_say_so(self):
        assert explain(http(403, *MARKS)).reading.evidence[0] == f"cf-access-aud: {pastes.AUD}"

    def test_a_cookie_of_legacy_mode(self):
        paste = PAIR + http(200, "set-cookie: CF_Authorization=x; Path=/", "server: nginx")
        assert any("legacy mode" in warning for warning in explain(paste).warnings)


class TestHides:
    @pytest.mark.parametrize("secret", [pastes.NEW_SECRET, pastes.OLD_SECRET, "plain-and-short"])
    def test_a_secret_wherever_it_is_named(self, secret):
        for paste in (
            f'curl -i -H "CF-Access-Client-Secret: {secret}" https://x/\n{http(403, *MARKS)}',
            f"> GET / HTTP/2\n> cf-access-client-secret: {secret}\n< HTTP/2 403\n<\n",
            f"* [HTTP/2] [1] [cf-access-client-secret: {secret}]\n< HTTP/2 403\n",
            http(403, *MARKS, body=f'{{"client_secret": "{secret}"}}'),
            http(403, f"x-echo: cf-access-client-secret={secret}", "www-authenticate: Basic"),
            f"CF_ACCESS_CLIENT_SECRET={secret} ./call\ncurl: (7) Failed, {secret[:0]}",
        ):
            assert secret not in repr(explain(paste))
            assert secret not in veiled(paste)

    @pytest.mark.parametrize("length", [60, 80, 100, 120, 140])
    def test_a_secret_that_the_end_of_the_evidence_divides(self, length):
        secret, filler = f"{'5ec2e7' * 10}abcd", "x " * (length // 2)
        for paste in (
            http(403, *MARKS, f"www-authenticate: {filler}{secret}"),
            http(418, body=f"{filler}{secret}"),
            http(403, body=f"{filler[60:]}{secret} {filler} error code: 1010"),
            http(403, body=f"{secret} {filler[:40]} error code: 1010"),
            f"curl: (7) {filler}{secret}",
        ):
            assert "5ec2e7" not in repr(explain(paste))

    def test_nothing_where_nothing_is(self):
        assert explain(BARE + http(403, *MARKS)).warnings == ()
        assert explain(PAIR + login()).warnings == ()  # placeholders, and an address of one use

    def test_the_fact_that_a_secret_came_not(self):
        warnings = explain(f"{VERBOSE_HEAD}{pastes.NEW_SECRET}\n< HTTP/2 403\n").warnings
        assert any("rotate" in warning for warning in warnings)


VERBOSE_HEAD = "> GET / HTTP/2\n> CF-Access-Client-Secret: "

# What makes a careless pattern begin anew at each place.
HOSTILE = [
    "[a: ", "[a:b ", "[", "] ", "* [a: b]", "eyJ", "eyJ.", "eyJ%2E", "eyJa.b.", "cfast_", "CF_A",
    "a1" * 32, ' -u "', " -u '", " -ua", " -u a:", " --user=", "cookie:", "cookie: a=", "a;",
    "authorization: ", "client_secret ", 'client_secret="', "client_secret:  ", "client_secret",
    '{"name":"cookie","value":"', '"name": ', "://", "://a:", "://a:b@", "@", ": ", "?token=",
    "kid=", "&quot;", "\\", '"', "'", "<", "<h1><p>", "{", '{"a":', "(", "**x(`", "\x1b[", " ",
    "status ", "returned ", "error code: ", "VERIFIED  ", "\n", " a\n", "<  c\n", "* a\n",
    "> a: b\n", "\t", "?", "a=b;",
    '"value":"', '"value":"a","name":"', '"value":"\\', '"\\"value":"',
    '"aud":[', '"kid":"', '"id":"audience","result":"a","expected":"',
    "another Access application.", "another Access application. expected: ",
    '"id":"key","result":"a","expected":"","actual":"',
    'href="#claim-aud"><code>aud</code></a></th><td><code title="', '"aud":[' + "a1" * 32,
]  # fmt: skip


class TestSurvives:
    @given(st.text())
    @settings(max_examples=300, deadline=None)
    def test_any_text(self, text):
        assert explain(text).reading.why

    @given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("\n".join))
    @settings(max_examples=300, deadline=None)
    def test_any_mixture_of_real_lines(self, text):
        found = explain(text)
        assert found.reading.speaker in SPEAKERS
        assert not found.reading.code or found.reading.code in matrix.rows()

    @given(st.lists(PIECES, max_size=20), st.integers(0, 20))
    @settings(max_examples=200, deadline=None)
    def test_without_ever_showing_a_secret(self, lines, place):
        secret = f"CF-Access-Client-Secret: {pastes.NEW_SECRET}"
        text = "\n".join([*lines[:place], secret, *lines[place:]])
        assert pastes.NEW_SECRET not in repr(explain(text))
        assert pastes.NEW_SECRET not in veiled(text)

    @pytest.mark.parametrize(
        "piece",
        ["eyJ", "eyJ.", "cfast_", '-u "', "cookie: a=", "HTTP/2 200\n", "< HTTP/2 302\n",
         "location: /a\n", "{", "[", "a1" * 32, "?token=", "error code: ", " ", "\n", "\x1b[",
         "(", "status ", '"cf-access-client-secret": '],
    )  # fmt: skip
    def test_much_of_it_in_little_time(self, piece):
        text = piece * (MAX_PASTE // len(piece))
        started = time.process_time()
        explain(text)
        assert time.process_time() - started < 3  # a quadratic reading takes minutes

    @pytest.mark.parametrize("head", ["< HTTP/1.1 403 F\n* ", "< HTTP/1.1 403 F\n< a: "])
    @pytest.mark.parametrize("piece", HOSTILE)
    def test_four_times_as_much_in_about_four_times_the_time(self, piece, head):
        assert growth(explain, piece, head) < MOST

    def test_more_than_it_reads(self):
        assert explain(http(403, *MARKS) + "x" * 2 * MAX_PASTE).reading.code == "access-403"


class TestExamples:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("login", "login-redirect"),
            ("strict", "access-403"),
            ("firewall", "firewall-1010"),
            ("followed", "login-page-followed"),
            ("origin", "nothing_presented"),
            ("tunnel", "tunnel-1033"),
        ],
    )
    def test_are_explained(self, name, code):
        assert explain(EXAMPLES[name].text).reading.code == code

    def test_are_all_here(self):
        assert len(EXAMPLES) == 6
