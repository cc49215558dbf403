"""What a sender has used, and what it may."""

from __future__ import annotations

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.counter import COUNTER_MAX, SenderCounter
from rateguard.domain.quota import QuotaPolicy
from tests.unit.domain.strategies import counts, policies


SENDER = "anna@example.com"

charges = st.tuples(counts, counts)
resets = st.none()


@attrs.define
class _Model:
    """The same in plain numbers that know no bound."""

    policy: QuotaPolicy
    messages: int = 0
    recipients: int = 0
    messages_total: int = 0
    recipients_total: int = 0

    def charge(self, messages: int, recipients: int) -> None:
        self.messages += messages
        self.recipients += recipients
        self.messages_total += messages
        self.recipients_total += recipients

    def reset(self) -> None:
        self.messages = self.recipients = 0
        if not self.policy.locked:
            self.policy = QuotaPolicy(
                self.policy.quota_reset, self.policy.quota_reset, self.policy.locked
            )

    def counter(self) -> SenderCounter:
        used = (
            self.messages,
            self.recipients,
            self.messages_total,
            self.recipients_total,
        )
        return SenderCounter(
            SENDER, self.policy, *(min(4294967295, count) for count in used)
        )


class TestSenderCounter:
    @given(policies, st.lists(charges | resets, max_size=30))
    def test_adds_up(
        self, policy: QuotaPolicy, steps: list[tuple[int, int] | None]
    ) -> None:
        """
        After any sequence of charges and resets the counter shows the sums
        since the last reset and the totals, each at most 4294967295.
        """
        counter, model = SenderCounter(SENDER, policy), _Model(policy)
        for step in steps:
            if step is None:
                counter = counter.reset()
                model.reset()
            else:
                counter = counter.charge(messages=step[0], recipients=step[1])
                model.charge(*step)
            assert model.counter() == counter

    @pytest.mark.parametrize(
        ("used", "quota", "percent"), [(2, 3, 66), (5, 2, 250), (1, 0, 100), (0, 0, 0)]
    )
    def test_has_used_a_share(self, used: int, quota: int, percent: int) -> None:
        """
        In percent, rounded down, by messages or recipients, the larger; a quota of 0
        is used up once anything was asked.
        """
        policy = QuotaPolicy.of(quota)

        for counter in (
            SenderCounter(SENDER, policy, used, used // 2),
            SenderCounter(SENDER, policy, used // 2, used),
        ):
            assert (used, percent) == (counter.used, counter.share)

    def test_saturates_instead_of_overflowing(self) -> None:
        """The unsigned columns hold 4294967295 and no more."""
        full = SenderCounter(SENDER, QuotaPolicy.of(1), *[COUNTER_MAX - 1] * 4)
        expected = SenderCounter(SENDER, QuotaPolicy.of(1), *[4294967295] * 4)

        assert expected == full.charge(messages=1, recipients=1)
        assert expected == full.charge(messages=2, recipients=COUNTER_MAX)

    @pytest.mark.parametrize("full", range(4))
    def test_saturates_each_count_by_itself(self, full: int) -> None:
        """One that is full stays so; the others count on."""
        used = [COUNTER_MAX if number == full else 5 for number in range(4)]
        expected = [COUNTER_MAX if number == full else 6 for number in range(4)]

        counter = SenderCounter(SENDER, QuotaPolicy.of(1), *used)

        after = counter.charge(messages=1, recipients=1)
        assert SenderCounter(SENDER, QuotaPolicy.of(1), *expected) == after

    @given(counts, counts, counts)
    def test_is_over_quota_above_it(
        self, quota: int, messages: int, recipients: int
    ) -> None:
        """Over means more than the quota, of messages or of recipients."""
        counter = SenderCounter(SENDER, QuotaPolicy.of(quota), messages, recipients)

        assert (max(messages, recipients) > quota) == counter.over_quota

    def test_is_not_over_quota_because_of_totals(self) -> None:
        """What was used before the last reset is forgiven."""
        counter = SenderCounter(SENDER, QuotaPolicy.of(2), 2, 2, 99, 99)

        assert not counter.over_quota


class TestQuotaPolicy:
    def test_of_a_newcomer_comes_back_at_each_reset(self) -> None:
        """A new sender's quota is its quota_reset, and nothing is locked."""
        assert QuotaPolicy(quota=7, quota_reset=7, locked=False) == QuotaPolicy.of(7)

    @given(counts, counts)
    def test_becomes_quota_reset(self, quota: int, quota_reset: int) -> None:
        """What an operator raised for a day is taken back by the reset."""
        expected = QuotaPolicy(quota_reset, quota_reset)

        assert expected == QuotaPolicy(quota, quota_reset).after_reset()

    @given(counts, counts)
    def test_stays_where_it_is_locked(self, quota: int, quota_reset: int) -> None:
        """The reset leaves a locked quota alone."""
        policy = QuotaPolicy(quota, quota_reset, locked=True)

        assert policy == policy.after_reset()
