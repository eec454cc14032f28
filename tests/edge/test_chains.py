from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import assume, given
from hypothesis import strategies as st

from barbican.edge.certificates import chains, tls
from barbican.edge.certificates.client_certificates import read
from tests.edge.pki import END, START, make

ROOT = make("Root", is_ca=True)
LEAF = make(
    "a", ROOT, extensions=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), True)]
)


class TestWindows:
    def test_are_those_of_the_whole_chain(self):
        root = make("Root", is_ca=True)
        (window,) = chains.windows(make("a", root).der, root.pem)
        inside = (START.timestamp(), END.timestamp())
        assert [window.covers(each) for each in inside] == [True, True]
        assert [window.covers(each) for each in (inside[0] - 1, inside[1] + 1)] == [False, False]

    def test_are_one_for_each_root(self):
        roots = [make(each, is_ca=True) for each in ("Root", "Other")]
        found = chains.windows(make("a", roots[0]).der, "".join(each.pem for each in roots))
        assert len(found) == 1

    def test_end_although_two_authorities_sign_each_other(self):
        one = make("One", make("Two", is_ca=True), is_ca=True)
        two = make("Two", one, is_ca=True)
        assert chains.windows(make("a", one).der, one.pem + two.pem) == ()

    def test_stop_at_the_longest_chain(self):
        chain = [make("0", is_ca=True)]
        for number in range(1, chains.LONGEST_CHAIN + 1):
            chain.append(make(str(number), chain[-1], is_ca=True))
        uploaded = "".join(each.pem for each in chain)
        assert len(chains.windows(make("a", chain[-2]).der, uploaded)) == 1
        assert chains.windows(make("a", chain[-1]).der, uploaded) == ()

    @given(leaf=st.binary(max_size=60), uploaded=st.text(max_size=60))
    def test_are_none_for_what_is_broken(self, leaf, uploaded):
        assert chains.windows(leaf, uploaded) == ()

    @pytest.mark.filterwarnings("ignore")  # cryptography says what it finds odd
    @given(data=st.data(), value=st.integers(0, 255))
    def test_are_none_for_a_certificate_with_one_other_byte(self, data, value):
        der = bytearray(LEAF.der)
        at = data.draw(st.integers(0, len(der) - 1))
        assume(der[at] != value)
        der[at] = value
        assert chains.windows(bytes(der), ROOT.pem) == ()
        assert isinstance(read(bytes(der)).common_name, str)


CERTIFICATE = bytes.fromhex("3082aabb")


class TestLeaf:
    @pytest.mark.parametrize(
        ("message", "is_tls_13", "found"),
        [
            ("0b000003 000000", False, b""),
            ("0b00000a 000007 000004 3082aabb", False, CERTIFICATE),
            ("0b00000e 00000b 000004 3082aabb 000001 00", False, CERTIFICATE),
            ("0b000004 00 000000", True, b""),
            ("0b00000d 00 000009 000004 3082aabb 0000", True, CERTIFICATE),
            ("0b00000f 02 0102 000009 000004 3082aabb 0000", True, CERTIFICATE),
            ("0b000000", True, b""),
            ("", False, b""),
        ],
    )
    def test_is_the_first_certificate(self, message, is_tls_13, found):
        assert tls.leaf(bytes.fromhex(message), is_tls_13=is_tls_13) == found

    @given(message=st.binary(max_size=40), is_tls_13=st.booleans())
    def test_never_raises(self, message, is_tls_13):
        assert isinstance(tls.leaf(message, is_tls_13=is_tls_13), bytes)
