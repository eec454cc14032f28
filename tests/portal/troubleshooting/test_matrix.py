from __future__ import annotations

import pytest

from barbican.access import errors
from barbican.portal import verdicts
from barbican.portal.errors import FAULTS
from barbican.portal.troubleshooting import matrix
from barbican.portal.troubleshooting.inline import LINK, html, markdown, plain
from barbican.portal.troubleshooting.row import MARKS, Source

ROWS = matrix.rows()


class TestHasARow:
    @pytest.mark.parametrize("code", [*verdicts.BY_CODE, *errors.BY_CODE])
    def test_for_every_verdict_with_its_own_words(self, code):
        row, verdict = ROWS[code], verdicts.BY_CODE[code]
        assert (row.status, row.means) == (verdict.status, verdict.meaning)
        assert row.steps[0] == verdict.fix
        assert verdict.headline in row.seen

    @pytest.mark.parametrize("status", FAULTS)
    def test_for_every_error(self, status):
        assert ROWS[f"http-{status}"].status == status

    @pytest.mark.parametrize(
        "words",
        [
            "302 cloudflareaccess", "200 sign in", "401 strict", "403 strict", "1010", "1020",
            "1033", "502", "504", "530", "preflight", "managed oauth", "invalid redirect url",
            "unexpected token", "underscore", "redirects", "lower case", "silently", "samesite",
            "cloudflared empty body", "service-token/*",
        ],
    )  # fmt: skip
    def test_for_what_people_look_for(self, words):
        assert matrix.search(words)


class TestRow:
    @pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
    def test_says_all_that_it_should(self, row):
        assert row.seen
        assert row.means.endswith((".", ")"))
        assert row.steps
        assert row.sources
        assert {source.mark for source in row.sources} <= set(MARKS)
        assert bool(row.reproduction) != bool(row.cannot)
        assert row.see
        assert row.code not in row.see

    @pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
    def test_holds_no_value_that_is_left_open(self, row):
        text = repr(row)
        for name in ("{edge}", "{origin}", "{pair}", "{make_token}", "{spare}"):
            assert name not in text


class TestSource:
    @pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
    def test_links_to_documentation_and_to_nothing_else(self, row):
        for source in row.sources:
            if source.href:
                assert source.mark == "D"
                assert source.href.startswith("https://developers.cloudflare.com/cloudflare-one/")

    @pytest.mark.parametrize(
        ("mark", "where", "ends"),
        [
            ("D", "Service tokens: Service Auth as the policy's action", "/service-tokens/"),
            ("D", "Service tokens: strict authentication answers 401 or 403, never a redirect",
             "#enforce-strict-service-token-authentication"),
            ("D", "Application token: claims", "/application-token/"),
            ("D", "A page whose address is not known here", ""),
            ("O", "Service tokens, as others saw them", ""),
        ],
    )  # fmt: skip
    def test_names_a_page_in_words_where_no_address_is_known(self, mark, where, ends):
        href = Source(mark, where).href
        assert href.endswith(ends)
        assert bool(href) == bool(ends)


class TestSearch:
    def test_wants_every_word_in_any_order_and_case(self):
        found = {row.code for row in matrix.search("SIX rotate keys")}
        assert "unknown_key" in found
        assert found < {row.code for row in matrix.search("keys")}

    def test_finds_nothing_for_a_word_that_is_nowhere(self):
        assert matrix.search("zyzzyva") == ()

    def test_looks_at_a_long_query_in_part(self):
        assert matrix.search("403" + " " * 200 + "zyzzyva")


class TestInline:
    def test_marks_code_and_stress_and_escapes_the_rest(self):
        assert html("a `<b>` **c** <i>") == "a <code>&lt;b&gt;</code> <strong>c</strong> &lt;i&gt;"
        assert plain("a `b` **c**") == "a b c"

    def test_leads_to_another_row(self):
        text = "see [words](access-401)"
        assert html(text) == 'see <a href="/troubleshooting/access-401/">words</a>'
        assert plain(text) == "see “words”"
        address = "https://portal.example/troubleshooting/access-401/"
        assert markdown(text, "https://portal.example") == f"see [words]({address})"

    @pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
    def test_leads_only_to_rows_that_are_there(self, row):
        for text in (row.means, *row.signs, *row.steps, row.strict, row.legacy, row.cannot):
            for _words, code in LINK.findall(text):
                assert code in ROWS
                assert code != row.code
        assert not LINK.search(row.seen)
