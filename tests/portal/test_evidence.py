"""What the parts of the evidence say, of invented requests that the real verifier examined."""

from __future__ import annotations

import re
from html import unescape

import pytest

from barbican.access.evidence import CHECKS
from barbican.access.presented import ASSERTION
from barbican.portal import html
from barbican.portal.styleguide import invented
from barbican.portal.styleguide.invented import NOW, SERVICE, Invented, sign, with_token
from barbican.portal.styleguide.states import states

pytestmark = pytest.mark.django_db
STATES = {state.slug: state.invented for state in states()}
KEPT = "absent, as they should be: the edge keeps them."


def parts_of(which):
    return html.parts(which.request(), which.examination())


def text_of(found):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


def row_of(which, check):
    rows = parts_of(which)["check_rows"]
    return re.search(rf'<tr id="check-{check}".*?</tr>', rows, re.DOTALL)[0]


class TestCredentialsNote:
    @pytest.mark.parametrize("slug", ["service-token", "expired", "wrong-audience"])
    def test_praises_the_edge_where_the_team_signed(self, slug):
        assert parts_of(STATES[slug])["credentials_note"].endswith(KEPT)

    @pytest.mark.parametrize("slug", ["nothing-presented", "bad-signature", "unsigned-identity"])
    def test_says_only_what_came_where_nothing_shows_the_edge(self, slug):
        note = parts_of(STATES[slug])["credentials_note"]
        assert note == "No Client ID and no Client Secret came."

    def test_is_not_deceived_by_a_forged_token(self):
        forged = Invented({ASSERTION: invented.changed(), "HTTP_CF_RAY": invented.RAY})
        assert KEPT not in parts_of(forged)["credentials_note"]

    @pytest.mark.parametrize(
        ("headers", "names"),
        [
            (invented.EXPOSED, "CF-Access-Client-Id and CF-Access-Client-Secret"),
            ({"HTTP_CF_ACCESS_TOKEN": "x"}, "Cf-Access-Token"),
            ({"HTTP_CF_ACCESS_CLIENT_ID": "x", ASSERTION: sign(SERVICE)}, "CF-Access-Client-Id"),
        ],
    )
    def test_names_what_went_round_the_edge(self, headers, names):
        note = parts_of(Invented(headers))["credentials_note"]
        assert note == f"{names} reached the origin: this request went round the edge."


class TestWhy:
    @pytest.mark.parametrize(
        ("which", "check", "says"),
        [
            (Invented(), "assertion", "Only a signed token says who is calling"),
            (Invented(invented.NOBODY), "assertion", "Anyone who can reach the origin can write"),
            (Invented({ASSERTION: "e" * 9_000}), "assertion", "Measured before anything is read"),
            (Invented({ASSERTION: ""}), "assertion", "It decides because it is there"),
            (STATES["malformed"], "assertion", "One token decides. With two"),
            (STATES["service-token"], "assertion", "One token decides. With two"),
            (STATES["missing-claim"], "expiry", "Without an end"),
            (STATES["expired"], "expiry", "A token that leaks"),
            (with_token(sign(SERVICE, without="iat")), "start", "Without a beginning"),
            (STATES["client-not-allowed"], "kind", "The list is this demo's own"),
            (STATES["not-configured"], "audience", "missing or malformed never means"),
            (STATES["algorithm-refused"], "algorithm", "Fixed here."),
        ],
    )
    def test_fits_what_happened(self, which, check, says):
        assert says in text_of(row_of(which, check))

    def test_is_not_chosen_by_what_a_sender_wrote(self):
        token = sign(SERVICE, type="neither", iss="no exp claim", exp=NOW + 58)
        for check in ("type", "issuer"):
            row = text_of(row_of(with_token(token), check))
            assert "Only a signed token" not in row
            assert "Without an end" not in row


class TestJourney:
    @pytest.mark.parametrize(
        ("slug", "says", "not_"),
        [
            ("service-token", "Added the Cf-Access-Jwt-Assertion header", "Nothing shows"),
            ("bad-signature", "It is not proven that it gave the Cf-Access-Jwt-Assertion", "Added"),
            ("nothing-presented", "Nothing shows whether this request came by it", "Carries the"),
            ("round-the-edge", "Nothing shows whether this request came by it", "Carries the"),
        ],
    )
    def test_says_of_edge_and_tunnel_only_what_is_shown(self, slug, says, not_):
        journey = text_of(parts_of(STATES[slug])["journey_html"])
        assert says in journey
        assert not_ not in journey

    def test_weighs_nothing_where_nothing_came(self):
        asked = Invented().request()
        asked.META = {"HTTP_HOST": "localhost"}
        journey = html.parts(asked, Invented().examination())["journey_html"]
        assert "unsigned" not in text_of(journey)


