"""A handful of reports and not thousands."""

from __future__ import annotations

import itertools

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.sentry.client import MOST_A_MINUTE, ReportLimit


moments = st.tuples(st.integers(0, 400), st.integers(0, 40))


class TestReportLimit:
    def test_admits_a_place_once_a_minute(self) -> None:
        """And tells with the next how many there were meanwhile."""
        limit = ReportLimit()
        times = [0.0, 0.0, 1.0, 59.9, 60.0]

        expected = [0, None, None, None, 3]
        assert expected == [limit.admit("here", now) for now in times]

    def test_admits_so_many_of_all_places(self) -> None:
        """What was held back for that is admitted as soon as there is room."""
        limit = ReportLimit()
        first = [limit.admit(place, 0.0) for place in range(MOST_A_MINUTE)]

        assert [0] * MOST_A_MINUTE == first
        assert limit.admit("another", 59.9) is None
        assert limit.admit("another", 60.0) == 0

    @pytest.mark.timeout(20)
    def test_may_be_asked_in_the_midst_of_an_answer(self) -> None:
        """The garbage collector runs anywhere, and what it ends may log an error."""
        limit = ReportLimit()

        class Place:
            def __hash__(self) -> int:
                limit.admit("another", 0.0)
                return 1

        assert limit.admit(Place(), 0.0) == 0
        assert limit.admit("another", 0.0) is None

    @given(st.lists(moments).map(sorted))
    def test_holds_in_any_minute(self, met: list[tuple[int, int]]) -> None:
        """However they are spread over places and time."""
        limit = ReportLimit()
        admitted = [
            (now, place) for now, place in met if limit.admit(place, now) is not None
        ]

        times = [now for now, _ in admitted]
        for sooner, later in zip(times, times[MOST_A_MINUTE:], strict=False):
            assert later - sooner >= 60
        for place in {place for _, place in admitted}:
            own = [now for now, each in admitted if each == place]
            assert all(b - a >= 60 for a, b in itertools.pairwise(own))
