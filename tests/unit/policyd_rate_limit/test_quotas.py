"""From limits over any time to one quota a period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.policyd_rate_limit import Limit, meaning
from rateguard.domain.counter import COUNTER_MAX


DAY = 86400

limits = st.builds(Limit, st.integers(0, 4), st.integers(1, 12))
periods = st.integers(1, 20)


def admitted(limits: Sequence[Limit], moments: Iterable[int]) -> int:
    """
    Return how many of the recipients at these moments policyd-rate-limit
    would let pass.
    """
    passed: list[int] = []
    for now in moments:
        if all(
            sum(now - limit.seconds < then for then in passed) < limit.count
            for limit in limits
        ):
            passed.append(now)
    return len(passed)


class TestQuota:
    @given(st.lists(limits, min_size=1, max_size=3), periods, st.data())
    def test_stops_nobody_whom_the_limits_let_pass(
        self, limits: list[Limit], period: int, data: st.DataObject
    ) -> None:
        """Whatever a sender got through in a period is within the quota."""
        moments = data.draw(st.lists(st.integers(0, period - 1)).map(sorted))

        assert admitted(limits, moments) <= meaning(limits, period=period).quota

    @given(limits, periods)
    def test_is_no_larger_than_needed(self, limit: Limit, period: int) -> None:
        """A sender who never stops gets as much through a limit as the quota has."""
        moments = [now for now in range(period) for _ in range(limit.count)]

        assert meaning([limit], period=period).quota == admitted([limit], moments)

    @given(st.lists(limits, min_size=1, max_size=4), periods)
    def test_is_that_of_the_tightest(self, limits: list[Limit], period: int) -> None:
        """Of several limits all hold, in whatever order they stand."""
        each = [meaning([limit], period=period).quota for limit in limits]

        assert min(each) == meaning(limits, period=period).quota
        assert meaning(limits[::-1], period=period).quota == min(each)

    def test_without_a_limit_is_never_reached(self) -> None:
        """Counters stop rising before they are over it."""
        quota, fates = COUNTER_MAX, (f"no limit: quota {COUNTER_MAX}, never reached",)

        assert (quota, fates) == (
            meaning([], period=DAY).quota,
            meaning([], period=DAY).fates,
        )

    def test_fits_the_column(self) -> None:
        """Also of a limit beyond it."""
        assert COUNTER_MAX == meaning([Limit(10**12, DAY)], period=DAY).quota


@pytest.mark.parametrize(
    ("limits", "quota", "fates"),
    [
        ([Limit(150, DAY)], 150, []),
        (
            [Limit(10, 60), Limit(150, DAY)],
            150,
            ["10 in 60 s: left out, the quota of 150 in 86400 s holds, at any rate"],
        ),
        (
            [Limit(500, 3600)],
            12000,
            [("500 in 3600 s: becomes quota 12000 in 86400 s, the most that it"
             " admits, though no longer spread over the time")],
        ),
        (
            [Limit(1000, 7 * DAY)],
            1000,
            [("1000 in 604800 s: becomes quota 1000 in 86400 s, which it admitted"
             " only once in its longer time")],
        ),
        (
            [Limit(150, DAY), Limit(500, 7 * DAY)],
            150,
            ["500 in 604800 s: left out, the quota of 150 in 86400 s holds"],
        ),
    ],
)  # fmt: skip
def test_what_has_no_equivalent_is_told(
    limits: list[Limit], quota: int, fates: list[str]
) -> None:
    """Each limit that is not exactly the quota is told, and what is done with it."""
    found = meaning(limits, period=DAY)

    assert (quota, fates) == (found.quota, list(found.fates))
