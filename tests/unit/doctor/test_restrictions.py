"""The restriction lists of ``main.cf``."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.cli.doctor.main_cf import (
    PolicyCheck,
    flattened,
    is_table,
    policy_checks,
    seconds,
    words,
)


PLAIN = st.text("abz_:/.$=", min_size=1)
BRACED = st.recursive(
    PLAIN, lambda inner: st.lists(inner).map(lambda each: f"{{ {', '.join(each)} }}")
)
GAPS = st.text(" ,\t\r\n", min_size=1)


class TestWords:
    @given(st.lists(st.tuples(BRACED, GAPS)))
    def test_are_what_stands_between_spaces_and_commas(
        self, written: list[tuple[str, str]]
    ) -> None:
        """Whatever is between them; what is in braces is one word."""
        text = "".join(word + gap for word, gap in written)

        assert [word for word, _ in written] == words(text)

    @given(st.text("a {},="))
    def test_of_any_text(self, text: str) -> None:
        """Braces that nobody closes lose no letter."""
        assert text.count("a") == "".join(words(text)).count("a")


class TestFlattened:
    def test_has_classes_in_their_place(self) -> None:
        """A class is what its own list says, however deep."""
        classes = {"one": "a two", "two": "b, c"}

        found = flattened("x one y", frozenset(classes), classes.__getitem__)

        assert ["x", "a", "b", "c", "y"] == list(found)

    def test_of_classes_in_a_circle(self) -> None:
        """One that comes back to itself is left as it is."""
        classes = {"a": "b a b", "b": "c a"}

        found = flattened("a", frozenset(classes), classes.__getitem__)

        assert ["c", "a", "a", "c", "a"] == list(found)


class TestPolicyAsks:
    @pytest.mark.parametrize(
        ("text", "service", "attributes"),
        [
            ("inet:127.0.0.1:10033", "inet:127.0.0.1:10033", {}),
            ("{ unix:a/b }", "unix:a/b", {}),
            ("{unix:a/b,timeout=5s}", "unix:a/b", {"timeout": "5s"}),
            (
                "{ inet:[::1]:1, { timeout = 5s }, default_action=DUNNO }",
                "inet:[::1]:1",
                {"timeout": "5s", "default_action": "DUNNO"},
            ),
            (
                "{ unix:a { default_action = 450 4.7.1 later } }",
                "unix:a",
                {"default_action": "450 4.7.1 later"},
            ),
            ("{}", "", {}),
        ],
    )
    def test_in_all_forms(
        self, text: str, service: str, attributes: dict[str, str]
    ) -> None:
        """As a word, in braces, attributes in braces of their own."""
        (found,) = policy_checks(words(f"reject, check_policy_service {text}, permit"))

        assert PolicyCheck(service, attributes) == found

    @pytest.mark.parametrize(
        "permit",
        [
            *("permit", "permit_mynetworks", "PERMIT_SASL_AUTHENTICATED"),
            "permit_dnswl_client list.example",
        ],
    )
    def test_behind_a_permit(self, permit: str) -> None:
        """The first permit before it is told, none after it."""
        text = "check_policy_service unix:a {0} permit_x Check_Policy_Service unix:b"

        first, second = policy_checks(words(text.format(permit)))

        assert first.behind is None
        assert second.behind == permit.split(maxsplit=1)[0]

    @pytest.mark.parametrize("text", ["", "check_policy_service", "reject unix:a"])
    def test_none(self, text: str) -> None:
        """Where nobody is asked there is none, also in half a list."""
        assert [] == list(policy_checks(words(text)))


class TestIsTable:
    @pytest.mark.parametrize(
        ("word", "table"),
        [
            ("check_sasl_access", True),
            ("check_client_access", True),
            ("check_policy_service", False),
            ("permit", False),
        ],
    )
    def test_knows_what_decides_elsewhere(self, word: str, *, table: bool) -> None:
        """Only an access table may name a class."""
        assert table == is_table(word)


class TestSeconds:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            *(("10", 10), ("10s", 10), ("2m", 120), ("1h", 3600), ("1d", 86400)),
            *(("1w", 604800), (" 5s ", 5), ("", None), ("5 s", None), ("-1s", None)),
        ],
    )
    def test_as_postfix_writes_them(self, text: str, expected: int | None) -> None:
        """A number with a unit, seconds without one."""
        assert expected == seconds(text)
