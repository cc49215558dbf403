"""The bytes that we send: as a policy service, and as its client."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.postfix.codec import (
    decode_reply,
    encode_reply,
    encode_request,
)
from rateguard.domain.errors import BadRequest


one_line = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r\0"), min_size=1
)


class TestRequest:
    def test_is_lines_and_an_empty_one(self) -> None:
        """LF only, in the order given, UTF-8."""
        wire = encode_request({"request": "smtpd_access_policy", "sender": "j\u00f6"})

        assert wire == b"request=smtpd_access_policy\nsender=j\xc3\xb6\n\n"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("a", "b\n"), ("a", "\n\nc=d"), ("a\n", "b"), ("a=b", "c"), ("a", "\0")],
    )
    def test_refuses_what_it_cannot_carry(self, name: str, value: str) -> None:
        """
        A line break or a NUL, and an equals sign in a name, would say
        something else; the error names what it is about.
        """
        with pytest.raises(ValueError, match="a value is one line") as caught:
            encode_request({"fine": "fine", name: value})

        assert repr(name) in str(caught.value)


class TestReply:
    def test_ends_in_an_empty_line(self) -> None:
        """With CRLF, or without the empty line, Postfix waits for its timeout."""
        assert encode_reply("DUNNO") == b"action=DUNNO\n\n"

    @given(one_line.map(str.strip).filter(bool))
    def test_is_read_as_it_was_written(self, action: str) -> None:
        """There and back."""
        assert action == decode_reply(encode_reply(action))

    @given(st.integers(0, 30))
    def test_is_incomplete_until_its_last_byte(self, length: int) -> None:
        """None means: read on."""
        wire = encode_reply("DEFER_IF_PERMIT try later")

        assert decode_reply(wire[: min(length, len(wire) - 1)]) is None

    @pytest.mark.parametrize(
        "wire", [b"\n\n", b"hello\n\n", b"reaction=DUNNO\n\n", b"DUNNO\n\n"]
    )
    def test_without_an_action_is_refused(self, wire: bytes) -> None:
        """Whoever answers so is no policy service."""
        with pytest.raises(BadRequest) as caught:
            decode_reply(wire)

        assert wire == caught.value.sample

    @given(st.binary())
    def test_of_any_bytes_is_decoded_or_refused(self, wire: bytes) -> None:
        """Nothing but BadRequest is raised."""
        try:
            action = decode_reply(wire + b"\n\n")
        except BadRequest:
            return
        assert action is not None
