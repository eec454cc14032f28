"""
Finds AUD tags and key IDs in this portal's own answers: no secrets, of the form of an old one.

Each stands where only such a value is put: in the check that compares it, in the claim `aud`, in
the header `kid`; as JSON, as text for a terminal, in a page. Nothing is found anywhere else.
"""

from __future__ import annotations

import re

_HEX = r"[0-9a-f]{64}(?![0-9A-Za-z])"
_VALUE = re.compile(rf"(?<![0-9A-Za-z]){_HEX}")
_LONGEST = 2_000  # characters of one value: an answer shows no more
_JSON = rf":\s{{0,4}}\"([^\"\\]{{0,{_LONGEST}}})\",\s{{0,20}}"
_PLACES = (
    # A row of the checks, as it was sent or as jq prints it.
    re.compile(
        r"\"id\":\s{0,4}\"(?:audience|key)\",\s{0,20}\"result\":\s{0,4}\"[a-z_]{1,8}\",\s{0,20}"
        rf"\"expected\"{_JSON}\"actual\"{_JSON}\"reason\""
    ),
    re.compile(rf"\"aud\":\s{{0,4}}\[([^\[\]]{{0,{_LONGEST}}})()\]"),
    re.compile(rf"\"kid\":\s{{0,4}}\"({_HEX})()\""),
    # The same rows as text, under the sentences that they have when they fail.
    re.compile(
        rf"another Access application\.\s{{1,40}}expected:\s{{1,40}}({_HEX}(?:\s{{1,4}}or"
        rf"\s{{1,40}}{_HEX}){{0,20}})\s{{1,40}}got:\s{{1,40}}({_HEX}(?:,\s{{1,40}}{_HEX}){{0,9}})"
    ),
    re.compile(
        rf"expected: a key that the team publishes\s{{1,40}}got:\s{{1,40}}({_HEX})()"
    ),
    re.compile(
        r"href=\"#(?:claim-aud|header-kid)\"><code>(?:aud|kid)</code></a></th><td>(?:<s>)?"
        rf"<code title=\"([^\"\n]{{0,{_LONGEST}}})()\""
    ),
)  # fmt: skip


def named(text: str) -> frozenset[str]:
    """Return every value of 64 hex digits that the text itself puts where a name belongs."""
    return frozenset(
        value
        for place in _PLACES
        for found in place.finditer(text)
        for group in found.groups()
        for value in _VALUE.findall(group)
    )
