"""Values by their upper bounds."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.observe.tally import SECONDS, Histogram


class TestHistogram:
    def test_counts_a_bound_as_within(self) -> None:
        """``le`` means less or equal; each bucket has those below it too."""
        histogram = Histogram((1.0, 2.5))
        histogram.observe((0.5, 1.0, 1.1, 2.5, 3.0))

        assert histogram.buckets() == [("1.0", 2), ("2.5", 4), ("+Inf", 5)]
        assert histogram.sum == 8.1

    def test_begins_with_nothing(self) -> None:
        """
        Every bucket is there from the start, so that a rate is right from the
        first value on.
        """
        buckets = Histogram(SECONDS).buckets()

        assert len(SECONDS) + 1 == len(buckets)
        assert {0} == {count for _, count in buckets}

    @given(st.lists(st.lists(st.floats(0, 20), max_size=9), max_size=9))
    def test_counts_whatever_comes(self, batches: list[list[float]]) -> None:
        """
        However values are grouped, each bucket has those that are not above
        its bound.
        """
        histogram = Histogram(SECONDS)
        for batch in batches:
            histogram.observe(batch)

        every = [value for batch in batches for value in batch]
        expected = [
            sum(value <= bound for value in every) for bound in (*SECONDS, math.inf)
        ]
        assert expected == [count for _, count in histogram.buckets()]
        assert math.isclose(math.fsum(every), histogram.sum, abs_tol=1e-9)
