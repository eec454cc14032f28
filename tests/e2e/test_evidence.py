"""The evidence page's states in real Chromium, each by the headers of a real request."""

from __future__ import annotations

import re
import time

import pytest

from tests.e2e.chromium import MARKS, overflow, violations
from tests.issuer import AUD_TAG, CLIENT_ID, OTHER_AUD_TAG, new_key

pytestmark = MARKS

ASSERTION = "Cf-Access-Jwt-Assertion"
SECRET = "cfast_" + "InventedSecretOfTheTests0123456789abcdef0" + "12345678"
NAMES = (
    "machine", "person", "certificate", "expired", "wrong audience", "unknown key",
    "bad signature", "malformed", "bypassed", "e-mail header", "nothing",
)  # fmt: skip


def headers(signer, name):
    person = signer.person_token(custom={"groups": ["staff"], "site": {"floor": 3}}, odd="x")
    values = {
        "machine": signer.service_token(),
        "person": person,
        "certificate": signer.certificate_token(),
        "expired": signer.service_token(exp=int(time.time()) - 270),
        "wrong audience": signer.service_token(aud=[OTHER_AUD_TAG, "e5" * 32]),
        "unknown key": signer.sign(signer.service_claims(), key=new_key()),
        "bad signature": signer.service_token()[:-8] + "AAAAAAAA",
        "malformed": "Bearer eyJhbGciOi",
    }
    others = {
        "bypassed": {"CF-Access-Client-Id": CLIENT_ID, "CF-Access-Client-Secret": SECRET},
        "e-mail header": {"Cf-Access-Authenticated-User-Email": "eve@example.com"},
        "nothing": {},
    }
    edge = {"Cf-Ray": "9338abe1c0ffee42-LHR", "Cf-Connecting-Ip": "203.0.113.5"}
    return {ASSERTION: values[name], **edge} if name in values else others[name]


@pytest.fixture
def look(visit, origin, signer):
    """Open the demo's page in a state."""

    def look(name, **how):
        url = f"http://localhost:{origin.port}/service-token/"
        return visit(url, headers=headers(signer, name), **how)

    return look


@pytest.mark.parametrize("name", NAMES)
class TestEveryState:
    @pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
    def test_is_accessible_with_everything_open(self, look, name, scheme, width):
        page = look(name, scheme=scheme, width=width)
        page.evaluate("document.querySelectorAll('.columns details').forEach(d => d.open = true)")
        assert violations(page) == []
        assert overflow(page) <= 0

    def test_shows_verdict_and_first_action_on_a_phones_first_screen(self, look, name):
        page = look(name, width=360)
        box = page.locator(".button--first").bounding_box()
        assert box["y"] + box["height"] <= 640

    def test_prints_as_one_page(self, look, name):
        margin = dict.fromkeys(("top", "right", "bottom", "left"), "12mm")
        document = look(name).pdf(format="A4", margin=margin)
        assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1


class TestHeaderFilter:
    @pytest.mark.parametrize("javascript", [True, False])
    def test_needs_no_script(self, look, javascript):
        page = look("machine", javascript=javascript)
        page.click("#headers > summary")
        rows = page.locator(".headers tbody tr:visible")
        everything = rows.count()
        page.check(".filter__access")
        assert rows.all_inner_texts()[0].startswith(ASSERTION)
        assert rows.count() == 1
        page.check(".filter__all")
        assert rows.count() == everything


class TestCountdown:
    def test_runs_in_words_and_as_a_bar(self, look):
        page = look("machine")
        before = page.locator("meter").evaluate("bar => bar.value")
        page.wait_for_function(
            "before => document.querySelector('meter').value < before", arg=before
        )
        assert page.locator("time[data-countdown]").inner_text().startswith("in ")
        assert page.locator("#announcements").inner_text() == ""


class TestCopyButtons:
    def test_hold_the_whole_of_what_is_shortened(self, look):
        page = look("wrong audience")
        values = page.locator(".findings [data-copy]").evaluate_all(
            "all => all.map(each => each.dataset.copy)"
        )
        assert {AUD_TAG, OTHER_AUD_TAG, "e5" * 32} <= set(values)
