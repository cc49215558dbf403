"""``$name`` in the values of Postfix."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.cli.doctor.main_cf import expanded


VALUES = {
    "a": "1",
    "b": "$a 2",
    "empty": "",
    "self": "x $self $other",
    "other": "y $self",
}


def value(name: str) -> str:
    """Look up a parameter."""
    return VALUES.get(name, "")


class TestExpanded:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", ""),
            ("plain", "plain"),
            ("$a", "1"),
            ("<$b>", "<1 2>"),
            ("${a}${b}", "11 2"),
            ("$(a), $( b )", "1, 1 2"),
            ("$unknown.", "."),
            ("$$a", "$a"),
            ("100$", "100$"),
            ("${a?yes}", "yes"),
            ("${empty?yes}", ""),
            ("${a:no}", "1"),
            ("${empty:no}", "no"),
            ("${a?{yes}:{no}}", "yes"),
            ("${empty?{yes}:{no}}", "no"),
            ("${empty?{yes}}|", "|"),
            ("${a?{$b}}", "1 2"),
            ("${a?{$a!}}", "1!"),
            ("${a", "1"),
        ],
    )
    def test_fills_in(self, text: str, expected: str) -> None:
        """Every form that postconf(5) has, one in another too."""
        assert expected == expanded(text, value)

    def test_of_a_circle(self) -> None:
        """What comes back to itself is left as it is."""
        assert expanded("$self", value) == "x $self y $self"

    @given(st.text("a${}()?:b "))
    def test_of_any_text(self, text: str) -> None:
        """Nothing is so odd that it could not be read."""
        expanded(text, value)

    @given(st.text("ab{}()?: "))
    def test_without_references(self, text: str) -> None:
        """A text without a dollar is itself."""
        assert text == expanded(text, value)
