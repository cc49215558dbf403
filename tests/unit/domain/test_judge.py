"""The rule, message by message."""

from __future__ import annotations

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Decision, Judgement, Reason, Verdict, judge
from rateguard.domain.events import QuotaReached
from rateguard.domain.quota import QuotaPolicy
from tests.unit.domain.strategies import messages, recipient_counts
from tests.unit.doubles import NOON


SENDER = "anna@example.com"

ACCEPTED = (Verdict.ACCEPT, Reason.WITHIN_QUOTA)
CROSSING = (Verdict.DEFER, Reason.QUOTA_LIMIT_REACHED)
BLOCKED = (Verdict.DEFER, Reason.OVER_QUOTA)


def newcomer(quota: int) -> SenderCounter:
    return SenderCounter(SENDER, QuotaPolicy.of(quota))


def judged(counter: SenderCounter, *recipients: int) -> list[Judgement]:
    """Judge one message after the other."""
    judgements = []
    for message in messages(*recipients):
        judgements.append(judge(counter, message, at=NOON))
        counter = judgements[-1].counter
    return judgements


def outcomes(judgements: list[Judgement]) -> list[tuple[Verdict, Reason]]:
    return [(each.decision.verdict, each.decision.reason) for each in judgements]


class TestQuota:
    @given(st.integers(0, 40))
    def test_of_n_admits_exactly_n_messages(self, quota: int) -> None:
        """The message after the last admitted one crosses and is itself blocked."""
        judgements = judged(newcomer(quota), *[1] * (quota + 3))

        expected = [*[ACCEPTED] * quota, CROSSING, BLOCKED, BLOCKED]
        assert expected == outcomes(judgements)

    @pytest.mark.parametrize(
        ("recipients", "expected"),
        [
            ((10, 1), [ACCEPTED, CROSSING]),
            ((9, 1, 1), [ACCEPTED, ACCEPTED, CROSSING]),
            ((9, 2), [ACCEPTED, CROSSING]),
            ((11,), [CROSSING]),
            ((11, 1), [CROSSING, BLOCKED]),
            ((4294967295,), [CROSSING]),
        ],
    )
    def test_of_ten_admits_exactly_ten_recipients(
        self, recipients: tuple[int, ...], expected: list[tuple[Verdict, Reason]]
    ) -> None:
        """A message whose recipients do not all fit is blocked as a whole."""
        assert expected == outcomes(judged(newcomer(10), *recipients))

    def test_of_zero_blocks_all(self) -> None:
        """The first message already crosses."""
        expected = [CROSSING, BLOCKED]
        assert expected == outcomes(judged(newcomer(0), 1, 1))

    @given(st.integers(0, 60), st.lists(st.integers(1, 9), max_size=30))
    def test_admits_while_messages_and_recipients_fit(
        self, quota: int, recipients: list[int]
    ) -> None:
        """For any sequence: accepted as long as neither sum exceeds the quota."""
        fits = [
            sum(recipients[:count]) <= quota and count <= quota
            for count in range(1, len(recipients) + 1)
        ]

        accepted = [
            judgement.decision.verdict is Verdict.ACCEPT
            for judgement in judged(newcomer(quota), *recipients)
        ]
        assert fits == accepted


class TestCounting:
    @given(st.integers(0, 20), st.lists(recipient_counts, max_size=20))
    def test_goes_on_while_blocked(self, quota: int, recipients: list[int]) -> None:
        """
        Every message is counted, admitted or not, so that the operator sees
        that a sender keeps trying.
        """
        counter = newcomer(quota)
        for judgement in judged(counter, *recipients):
            counter = judgement.counter

        used = min(4294967295, sum(recipients))
        count = len(recipients)
        policy = QuotaPolicy.of(quota)
        assert SenderCounter(SENDER, policy, count, used, count, used) == counter

    def test_is_told(self) -> None:
        """A decision shows the recipients counted so far and the quota."""
        first, second = judged(newcomer(5), 4, 3)

        expected = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 4, 5)
        assert expected == first.decision
        expected = Decision(Verdict.DEFER, Reason.QUOTA_LIMIT_REACHED, 7, 5)
        assert expected == second.decision


class TestCrossing:
    @given(st.integers(0, 60), st.lists(recipient_counts, max_size=30))
    def test_happens_once(self, quota: int, recipients: list[int]) -> None:
        """Of any sequence exactly the first blocked message has the event."""
        judgements = judged(newcomer(quota), *recipients)

        blocked = [each for each in judgements if not _accepted(each)]
        assert blocked[:1] == [each for each in judgements if each.events]
        assert [CROSSING] * len(blocked[:1]) == outcomes(blocked[:1])
        assert [BLOCKED] * len(blocked[1:]) == outcomes(blocked[1:])

    def test_tells_which_message_and_what_was_used(self) -> None:
        """The event has the submission, the counter with it, and the time."""
        (judgement,) = judged(newcomer(0), 3)

        (message,) = messages(3)
        charged = newcomer(0).charge(messages=1, recipients=3)
        assert (QuotaReached(message, charged, NOON),) == judgement.events

    @given(
        st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=30),
    )
    def test_is_seen_by_comparing_before_with_after(
        self, steps: list[tuple[int, int]]
    ) -> None:
        """
        Also when an operator changes the quota between any two messages: a
        message crosses if the sender was within the quota before, and is not
        with it.
        """
        counter = newcomer(0)
        for quota, recipients in steps:
            before = attrs.evolve(counter, policy=QuotaPolicy.of(quota))
            (judgement,) = judged(before, recipients)
            counter = judgement.counter
            crossed = counter.over_quota and not before.over_quota
            assert crossed == bool(judgement.events)
            assert counter.over_quota == (not _accepted(judgement))
            assert before.policy == counter.policy

    def test_may_come_again_after_the_quota_was_raised(self) -> None:
        """A raised quota admits at once and is crossed in its turn."""
        used = judged(newcomer(1), 1, 1)[-1].counter
        raised = attrs.evolve(used, policy=QuotaPolicy(quota=3, quota_reset=1))

        expected = [ACCEPTED, CROSSING]
        assert expected == outcomes(judged(raised, 1, 1))

    def test_is_not_that_of_a_sender_whose_quota_was_lowered(self) -> None:
        """Nobody crosses a line that was drawn behind them."""
        used = judged(newcomer(9), 5)[-1].counter
        lowered = attrs.evolve(used, policy=QuotaPolicy(quota=3, quota_reset=9))

        expected = [BLOCKED]
        assert expected == outcomes(judged(lowered, 1))


def _accepted(judgement: Judgement) -> bool:
    return judgement.decision.verdict is Verdict.ACCEPT
