"""What operators ask."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.domain.errors import OrderRefused
from rateguard.domain.reports import (
    PAGED_BY_SENDER,
    Seen,
    SenderQuery,
    SenderSort,
    Traffic,
    reset_overdue,
)
from tests.unit.doubles import NOON


HOUR = dt.timedelta(hours=1)


class TestSenderQuery:
    @pytest.mark.parametrize("sort", SenderSort)
    def test_begins_after_a_sender_only_in_the_default_order_or_by_name(
        self, sort: SenderSort
    ) -> None:
        """In any other order it is refused, with what to do instead."""
        assert SenderQuery(sort=sort).after == ""
        if sort in (SenderQuery().sort, SenderSort.SENDER):
            assert SenderQuery(sort=sort, after="anna").after == "anna"
        else:
            name = sort.value.replace("_", "-")
            with pytest.raises(OrderRefused, match=f"{name}, .*offset"):
                SenderQuery(sort=sort, after="anna")

    def test_is_paged_by_sender_in_the_default_order(self) -> None:
        assert SenderQuery().sort in PAGED_BY_SENDER


class TestResetOverdue:
    @pytest.mark.parametrize(
        ("hours", "overdue"), [(0, False), (25, False), (25.01, True)]
    )
    def test_is_so_after_the_longest_day(self, hours: float, overdue: bool) -> None:
        """A day has 25 hours when clocks are set back."""
        assert overdue is reset_overdue(NOON - hours * HOUR, NOON)

    def test_is_not_before_anybody_was_counted(self) -> None:
        """There is nothing to reset."""
        assert not reset_overdue(None, NOON)


class TestSeen:
    def test_counts_since_the_reset(self) -> None:
        """Before the first one since the first sender."""
        assert NOON == Seen(None, NOON, NOON - HOUR, None).counting_since
        assert NOON - HOUR == Seen(None, None, NOON - HOUR, None).counting_since
        assert Seen(None, None, None, None).counting_since is None


class TestTraffic:
    def test_was_accepted_or_blocked(self) -> None:
        """A message is either."""
        assert 3 == Traffic(5, 9, 2).accepted
