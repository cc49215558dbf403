"""A sender of whom nothing is admitted."""

from __future__ import annotations

import attrs

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Reason, Verdict, judge
from rateguard.domain.quota import QuotaPolicy
from tests.unit.domain.strategies import messages
from tests.unit.doubles import NOON


ANNA = "anna@example.com"

recipient_lists = st.lists(st.integers(1, 9), max_size=30)


def suspended(quota: int) -> SenderCounter:
    return SenderCounter(ANNA, QuotaPolicy(quota, quota, suspended=True))


class TestSuspended:
    def test_is_deferred_within_the_quota(self) -> None:
        """And told why."""
        (message,) = messages(3)

        judgement = judge(suspended(10), message, at=NOON)

        assert judgement.decision.verdict is Verdict.DEFER
        assert judgement.decision.reason is Reason.SUSPENDED
        assert (judgement.decision.recipients, judgement.decision.quota) == (3, 10)

    @given(st.integers(0, 40), recipient_lists)
    def test_is_charged_and_told_like_the_others(
        self, quota: int, recipients: list[int]
    ) -> None:
        """The same counters and the same crossing, and nothing admitted."""
        held, free = suspended(quota), SenderCounter(ANNA, QuotaPolicy.of(quota))
        for message in messages(*recipients):
            judged = judge(held, message, at=NOON)
            other = judge(free, message, at=NOON)
            held, free = judged.counter, other.counter
            assert judged.decision.verdict is Verdict.DEFER
            assert [type(each) for each in judged.events] == [
                type(each) for each in other.events
            ]
        assert attrs.evolve(held, policy=free.policy) == free

    def test_has_no_warning(self) -> None:
        """That one says that mail still flows."""
        (message,) = messages(9)

        assert judge(suspended(10), message, at=NOON, warn_at=80).events == ()
