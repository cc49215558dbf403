"""What strangers sent, made fit to be shown."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.notify.failure import MAX_LENGTH, escaped


class TestEscaped:
    @given(st.text(st.characters(), max_size=400))
    def test_is_one_printable_line(self, text: str) -> None:
        """Whatever it was, and no longer than can be kept."""
        shown = escaped(text)

        assert shown.isprintable()
        assert len(shown.splitlines()) <= 1
        assert len(shown) <= MAX_LENGTH

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a\r\nb", r"a\r\nb"),
            ("a\x00\x1b[2Jb", r"a\x00\x1b[2Jb"),
            ("a\u2028b\x85", r"a\u2028b\x85"),
            ("moc\u202e", r"moc\u202e"),
            ("\ud800", r"\ud800"),
        ],
    )
    def test_shows_what_was_there(self, text: str, shown: str) -> None:
        """Line breaks of any kind, terminal sequences, reversed writing."""
        assert shown == escaped(text)

    @given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=99))
    def test_leaves_plain_text_alone(self, text: str) -> None:
        """Also umlauts and the like."""
        assert text == escaped(text)
        assert "jörg 邮" == escaped("jörg 邮")

    def test_ends_what_was_cut_with_dots(self) -> None:
        """So that nobody takes it for the whole."""
        assert "x" * MAX_LENGTH == escaped("x" * MAX_LENGTH)
        assert "x" * (MAX_LENGTH - 1) + "…" == escaped("x" * (MAX_LENGTH + 1))
