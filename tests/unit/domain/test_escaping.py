"""What strangers sent, made fit to be shown."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.escaping import escaped


class TestEscaped:
    @given(st.text())
    def test_is_printable(self, text: str) -> None:
        """Nobody moves a terminal's cursor, or forges a line."""
        assert escaped(text).isprintable()

    @pytest.mark.parametrize("text", ["anna@example.com", "jörg 邮", "C:\\n"])
    def test_leaves_what_is_printable_alone(self, text: str) -> None:
        assert text == escaped(text)

    def test_shows_what_was_there(self) -> None:
        """As an escape sequence of Python."""
        assert r"a\x1b[2J\u202e\n" == escaped("a\x1b[2J\u202e\n")
