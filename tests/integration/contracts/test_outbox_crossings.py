"""The outbox: an event exists exactly when the crossing does."""

from __future__ import annotations

from types import TracebackType
from typing import Any, cast

import attrs
import pytest

from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import StoreConflict
from rateguard.domain.events import QuotaReached
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.cleanup import ResetCounters
from rateguard.domain.usecases.judge import JudgeSubmissions
from tests.integration.contracts.acts import judging, mail, patiently, together
from tests.integration.contracts.outboxes import unfinished
from tests.integration.contracts.resetting import finish
from tests.integration.contracts.rig import (
    NOON,
    NOTIFIERS,
    SENDER,
    HandClock,
    StoreRig,
)


THREADS, CHARGES = 32, 25

OTHER = "ben@example.com"


class CutOff:
    """A unit of work that does not get as far as its commit."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def __enter__(self) -> UnitOfWork:
        self._unit.__enter__()
        return cast("UnitOfWork", self)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._unit.__exit__(exc_type, exc, traceback)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def commit(self) -> None:
        """Die."""
        raise ZeroDivisionError


def warning(rig: StoreRig, *, quota: int) -> JudgeSubmissions:
    """Return the use case that warns at 80 percent."""
    return attrs.evolve(judging(rig, quota=quota), warn_at=80)


def kinds(rig: StoreRig, notifier: str = "mail") -> list[str]:
    """Return the kinds of what waits, oldest first."""
    return [each.event.kind for each in unfinished(rig, notifier)][::-1]


class TestCrossing:
    def test_is_one_event(self, rig: StoreRig) -> None:
        """With the submission that crossed, the counter with it, and the time."""
        submission = attrs.evolve(mail("t2", recipients=2), queue_id="Q", login="Anna")
        judging(rig, quota=3)([mail("t1", recipients=2)])
        assert unfinished(rig) == []

        judging(rig, quota=3)([submission])
        judging(rig, quota=3)([mail("t3"), submission])

        counter = SenderCounter(SENDER, QuotaPolicy.of(3), 2, 4, 2, 4)
        expected = QuotaReached(submission, counter, NOON)
        for notifier in NOTIFIERS:
            (delivery,) = unfinished(rig, notifier)
            assert expected == delivery.event

    def test_of_each_sender_of_a_batch(self, rig: StoreRig) -> None:
        """In the order of the batch."""
        judge = warning(rig, quota=10)
        judge([mail("a", 8), mail("b", 11, OTHER), mail("c", 3)])

        found = [
            (each.event.kind, each.event.submission.sender) for each in unfinished(rig)
        ]
        assert found[::-1] == [
            ("quota_warning", SENDER),
            ("quota_reached", OTHER),
            ("quota_reached", SENDER),
        ]

    def test_again_in_the_next_period(self, rig: StoreRig) -> None:
        """After a reset there is a quota to reach again."""
        judge = warning(rig, quota=5)
        judge([mail("a", 4), mail("b", 4)])
        reset = ResetCounters(rig.units, HandClock())
        finish(reset, reset.begin(period_start=NOON))
        judge([mail("c", 4), mail("d", 4)])

        assert kinds(rig) == ["quota_warning", "quota_reached"] * 2

    def test_that_was_not_committed_has_no_event(self, rig: StoreRig) -> None:
        """
        Cut off before the commit there is neither charge nor event; asked
        about again, there are both, once.
        """
        judge = judging(rig, quota=0)
        cut_off = attrs.evolve(
            judge, units=lambda: cast("UnitOfWork", CutOff(rig.units()))
        )

        with pytest.raises(ZeroDivisionError):
            cut_off([mail("t")])
        assert (rig.counters(), unfinished(rig)) == ({}, [])

        judge([mail("t")])
        assert rig.counters()[SENDER].messages == 1
        assert kinds(rig) == ["quota_reached"]


class TestManyAtOnce:
    @pytest.mark.parametrize("warn_at", [0, 80])
    def test_have_one_event_of_each_kind(self, rig: StoreRig, warn_at: int) -> None:
        """
        32 threads with 25 messages each take their sender over the quota:
        exactly one crosses and, where it is wanted, exactly one is warned of,
        before it.
        """
        policy = QuotaPolicy.of(500)
        judge = JudgeSubmissions(rig.units, HandClock(), policy, warn_at=warn_at)
        conflicts: list[StoreConflict] = []

        def work() -> None:
            for _ in range(CHARGES):
                patiently(lambda: judge([mail()]), conflicts)

        together([work] * THREADS)

        assert rig.counters()[SENDER].messages == THREADS * CHARGES
        expected = {"quota_warning": 400, "quota_reached": 501}
        if not warn_at:
            del expected["quota_warning"]
        for notifier in NOTIFIERS:
            told = unfinished(rig, notifier)[::-1]
            assert expected == {
                each.event.kind: each.event.counter.messages for each in told
            }
            assert len(expected) == len(told)
