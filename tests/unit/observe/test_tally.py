"""What is counted of requests."""

from __future__ import annotations

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.observe.tally import NEWS_SECONDS, Tally
from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.events import NotificationTest, QuotaReached, QuotaWarning
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from tests.unit.doubles import NOON


@attrs.define
class Seconds:
    """A clock of seconds that the test sets."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return what was set."""
        return self.now


def told(*reasons: Reason) -> list[Decision]:
    return [Decision(Verdict.ACCEPT, reason) for reason in reasons]


def tallied(*reasons: Reason) -> Tally:
    tally = Tally()
    tally.answered(told(*reasons), [0.0] * len(reasons))
    return tally


RESULTS = {
    Reason.WITHIN_QUOTA: "accepted",
    Reason.OVER_QUOTA: "blocked",
    Reason.QUOTA_LIMIT_REACHED: "blocked",
    Reason.SUSPENDED: "blocked",
    Reason.STORE_UNAVAILABLE: "failed_open",
    Reason.DEADLINE_PASSED: "failed_open",
    Reason.INTERNAL_ERROR: "failed_open",
}


class TestResults:
    @pytest.mark.parametrize(("reason", "result"), RESULTS.items())
    def test_are_what_the_mail_server_was_told(
        self, reason: Reason, result: str
    ) -> None:
        """Each reason is one of three results."""
        expected = {"accepted": 0, "blocked": 0, "failed_open": 0, result: 1}

        assert expected == tallied(reason).results()

    def test_are_there_for_each_reason(self) -> None:
        """A new one has to be thought about here."""
        assert set(Reason) == set(RESULTS)

    @given(st.lists(st.sampled_from(Reason), max_size=60))
    def test_lose_none(self, reasons: list[Reason]) -> None:
        """Of a batch with any mixture."""
        tally = tallied(*reasons)

        assert {each: reasons.count(each) for each in Reason} == tally.reasons
        assert len(reasons) == sum(tally.results().values())

    def test_of_failing_open_have_a_reason(self) -> None:
        """Those that are our own fault, in words for a label."""
        tally = tallied(Reason.DEADLINE_PASSED, Reason.WITHIN_QUOTA)

        assert tally.faults() == {
            "store_unavailable": 0, "deadline_passed": 1, "internal_error": 0
        }  # fmt: skip


class TestTimes:
    def test_are_kept_apart(self) -> None:
        """What a mail server waits for, what the store takes, how many share it."""
        tally = Tally()
        tally.answered(told(Reason.WITHIN_QUOTA, Reason.OVER_QUOTA), [0.25, 0.5])
        tally.committed(2, 0.125)

        assert (0.75, 0.125, 2.0) == (
            tally.latency.sum, tally.commits.sum, tally.batches.sum
        )  # fmt: skip
        counts = [each.buckets()[-1][1] for each in (tally.latency, tally.commits)]
        assert counts == [2, 1]


class TestCrossings:
    def test_are_counted_by_kind(self) -> None:
        """A warning is not a crossing."""
        counter = SenderCounter("anna", QuotaPolicy.of(0), 1, 1, 1, 1)
        reached = QuotaReached(Submission("anna"), counter, NOON)
        warning = QuotaWarning(Submission("anna"), counter, NOON)
        tally = Tally()
        tally.crossed([reached, warning, reached])

        assert tally.crossings == {"quota_reached": 2, "quota_warning": 1}

    def test_are_no_tests(self) -> None:
        """Whatever event comes, counting does not fail."""
        counter = SenderCounter("anna", QuotaPolicy.of(0), 1, 1, 1, 1)
        tally = Tally()
        tally.crossed([NotificationTest(Submission("anna"), counter, NOON)])

        assert tally.crossings == {"quota_reached": 0, "quota_warning": 0}


class TestStore:
    @pytest.mark.parametrize(
        "reason", [Reason.STORE_UNAVAILABLE, Reason.DEADLINE_PASSED]
    )
    def test_is_down_when_requests_fail_for_its_sake(self, reason: Reason) -> None:
        """Until one is judged again."""
        tally = tallied(Reason.WITHIN_QUOTA, reason)
        assert not tally.store_judges()

        tally.committed(1, 0.001)
        assert tally.store_judges()

    def test_is_not_down_for_a_bug_of_ours(self) -> None:
        """Nor before anything was asked."""
        assert Tally().store_judges()
        assert tallied(Reason.INTERNAL_ERROR, Reason.OVER_QUOTA).store_judges()

    def test_is_not_said_to_be_down_for_ever(self) -> None:
        """A night without mail says nothing about the store."""
        clock = Seconds()
        tally = Tally(clock)
        tally.answered(told(Reason.STORE_UNAVAILABLE), [0.0])
        clock.now += NEWS_SECONDS
        assert not tally.store_judges()

        clock.now += 1
        assert tally.store_judges()
