"""Which addresses mail is sent to."""

from __future__ import annotations

from email.headerregistry import Address

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.notify.mail.address import is_plain_address, plain_address


PLAIN = [
    "anna@example.com",
    "Anna.B+x@mail-1.example.com",
    "o'neil@example.com",
    "a!#$%&'*+/=?^_`{|}~-@b",
    "root@localhost",
    "x" * 64 + "@example.com",
    "x@" + ".".join(["y" * 63] * 3),
]

NOT_PLAIN = [
    "",
    "anna",
    "@example.com",
    "anna@",
    "anna@@example.com",
    "a@b@example.com",
    ".anna@example.com",
    "anna.@example.com",
    "an..na@example.com",
    "anna@.example.com",
    "anna@example..com",
    "anna@example.com.",
    "anna@-example.com",
    "anna@example-.com",
    "anna@exa_mple.com",
    "anna@[192.0.2.1]",
    '"anna"@example.com',
    "anna@example.com\n",
    "anna@example.com\r\nRCPT TO:<eve@example.com",
    "<anna@example.com>",
    "Anna <anna@example.com>",
    "anna@example.com,ben@example.com",
    "an na@example.com",
    "jörg@example.com",
    "anna@exämple.com",
    "x" * 65 + "@example.com",
    "x@" + ".".join(["y" * 63] * 4),
    "x@" + "y" * 64,
]


class TestPlainAddress:
    @pytest.mark.parametrize("text", PLAIN)
    def test_is_what_it_says(self, text: str) -> None:
        """It comes back as it is."""
        assert text == plain_address(text)
        assert is_plain_address(text)

    @pytest.mark.parametrize("text", NOT_PLAIN)
    def test_is_nothing_else(self, text: str) -> None:
        """Nothing that needs quoting, decoding, or is several."""
        assert not is_plain_address(text)
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is all
            plain_address(text)
        assert text == str(caught.value)

    @given(
        st.from_regex(r"[!-~]{1,20}@[!-~]{1,20}", fullmatch=True)
        | st.text(st.characters(), max_size=30)
    )
    def test_means_the_same_in_a_header(self, text: str) -> None:
        """Whatever is admitted, the standard library reads as that address."""
        if is_plain_address(text):
            assert text == Address(addr_spec=text).addr_spec