AUTHENTIC = "Authentic, but not accepted here."
SIGNED = "Signed by your team, but not accepted by this page."
NOBODYS = "Nobody is known to have signed it"


class TestTrust:
    REFUSED = ("expired", "not-yet-valid", "wrong-audience", "wrong-issuer", "wrong-kind",
               "client-not-allowed", "missing-claim", "wrong-type")  # fmt: skip
    FORGED = ("bad-signature", "unknown-key", "algorithm-refused", "keys-unavailable")

    @pytest.mark.parametrize("slug", ["service-token", "person", "certificate", "stale-keys"])
    def test_of_an_accepted_token_doubts_nothing(self, slug):
        parts = parts_of(STATES[slug])
        assert parts["checks_note"] == ""
        for part in ("check_rows", "token_html"):
            assert "<s>" not in parts[part]
            assert 'class="tag"' not in parts[part]
        assert "unproven" not in parts["token_html"]
        assert "token--signed" not in parts["token_html"]

    @pytest.mark.parametrize("slug", REFUSED)
    def test_of_what_the_team_signed_strikes_only_what_failed(self, slug):
        parts = parts_of(STATES[slug])
        assert text_of(parts["checks_note"]) == AUTHENTIC
        rows = re.findall(r"<tr id.*?</tr>", parts["check_rows"], re.DOTALL)
        assert all(("<s>" in row) == ("checks__fail" in row) for row in rows)
        assert "unverified" not in parts["check_rows"]
        assert "not accepted" in parts["check_rows"]
        assert "<s>" not in parts["token_html"]
        assert "token--signed" in parts["token_html"]
        assert SIGNED in text_of(parts["token_html"])
        assert "Signed value" in parts["token_html"]

    @pytest.mark.parametrize("slug", FORGED)
    def test_of_what_nobody_signed_strikes_all_that_it_says(self, slug):
        parts = parts_of(STATES[slug])
        assert parts["checks_note"] == ""
        rows = re.findall(r"<tr id.*?</tr>", parts["check_rows"], re.DOTALL)
        said = [row for row in rows if re.search('id="check-(issuer|audience|type|kind)"', row)]
        assert len(said) == 4
        for row in said:
            assert "<s>" in row
            assert "unverified" in row
        assert NOBODYS in text_of(parts["token_html"])
        values = re.findall(r"</th><td>(.{3})", parts["token_html"])
        assert values
        assert set(values) == {"<s>"}
        assert SIGNED not in parts["token_html"]

    def test_does_not_say_of_a_token_that_is_over_that_it_expires(self):
        for slug, says in (
            ("service-token", "It expires 23 Nov"),
            ("expired", "It expired 23 Nov"),
            ("bad-signature", "It says that it expires 23 Nov"),
        ):
            assert says in text_of(parts_of(STATES[slug])["token_html"])


def cell(which, check, name):
    cells = re.findall(r"<td>(.*?)</td>", row_of(which, check), re.DOTALL)
    return text_of(cells[("result", "expected", "got", "why").index(name)])


class TestCheckTable:
    @pytest.mark.parametrize("slug", list(STATES))
    def test_says_of_every_check_what_it_expects(self, slug):
        for check in CHECKS:
            assert cell(STATES[slug], check, "expected")

    def test_expects_without_a_token_what_it_expects_of_one(self):
        for check in CHECKS:
            alone, beside = (
                cell(which, check, "expected") for which in (Invented(), STATES["service-token"])
            )
            assert alone == beside

    def test_shows_values_for_what_came(self):
        for check, value in (("form", "3 parts"), ("consistency", "none found")):
            assert cell(STATES["service-token"], check, "got") == value

    def test_names_its_handles_once_in_sight_and_each_to_hear(self):
        rows = parts_of(STATES["service-token"])["check_rows"]
        summaries = re.findall("<summary>(.*?)</summary>", rows)
        names = [f"Why: {check.capitalize()}" for check in CHECKS]
        assert [text_of(each) for each in summaries] == names
        assert all(re.fullmatch('<span class="hidden-visually">.*</span>', s) for s in summaries)

    def test_breaks_no_shortened_identifier(self):
        row = row_of(STATES["service-token"], "audience")
        assert '<span class="nowrap">32ea5c0e…4228</span>' in row

    def test_escapes_what_a_sender_wrote(self):
        row = row_of(with_token(sign(SERVICE, iss="<b>12345678…9abc")), "issuer")
        assert '&lt;b&gt;<span class="nowrap">12345678…9abc</span>' in row
        assert "<b>" not in row


