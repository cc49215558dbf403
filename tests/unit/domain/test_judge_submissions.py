"""A batch in one unit of work."""

from __future__ import annotations

import datetime as dt

import pytest

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.errors import StoreConflict, StoreUnavailable
from rateguard.domain.ports import MessageRecord, Units
from rateguard.domain.quota import QuotaPolicy
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


class TestBatch:
    def test_is_charged_in_its_order(self) -> None:
        """
        Decision i belongs to submission i, and who comes first is served
        first, senders apart from each other.
        """
        annas, bens = messages(2, 2, 1, sender=ANNA), messages(3, sender=BEN)
        judge = judging(MemoryStore())

        decisions = judge([annas[0], bens[0], annas[1], annas[2]])

        expected = [
            Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 2, 3),
            Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 3, 3),
            Decision(Verdict.DEFER, Reason.QUOTA_LIMIT_REACHED, 4, 3),
            Decision(Verdict.DEFER, Reason.OVER_QUOTA, 5, 3),
        ]
        assert expected == decisions

    def test_is_kept(self) -> None:
        """When the call returns, counters and messages are in the store."""
        store = MemoryStore()
        annas = messages(2, 2, sender=ANNA)

        first, second = judging(store)(annas)

        policy = QuotaPolicy.of(3)
        assert SenderCounter(ANNA, policy, 2, 4, 2, 4) == store.counter(ANNA)
        expected = (
            MessageRecord(annas[0], first, NOON),
            MessageRecord(annas[1], second, NOON),
        )
        assert expected == store.records

    def test_gives_newcomers_the_default_and_others_their_own(self) -> None:
        """
        A sender's first message creates its counter with the default quota;
        what the operator sets later holds from the next message on.
        """
        store = MemoryStore()
        judge = judging(store, quota=0)
        judge(messages(1, sender=ANNA))
        store.set_policy(ANNA, QuotaPolicy(2, 5, locked=True))

        decisions = judge(
            [*messages(1, sender=ANNA, start=1), *messages(1, sender=BEN)]
        )

        assert reasons(decisions) == ["WITHIN_QUOTA", "QUOTA_LIMIT_REACHED"]
        counter = store.counter(ANNA)
        assert counter is not None
        assert QuotaPolicy(2, 5, locked=True) == counter.policy

    def test_is_dated_by_the_clock(self) -> None:
        """The time is injected, and is one for the whole batch."""
        store, clock = MemoryStore(), HandClock(NOON + dt.timedelta(days=1))
        judge = JudgeSubmissions(store, clock, QuotaPolicy.of(3))

        judge(messages(1, 1))

        expected = [clock.time, clock.time]
        assert expected == [record.at for record in store.records]

    def test_asks_the_store_a_constant_number_of_times(self) -> None:
        """What a batch costs does not grow with it; the lock comes first."""
        units = WatchedUnits()

        judging(units)([*messages(*[1] * 9), *messages(1, 1, sender=BEN)])

        expected = ["lock", "charges", "save", "add", "outbox.add", "commit"]
        assert expected == units.calls


class TestFailure:
    @pytest.mark.parametrize("call", ["lock", "charges", "save", "add", "commit"])
    @pytest.mark.parametrize("fault", [StoreConflict(), StoreUnavailable()], ids=repr)
    def test_keeps_nothing(self, call: str, fault: Exception) -> None:
        """
        Wherever a unit fails, all of the batch is lost with it, the error is
        told, and the batch can be judged again.
        """
        units = WatchedUnits(failing=call, fault=fault)
        batch = [*messages(2), *messages(1, sender=BEN)]

        with pytest.raises(type(fault)):
            judging(units)(batch)

        assert [units.store.counter(who) for who in (ANNA, BEN)] == [None, None]
        assert units.store.records == ()
        expected = ["WITHIN_QUOTA", "WITHIN_QUOTA"]
        assert expected == reasons(judging(units.store)(batch))
