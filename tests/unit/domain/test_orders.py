"""What an operator may do to a sender."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.counter import COUNTER_MAX, SenderCounter
from rateguard.domain.errors import OrderRefused
from rateguard.domain.orders import (
    LOCK_QUOTA,
    RELEASE,
    SUSPEND,
    UNLOCK_QUOTA,
    Order,
    RaiseBy,
    RaiseQuota,
    ResetNow,
    SetQuota,
    TakeOver,
)
from rateguard.domain.quota import QuotaPolicy, Raise
from tests.unit.domain.strategies import counts
from tests.unit.doubles import NOON


HOUR = dt.timedelta(hours=1)
ANNA = SenderCounter("anna@example.com", QuotaPolicy(10, 20), 3, 4, 5, 6)

counters = st.builds(
    SenderCounter,
    st.just("anna@example.com"),
    st.builds(
        QuotaPolicy,
        counts,
        counts,
        st.booleans(),
        st.booleans(),
        st.none() | st.builds(Raise, counts),
    ),
    *[counts] * 4,
)


def policy_after(order: Order, counter: SenderCounter = ANNA) -> QuotaPolicy:
    """Return the policy after an order that leaves the counts alone."""
    after = order.apply(counter, NOON)
    assert attrs.evolve(after, policy=counter.policy) == counter
    return after.policy


class TestOrders:
    @pytest.mark.parametrize(
        ("order", "policy"),
        [
            (SetQuota(50), QuotaPolicy(50, 50)),
            (SetQuota(0), QuotaPolicy(0, 0)),
            (RaiseQuota(11), QuotaPolicy(10, 20, raised=Raise(11))),
            (
                RaiseQuota(11, NOON + HOUR),
                QuotaPolicy(10, 20, raised=Raise(11, NOON + HOUR)),
            ),
            (LOCK_QUOTA, QuotaPolicy(10, 20, locked=True)),
            (SUSPEND, QuotaPolicy(10, 20, suspended=True)),
        ],
    )
    def test_change_this_of_the_policy(self, order: Order, policy: QuotaPolicy) -> None:
        """And nothing else."""
        assert policy == policy_after(order)

    @given(counters)
    def test_are_taken_back_by_others(self, counter: SenderCounter) -> None:
        """Unlock and release."""
        locked = LOCK_QUOTA.apply(counter, NOON)
        assert not policy_after(UNLOCK_QUOTA, locked).locked
        held = SUSPEND.apply(counter, NOON)
        assert not policy_after(RELEASE, held).suspended

    @given(counters)
    def test_start_over_is_a_reset_of_one(self, counter: SenderCounter) -> None:
        """As the nightly one is of all."""
        assert counter.reset() == ResetNow().apply(counter, NOON)

    @given(counters, counts)
    def test_set_ends_a_raise(self, counter: SenderCounter, quota: int) -> None:
        """Or the new quota would not be seen."""
        after = SetQuota(quota).apply(counter, NOON)

        assert quota == after.policy.in_force(NOON).quota


class TestRaiseBy:
    @given(counters, st.integers(1, COUNTER_MAX))
    def test_admits_so_many_more(self, counter: SenderCounter, more: int) -> None:
        """Than are counted, messages or recipients; unless this is not a raise."""
        used = max(counter.messages, counter.recipients)
        quota = counter.policy.in_force(NOON).quota
        try:
            policy = RaiseBy(more).apply(counter, NOON).policy
        except OrderRefused:
            kept = counter.policy.quota
            assert used + more <= max(quota, kept) or used + more > COUNTER_MAX
        else:
            assert used + more > quota
            assert attrs.evolve(counter.policy, raised=Raise(used + more)) == policy

    def test_has_an_end(self) -> None:
        """As another raise."""
        expected = QuotaPolicy(10, 20, raised=Raise(4 + 100, NOON + HOUR))

        assert expected == policy_after(RaiseBy(100, NOON + HOUR))

    def test_is_no_raise_within_the_quota_in_force(self) -> None:
        """It says how many are admitted already."""
        with pytest.raises(OrderRefused, match="admits 6 more already"):
            RaiseBy(6).apply(ANNA, NOON)

        assert Raise(11) == policy_after(RaiseBy(7)).raised

    def test_is_held_against_a_raise_that_holds(self) -> None:
        """Nor would it lower one."""
        raised = attrs.evolve(ANNA, policy=QuotaPolicy(10, 20, raised=Raise(50)))

        with pytest.raises(OrderRefused, match="admits 46 more already"):
            RaiseBy(46).apply(raised, NOON)


class TestRefused:
    @pytest.mark.parametrize(
        "order",
        [
            SetQuota(-1),
            SetQuota(COUNTER_MAX + 1),
            RaiseQuota(COUNTER_MAX + 1),
            RaiseQuota(11, NOON),
            RaiseQuota(10),
            RaiseBy(COUNTER_MAX),
            RaiseBy(100, NOON),
        ],
    )
    def test_is_what_makes_no_sense(self, order: Order) -> None:
        """A quota that no column keeps, an end in the past, a raise that is none."""
        with pytest.raises(OrderRefused):
            order.apply(ANNA, NOON)


class TestTakeOver:
    def test_of_a_quota_counts_nothing(self) -> None:
        """What the other program did not count is not charged."""
        newcomer = SenderCounter("anna@example.com", QuotaPolicy.of(10))

        after = TakeOver(50).apply(newcomer, NOON)

        assert SenderCounter("anna@example.com", QuotaPolicy.of(50)) == after

    @given(counters, counts, counts)
    def test_never_lowers(
        self, counter: SenderCounter, messages: int, recipients: int
    ) -> None:
        """And done again it changes nothing."""
        order = TakeOver(None, messages, recipients)
        after = order.apply(counter, NOON)

        assert (
            max(counter.messages, messages),
            max(counter.recipients, recipients),
        ) == (
            after.messages,
            after.recipients,
        )
        assert after.messages_total >= max(after.messages, counter.messages_total)
        assert after == order.apply(after, NOON)
        assert after.policy == counter.policy
