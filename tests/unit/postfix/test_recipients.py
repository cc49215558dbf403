"""How many recipients a message has."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.postfix.senders import submission, texts


class TestRecipients:
    @pytest.mark.parametrize(
        ("count", "recipients"),
        [
            ("1", 1),
            ("2", 2),
            ("50", 50),
            ("007", 7),
            ("0" * 20 + "12", 12),
            ("4294967294", 4294967294),
            ("4294967295", 4294967295),
            ("4294967296", 4294967295),
            ("99999999999", 4294967295),
            ("9" * 5000, 4294967295),
            ("0", 1),
            ("0" * 5000, 1),
            ("", 1),
            ("-5", 1),
            ("+5", 1),
            ("1.5", 1),
            (" 5", 1),
            ("five", 1),
            ("0x10", 1),
            ("1_000", 1),
            ("\u0665", 1),
            ("\u00b2", 1),
        ],
    )
    def test_are_a_number_or_one(self, count: str, recipients: int) -> None:
        """1 where the count is 0 or no number; at most what a counter holds."""
        assert recipients == submission(recipient_count=count).recipients

    def test_are_one_where_nothing_is_told(self) -> None:
        """A message has a recipient."""
        assert submission().recipients == 1

    @given(texts | st.text("0123456789", max_size=30))
    def test_are_at_least_one_for_any_text(self, count: str) -> None:
        """No count makes a message free, and none breaks the service."""
        recipients = submission(recipient_count=count).recipients

        assert 1 <= recipients <= 4294967295
        if count.isascii() and count.isdigit() and 1 <= int(count) <= 4294967295:
            assert int(count) == recipients
