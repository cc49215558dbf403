"""Whether it makes sense to ask the store."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.daemon.fail_open import Breaker


class TestClosed:
    def test_admits_all(self) -> None:
        """A store that works is asked."""
        breaker = Breaker()

        assert [breaker.admits(now) for now in range(9)] == [True] * 9
        assert not breaker.is_open


class TestOpen:
    def test_admits_nothing_for_an_interval(self) -> None:
        """A second, counted from the failure."""
        breaker = Breaker()
        breaker.failed(100.0)

        assert breaker.is_open
        assert [breaker.admits(now) for now in (100.0, 100.99, 101.0)] == [
            False,
            False,
            True,
        ]

    def test_admits_no_second_attempt_beside_the_first(self) -> None:
        """However long the first takes."""
        breaker = Breaker(interval=5.0)
        breaker.failed(100.0)
        assert breaker.admits(105.0)

        assert [breaker.admits(now) for now in (105.0, 9999.0)] == [False, False]

    def test_waits_again_after_an_attempt_that_failed(self) -> None:
        """Another interval from there."""
        breaker = Breaker()
        breaker.failed(100.0)
        breaker.admits(107.0)
        breaker.failed(110.0)

        assert [breaker.admits(now) for now in (110.9, 111.0)] == [False, True]

    def test_closes_when_one_succeeded(self) -> None:
        """Then all may ask again, at once."""
        breaker = Breaker()
        breaker.failed(100.0)
        breaker.admits(101.0)
        breaker.succeeded()

        assert not breaker.is_open
        assert breaker.admits(101.0)
        assert breaker.admits(101.0)


class TestOverdue:
    def test_admits_nothing_until_the_store_answers(self) -> None:
        """More requests would only queue up behind the one that hangs."""
        breaker = Breaker()
        breaker.overdue()

        assert breaker.is_open
        assert [breaker.admits(now) for now in (0.0, 9999.0)] == [False, False]

    def test_is_over_with_its_late_answer(self) -> None:
        """Good or bad."""
        good, bad = Breaker(), Breaker()
        for breaker in (good, bad):
            breaker.overdue()
        good.succeeded()
        bad.failed(100.0)

        assert [each.admits(100.5) for each in (good, bad)] == [True, False]
        assert bad.admits(101.0)


class TestBreaker:
    @given(st.lists(st.sampled_from(["ask", "failed", "overdue", "wait"])))
    def test_never_lets_two_through_while_it_is_open(self, steps: list[str]) -> None:
        """
        Between two answers of a store that does not work, one request at most
        is let through, and not before a second has passed.
        """
        breaker, now = Breaker(), 0.0
        breaker.failed(now)
        admitted, failed_at = 0, now
        for step in steps:
            if step == "wait":
                now += 0.4
            elif step == "failed":
                breaker.failed(now)
                admitted, failed_at = 0, now
            elif step == "overdue":
                breaker.overdue()
            elif breaker.admits(now):
                admitted += 1
                assert now - failed_at >= 1.0
            assert admitted <= 1
            assert breaker.is_open
