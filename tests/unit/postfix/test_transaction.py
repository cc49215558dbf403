"""Which requests are about the same message."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.postfix.translate import MAX_TRANSACTION_LENGTH
from tests.unit.postfix.senders import submission, texts


hex_numbers = st.text("0123456789abcdef", min_size=1, max_size=9)
instances = st.tuples(*[hex_numbers] * 4).map(".".join)


def transaction(instance: str) -> str:
    return submission(instance=instance).transaction


class TestTransaction:
    def test_has_the_time_first(self) -> None:
        """So that the keys of messages rise with time, whichever process asks."""
        assert transaction("5ca.6b0306a2.7b5ea.0") == "6b0306a2.7b5ea.5ca.0"

    def test_is_unknown_without_an_instance(self) -> None:
        """Then every request is a message of its own."""
        assert submission().transaction == ""
        assert transaction("") == ""

    @pytest.mark.parametrize("instance", ["x", "1.2.3", "1.2.3.4.5", "a b", "x" * 64])
    def test_is_the_instance_itself_if_it_is_not_postfixs(self, instance: str) -> None:
        """Other servers may name their messages as they like."""
        assert instance == transaction(instance)

    @given(texts)
    def test_always_fits(self, instance: str) -> None:
        """At most 64 characters, all ASCII, and empty only for an empty one."""
        key = transaction(instance)

        assert len(key) <= MAX_TRANSACTION_LENGTH == 64
        assert key.isascii()
        assert bool(instance) == bool(key)

    @given(instances, instances)
    def test_is_another_for_another_message(self, one: str, other: str) -> None:
        """Two instances of Postfix are never taken for one."""
        assert (one == other) == (transaction(one) == transaction(other))

    @pytest.mark.parametrize(
        ("one", "other"),
        [("x" * 65, "x" * 66), ("\u00e4", "\u00f6"), ("x" * 65, "x" * 64 + "y")],
    )
    def test_is_another_also_where_it_is_hashed(self, one: str, other: str) -> None:
        """What does not fit is told apart by a hash of the whole."""
        assert transaction(one) != transaction(other)
        assert transaction(one) == transaction(one)
