"""A message that is asked about more than once."""

from __future__ import annotations

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.ports import MessageRecord, Units
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.judge import JudgeSubmissions
from tests.unit.domain.strategies import messages
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON, HandClock


ANNA, BEN = "anna@example.com", "ben@example.com"


def judging(units: Units, *, quota: int = 3) -> JudgeSubmissions:
    return JudgeSubmissions(
        units=units, clock=HandClock(), newcomer=QuotaPolicy.of(quota)
    )


def reasons(decisions: list[Decision]) -> list[str]:
    return [decision.reason.name for decision in decisions]


class TestSameMessage:
    def test_is_charged_once_within_a_batch(self) -> None:
        """DATA and END-OF-MESSAGE of one message may meet in one batch."""
        store = MemoryStore()
        (message,) = messages(2)

        first, second = judging(store)([message, message])

        assert (first.repeated, second.repeated) == (False, True)
        policy = QuotaPolicy.of(3)
        assert SenderCounter(ANNA, policy, 1, 2, 1, 2) == store.counter(ANNA)
        assert (MessageRecord(message, first, NOON),) == store.records

    def test_is_charged_once_across_batches(self) -> None:
        """Nothing is written for a message that was charged before."""
        units = WatchedUnits()
        (message,) = messages(2)
        judge = judging(units)
        judge([message])
        units.calls.clear()

        (decision,) = judge([message])

        expected = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 2, 3, repeated=True)
        assert expected == decision
        assert units.calls == ["lock", "charges", "commit"]

    def test_that_grew_is_amended(self) -> None:
        """
        The log keeps one record of it, with the recipients and the verdict
        that it has in the end.
        """
        units = WatchedUnits()
        judge = judging(units)
        judge([Submission(ANNA, 2, "t", queue_id="Q")])
        units.calls.clear()

        (decision,) = judge([Submission(ANNA, 9, "t")])

        expected = ["lock", "charges", "save", "amend", "outbox.add", "commit"]
        assert expected == units.calls
        kept = Submission(ANNA, 9, "t", queue_id="Q")
        assert (MessageRecord(kept, decision, NOON),) == units.store.records

    def test_of_two_senders_is_two_messages(self) -> None:
        """A transaction is that of its sender."""
        decisions = judging(MemoryStore())(
            [Submission(ANNA, transaction="t"), Submission(BEN, transaction="t")]
        )

        assert [decision.repeated for decision in decisions] == [False, False]

    def test_is_not_known_without_a_transaction(self) -> None:
        """Who does not say which message it is about, is charged every time."""
        store = MemoryStore()
        unnamed = Submission(ANNA)
        judge = judging(store, quota=2)

        decisions = [*judge([unnamed, unnamed]), *judge([unnamed])]

        assert reasons(decisions) == [
            "WITHIN_QUOTA",
            "WITHIN_QUOTA",
            "QUOTA_LIMIT_REACHED",
        ]
        assert len(store.records) == 3
