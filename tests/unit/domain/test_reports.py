"""What operators ask."""

from __future__ import annotations

import pytest

from rateguard.domain.errors import OrderRefused
from rateguard.domain.reports import PAGED_BY_SENDER, SenderQuery, SenderSort


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
