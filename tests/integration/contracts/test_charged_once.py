"""A message is charged once, however often it is asked about."""

from __future__ import annotations

from rateguard.domain.decision import Decision, Reason, Verdict
from tests.integration.contracts.acts import judging, mail, together
from tests.integration.contracts.rig import (
    NOON,
    SENDER,
    HandClock,
    KeptMessage,
    StoreRig,
)


def charged(rig: StoreRig, sender: str = SENDER) -> tuple[int, int]:
    """Return messages and recipients that were charged; the totals are the same."""
    counter = rig.counters()[sender]
    assert (counter.messages, counter.recipients) == (
        counter.messages_total,
        counter.recipients_total,
    )
    return counter.messages, counter.recipients


class TestAskedAgain:
    def test_in_a_later_unit(self, rig: StoreRig) -> None:
        """The second question charges nothing and gets the first answer."""
        judge = judging(rig)
        judge([mail("t", recipients=3)])

        again = judge([mail("t", recipients=3)])

        assert again == [
            Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 3, 1000, repeated=True)
        ]
        assert charged(rig) == (1, 3)
        assert len(rig.messages()) == 1

    def test_a_blocked_message_stays_blocked(self, rig: StoreRig) -> None:
        """
        The verdict stands, also when a later message or the operator changed
        what would be said today.
        """
        judge = judging(rig, quota=2)
        judge([mail("accepted", recipients=2)])
        judge([mail("crossing")])

        again = judge([mail("crossing"), mail("accepted", recipients=2)])

        assert [(decision.verdict, decision.repeated) for decision in again] == [
            (Verdict.DEFER, True),
            (Verdict.ACCEPT, True),
        ]
        assert charged(rig) == (2, 3)

    def test_in_the_same_batch(self, rig: StoreRig) -> None:
        """Two questions in one batch are one message."""
        decisions = judging(rig)([mail("t", recipients=3)] * 3)

        assert [decision.repeated for decision in decisions] == [False, True, True]
        assert charged(rig) == (1, 3)
        assert len(rig.messages()) == 1

    def test_by_many_at_once(self, rig: StoreRig) -> None:
        """Of questions asked at the same time exactly one is charged."""
        judge = judging(rig)
        judge([mail()])

        decisions = together([lambda: judge([mail("t", recipients=3)])] * 8)

        assert sum(not decision.repeated for (decision,) in decisions) == 1
        assert charged(rig) == (2, 4)
        assert len(rig.messages()) == 2

    def test_without_a_transaction(self, rig: StoreRig) -> None:
        """A message that cannot be recognised is charged each time."""
        judge = judging(rig)
        judge([mail("", recipients=2)] * 2)
        judge([mail("", recipients=2)])

        assert charged(rig) == (3, 6)
        assert len(rig.messages()) == 3

    def test_of_two_senders(self, rig: StoreRig) -> None:
        """
        The same transaction of two senders are two messages, in one batch as
        in two.
        """
        judge = judging(rig)
        judge([mail("t"), mail("t", sender="b@example.com")])
        judge([mail("t", sender="c@example.com"), mail("t", sender="b@example.com")])

        for sender in (SENDER, "b@example.com", "c@example.com"):
            assert charged(rig, sender) == (1, 1)


class TestGrown:
    def test_only_the_difference_is_charged(self, rig: StoreRig) -> None:
        """Recipients that came since are charged, and the log shows all of them."""
        judge = judging(rig)
        judge([mail("t", recipients=3)])

        (grown,) = judge([mail("t", recipients=10)])

        assert grown == Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 10, 1000)
        assert charged(rig) == (1, 10)
        assert rig.messages() == [
            KeptMessage.of(mail("t", recipients=10), Verdict.ACCEPT, NOON)
        ]

    def test_across_the_quota(self, rig: StoreRig) -> None:
        """
        Recipients that come after an admission can cross the quota; then the
        message is blocked, and stays so.
        """
        clock = HandClock()
        judge = judging(rig, clock, quota=5)
        judge([mail("t", recipients=3)])
        clock.pass_by(minutes=1)

        (grown,) = judge([mail("t", recipients=6)])
        (again,) = judge([mail("t", recipients=6)])

        assert grown.reason is Reason.QUOTA_LIMIT_REACHED
        assert (again.verdict, again.repeated) == (Verdict.DEFER, True)
        assert rig.messages() == [
            KeptMessage.of(mail("t", recipients=6), Verdict.DEFER, NOON)
        ]

    def test_in_the_same_batch(self, rig: StoreRig) -> None:
        """A message that grows within a batch is one message, new or known."""
        judge = judging(rig)
        judge([mail("known", recipients=1)])
        judge([mail("known", 2), mail("new", 3), mail("known", 4), mail("new", 5)])

        assert charged(rig) == (2, 9)
        assert {kept.transaction: kept.recipients for kept in rig.messages()} == {
            "known": 4,
            "new": 5,
        }

    def test_shrunk_is_nothing_new(self, rig: StoreRig) -> None:
        """A message that lost recipients is neither charged nor given back."""
        judge = judging(rig)
        judge([mail("t", recipients=5)])
        judge([mail("t", recipients=2)])

        assert charged(rig) == (1, 5)
        assert [kept.recipients for kept in rig.messages()] == [5]
