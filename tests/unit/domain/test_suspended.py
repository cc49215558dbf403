"""A sender of whom nothing is admitted."""

from __future__ import annotations

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge, Decision, Reason, Verdict, judge
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

    @pytest.mark.parametrize("recipients", [(11,), (6, 6), (6, 6, 1)])
    def test_is_told_that_also_over_the_quota(
        self, recipients: tuple[int, ...]
    ) -> None:
        """To try again after the reset would be in vain."""
        counter = suspended(10)
        for message in messages(*recipients):
            judgement = judge(counter, message, at=NOON)
            counter = judgement.counter

        assert counter.over_quota
        assert judgement.decision.reason is Reason.SUSPENDED

    @pytest.mark.parametrize("quota", [0, 10])
    def test_is_told_the_same_when_asked_again(self, quota: int) -> None:
        """Whatever the message was blocked for at first."""
        (message,) = messages(3)
        counter = suspended(quota).charge(messages=1, recipients=3)

        judgement = judge(counter, message, at=NOON, earlier=Charge(3, Verdict.DEFER))

        expected = Decision(Verdict.DEFER, Reason.SUSPENDED, 3, quota, repeated=True)
        assert expected == judgement.decision
        assert counter == judgement.counter

    def test_keeps_what_was_admitted(self) -> None:
        """A message that passed before the suspension passes when asked again."""
        (message,) = messages(3)

        judgement = judge(
            suspended(10), message, at=NOON, earlier=Charge(3, Verdict.ACCEPT)
        )

        assert judgement.decision.verdict is Verdict.ACCEPT
        assert judgement.decision.reason is Reason.WITHIN_QUOTA

    def test_hears_of_the_quota_again_once_released(self) -> None:
        """The present state gives the reason, the message keeps its verdict."""
        (message,) = messages(3)
        counter = SenderCounter(ANNA, QuotaPolicy.of(10), 1, 3)

        judgement = judge(counter, message, at=NOON, earlier=Charge(3, Verdict.DEFER))

        assert judgement.decision.verdict is Verdict.DEFER
        assert judgement.decision.reason is Reason.OVER_QUOTA

    def test_has_no_warning(self) -> None:
        """That one says that mail still flows."""
        (message,) = messages(9)

        assert judge(suspended(10), message, at=NOON, warn_at=80).events == ()
