"""Saying it once."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.log.throttle import Throttle


class TestThrottle:
    def test_lets_the_first_through(self) -> None:
        """Nothing was held back before it."""
        assert Throttle().admit("a", 5.0) == 0

    def test_holds_back_for_a_period_and_tells_how_many(self) -> None:
        """A minute unless told otherwise; its end belongs to the next period."""
        throttle = Throttle()
        times = [100.0, 100.0, 130.0, 159.9, 160.0, 219.9, 220.0, 999.0]

        expected = [0, None, None, None, 3, None, 1, 0]
        assert expected == [throttle.admit("a", now) for now in times]

    def test_keeps_kinds_apart(self) -> None:
        """One fault does not hide another."""
        throttle = Throttle()
        kinds = ["a", ("a", 1), "a", "b", ("a", 1)]

        expected = [0, 0, None, 0, None]
        assert expected == [throttle.admit(kind, 0.0) for kind in kinds]

    def test_remembers_a_bounded_number_of_kinds(self) -> None:
        """Kinds that a stranger makes up cannot fill the memory."""
        throttle = Throttle()

        for kind in range(5000):
            assert throttle.admit(kind, 0.0) == 0
            assert len(throttle._seen) <= 1000

    @given(
        st.floats(0.1, 100),
        st.lists(st.floats(0, 1000).map(lambda time: round(time, 3))).map(sorted),
    )
    def test_accounts_for_every_occurrence(
        self, period: float, times: list[float]
    ) -> None:
        """Let through or told as held back later; never two within a period."""
        throttle = Throttle(period)
        answers = [throttle.admit("a", now) for now in times]

        through = [at for at, answer in enumerate(answers) if answer is not None]
        assert all(
            times[later] - times[sooner] >= period
            for sooner, later in itertools.pairwise(through)
        )
        told = [answer for answer in answers if answer is not None]
        gaps = [later - sooner - 1 for sooner, later in itertools.pairwise(through)]
        assert [0, *gaps][: len(told)] == told