class TestPanel:
    def panel(self, which):
        return parts_of(which)["verdict_html"]

    def test_counts_the_checks_and_leads_to_them(self):
        for slug, words in (
            ("service-token", "12 of 12 checks"),
            ("stale-keys", "12 of 12 checks, 1 with a caution"),
        ):
            assert f'<a href="#checks">{words}</a>' in self.panel(STATES[slug])

    def test_says_how_it_knows_only_where_it_verified(self):
        for slug, which in STATES.items():
            is_verified = which.examination().is_verified
            panel = self.panel(which)
            assert ("We verified it." in panel) is is_verified, slug
            assert ('href="#checks"' in panel) is is_verified, slug

    def test_says_the_word_once_in_sight(self):
        for slug, which in STATES.items():
            panel = re.sub('<span class="hidden-visually">.*?</span>', "", self.panel(which))
            words = re.findall("Verified|Not verified", text_of(panel))
            assert len(words) == 1, slug

    def test_of_a_token_within_the_leeway_says_so(self):
        token = with_token(sign(SERVICE, exp=NOW - 5))
        words = text_of(self.panel(token))
        assert "expired 5 s ago" in words
        assert "That is within the leeway of 30 s." in words
        assert "<meter" not in self.panel(token)

    def test_says_just_now(self):
        words = text_of(self.panel(with_token(sign(SERVICE, iat=NOW))))
        assert "the team signed this token just now , for this application" in words

    def test_offers_each_tool_once_and_the_first_action_first(self):
        for slug, which in STATES.items():
            panel = self.panel(which)
            assert panel.count("button--first") == 1, slug
            assert panel.count(">Copy as JSON<") == 1, slug
            assert panel.count(">Print record<") == 1, slug
            assert panel.index("verdict__actions") < panel.index("verdict__tools")


class TestFolds:
    def test_of_the_journey_is_open_unless_all_is_well(self):
        for slug, which in STATES.items():
            fold = re.search('<details class="fold"( open)?>', parts_of(which)["journey_html"])
            assert bool(fold[1]) is not which.examination().is_verified, slug

    def test_of_the_tokens_header_says_it_in_a_line(self):
        for which, line in (
            (STATES["service-token"], "RS256 · kid 9338abe1…69b8 · JWT"),
            (STATES["algorithm-refused"], "none · kid 9338abe1…69b8 · JWT"),
            (with_token("e30.e30.x"), "not as a header should be"),
        ):
            token = parts_of(which)["token_html"]
            assert line in text_of(re.search("<summary>(.*?)</summary>", token)[1])

    @pytest.mark.parametrize("slug", ["bad-signature", "unknown-key", "keys-unavailable"])
    def test_strikes_that_line_where_nobody_signed(self, slug):
        summary = re.search("<summary>(.*?)</summary>", parts_of(STATES[slug])["token_html"])[1]
        assert summary.startswith("<s><code>RS256")
        assert summary.endswith('<span class="tag">unverified</span>')


class TestTimes:
    def test_from_now_carry_the_absolute_one(self):
        parts = parts_of(with_token(sign(SERVICE, iat=NOW)))
        end, begin = (f"23 Nov 2026 14:1{time} UTC" for time in ("2:09", "1:11"))
        for part, shown, whole in (
            ("verdict_html", "in 58 s", end),
            ("verdict_html", "just now", begin),
            ("check_rows", "expires in 58 s", end),
            ("check_rows", "began just now", begin),
            ("keys_html", "2 min ago", "23 Nov 2026 14:09:11 UTC"),
        ):
            assert re.search(f'<time [^>]*title="{whole}"[^>]*>{shown}</time>', parts[part]), shown
        assert f'{end}<span class="ago">, in 58 s</span>' in parts["token_html"]

    def test_are_none_of_a_claim_that_is_missing(self):
        for claim, check in (("exp", "expiry"), ("iat", "start")):
            token = with_token(sign(SERVICE, without=claim, nbf=NOW))
            assert "<time" not in row_of(token, check)
