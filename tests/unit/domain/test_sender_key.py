"""Whose quota a name stands for."""

from __future__ import annotations

import unicodedata

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.submission import MAX_SENDER_LENGTH, sender_key


# Letters whose composed form lacks a capital, or whose case is a special one.
telling = st.text(
    "hHjJtTiI\u0130K\u212a\u00e5\u212b\u03a3\u03c3 \u0307\u0308\u030c\u0331"
)
names = telling | st.text(max_size=20) | st.text(min_size=200, max_size=600)


class TestSpellings:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("anna@example.com", "anna@example.com"),
            ("Anna@Example.COM", "anna@example.com"),
            (" \tanna@example.com\n ", "anna@example.com"),
            ("\u2003anna\u00a0", "anna"),
            ("J\u00d6RG", "j\u00f6rg"),
            ("jo\u0308rg", "j\u00f6rg"),
            ("JO\u0308RG", "j\u00f6rg"),
            ("\u212bngstr\u00f6m", "\u00e5ngstr\u00f6m"),
            ("\u212aarl", "karl"),
            ("\u0130da", "i\u0307da"),
            ("J\u030can", "\u01f0an"),
            ("H\u0331an", "\u1e96an"),
            ("an na", "an na"),
            ("jorg", "jorg"),
            ("", ""),
        ],
    )
    def test_of_one_name_have_one_key(self, name: str, key: str) -> None:
        """Space around it, case and the way it is composed make no other sender."""
        assert key == sender_key(name)

    @given(names)
    def test_key_is_the_key_of_itself(self, name: str) -> None:
        """A key that is read from the store and looked up again is found."""
        key = sender_key(name)

        assert key == sender_key(key)

    @pytest.mark.parametrize("plane", [0x00000, 0x10000, 0x20000])
    def test_key_is_the_key_of_itself_for_every_character(self, plane: int) -> None:
        """
        Also for those whose case or composition is odd; the planes above have
        neither.
        """
        for char in map(chr, range(plane, plane + 0x10000)):
            key = sender_key(f"a{char}b")
            assert key == sender_key(key), f"U+{ord(char):04X}"

    @given(names, st.sampled_from(["NFC", "NFD"]), st.sampled_from(["", " ", "\r\n"]))
    def test_composition_and_space_do_not_matter(
        self, name: str, form: str, space: str
    ) -> None:
        """However a keyboard composes a name, the sender is the same."""
        spelling = unicodedata.normalize(form, name)  # type: ignore[arg-type]

        assert sender_key(name) == sender_key(f"{space}{spelling}{space}")

    @given(st.from_regex(r"[ -~]{0,400}", fullmatch=True))
    def test_case_does_not_matter(self, name: str) -> None:
        """No capital letter buys a second quota."""
        assert sender_key(name.lower()) == sender_key(name.upper())


class TestLongNames:
    @given(names)
    def test_fit_the_column(self, name: str) -> None:
        """A key never exceeds the 255 characters of its column."""
        assert len(sender_key(name)) <= MAX_SENDER_LENGTH == 255

    def test_of_255_characters_stay_as_they_are(self) -> None:
        """Only what does not fit is changed."""
        name = "x" * 255

        assert name == sender_key(name)

    def test_keep_their_beginning_and_end_in_a_hash(self) -> None:
        """An operator still recognises the sender."""
        name = "anna@" + "x" * 251
        beginning, sign, digest = sender_key(name).rpartition("#")

        assert (name[:222], "#", 32) == (beginning, sign, len(digest))
        assert set(digest) <= set("0123456789abcdef")

    @given(
        st.text("ab", min_size=256, max_size=400),
        st.text("ab", min_size=256, max_size=400),
    )
    def test_stay_two_senders(self, one: str, other: str) -> None:
        """Two long names share a quota only if they are the same name."""
        assert (one == other) == (sender_key(one) == sender_key(other))

    def test_differ_also_in_their_last_character(self) -> None:
        """The hash is of the whole name, not of what was kept."""
        assert sender_key("x" * 300 + "a") != sender_key("x" * 300 + "b")

    def test_cut_inside_a_composed_character_are_still_keys(self) -> None:
        """Where the cut falls makes no difference to idempotence."""
        for length in range(218, 226):
            key = sender_key("x" * length + "o\u0308" * 60)
            assert key == sender_key(key)
