"""The rule for a message that is asked about again."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge, Decision, Reason, Verdict, judge
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from tests.unit.doubles import NOON


SENDER = "anna@example.com"


def used(recipients: int, *, quota: int) -> SenderCounter:
    """Return the counter after one message."""
    counter = SenderCounter(SENDER, QuotaPolicy.of(quota))
    return counter.charge(messages=1, recipients=recipients)


class TestRepeat:
    @pytest.mark.parametrize(
        ("verdict", "reason"),
        [
            (Verdict.ACCEPT, Reason.WITHIN_QUOTA),
            (Verdict.DEFER, Reason.OVER_QUOTA),
        ],
    )
    @given(st.integers(1, 9), st.integers(0, 8), st.integers(0, 20))
    def test_is_not_charged_and_its_verdict_stands(
        self, verdict: Verdict, reason: Reason, told: int, fewer: int, quota: int
    ) -> None:
        """
        The same message with no more recipients than before costs nothing,
        crosses nothing, and hears what it heard, whatever the quota is now.
        """
        counter = used(9, quota=quota)
        again = Submission(SENDER, max(1, told - fewer), "t")

        judgement = judge(counter, again, at=NOON, earlier=Charge(told, verdict))

        expected = Decision(verdict, reason, 9, quota, repeated=True)
        assert expected == judgement.decision
        assert counter == judgement.counter
        assert judgement.events == ()


class TestGrowth:
    @pytest.mark.parametrize("verdict", list(Verdict))
    def test_is_charged_and_judged_anew(self, verdict: Verdict) -> None:
        """Only the recipients that came on top are charged, and no message."""
        counter = used(3, quota=5)
        grown = Submission(SENDER, 5, "t")

        judgement = judge(counter, grown, at=NOON, earlier=Charge(3, verdict))

        expected = SenderCounter(SENDER, QuotaPolicy.of(5), 1, 5, 1, 5)
        assert expected == judgement.counter
        expected_decision = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 5, 5)
        assert expected_decision == judgement.decision

    def test_over_the_quota_is_blocked(self) -> None:
        """Nobody gets recipients in behind an earlier answer."""
        counter = used(3, quota=5)
        grown = Submission(SENDER, 6, "t")

        judgement = judge(counter, grown, at=NOON, earlier=Charge(3, Verdict.ACCEPT))

        expected = Decision(Verdict.DEFER, Reason.QUOTA_LIMIT_REACHED, 6, 5)
        assert expected == judgement.decision
        assert [grown] == [event.submission for event in judgement.events]

    def test_of_a_blocked_message_crosses_nothing_again(self) -> None:
        """A sender that was over the quota already had its crossing."""
        grown = Submission(SENDER, 9, "t")

        judgement = judge(
            used(6, quota=5), grown, at=NOON, earlier=Charge(6, Verdict.DEFER)
        )

        assert Reason.OVER_QUOTA is judgement.decision.reason
        assert judgement.events == ()

    @given(st.integers(0, 40), st.lists(st.integers(1, 40), min_size=1, max_size=10))
    def test_however_often_asked_costs_the_most_recipients_once(
        self, quota: int, asked: list[int]
    ) -> None:
        """
        Any number of questions about one message charge one message, the
        largest number of recipients, and cross at most once.
        """
        counter = SenderCounter(SENDER, QuotaPolicy.of(quota))
        earlier, crossings = None, 0
        for recipients in asked:
            submission = Submission(SENDER, recipients, "t")
            judgement = judge(counter, submission, at=NOON, earlier=earlier)
            counter = judgement.counter
            crossings += len(judgement.events)
            if not judgement.decision.repeated:
                earlier = Charge(recipients, judgement.decision.verdict)

        most = max(asked)
        policy = QuotaPolicy.of(quota)
        assert SenderCounter(SENDER, policy, 1, most, 1, most) == counter
        assert (1 if counter.over_quota else 0) == crossings
