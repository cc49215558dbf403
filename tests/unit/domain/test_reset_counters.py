"""The start of a new period."""

from __future__ import annotations

import datetime as dt

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import StoreConflict
from rateguard.domain.ports import ResetRun, Units
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.cleanup import ResetCounters
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON, HandClock


MIDNIGHT = NOON.replace(hour=0)


def filled(senders: int, policy: QuotaPolicy | None = None) -> MemoryStore:
    """Return a store in which every sender has used something."""
    store = MemoryStore()
    with store() as unit:
        names = [f"sender{number}" for number in range(senders)]
        default = policy or QuotaPolicy.of(9)
        counters = unit.counters.lock(names, default=default, at=NOON)
        unit.counters.save(
            [each.charge(messages=1, recipients=4) for each in counters.values()],
            at=NOON,
        )
        unit.commit()
    return store


def resetting(
    units: Units, *, chunk: int = 2, clock: HandClock | None = None
) -> ResetCounters:
    return ResetCounters(units, clock or HandClock(), chunk)


def finished(reset: ResetCounters, run: ResetRun) -> ResetRun:
    while run.finished_at is None:
        run = reset.step(run)
    return run


def messages_of(store: MemoryStore, senders: int) -> list[int]:
    found = (store.counter(f"sender{number}") for number in range(senders))
    return [counter.messages for counter in found if counter]


class TestBegin:
    def test_is_kept_before_a_counter_is_reset(self) -> None:
        """Who is cut off right after it has begun goes on with the same run."""
        store = filled(1)
        begun = resetting(store).begin(period_start=MIDNIGHT)

        with store() as unit:
            assert begun == unit.resets.latest()


class TestReset:
    @given(st.integers(0, 9), st.integers(1, 5))
    def test_reaches_every_sender_once(self, senders: int, chunk: int) -> None:
        """
        However many senders and however large the chunk: what was used since
        the last reset is forgotten, totals stay.
        """
        store = filled(senders)
        reset = resetting(store, chunk=chunk)

        run = finished(reset, reset.begin(period_start=MIDNIGHT))

        assert (senders, NOON) == (run.position, run.finished_at)
        policy = QuotaPolicy.of(9)
        for number in range(senders):
            sender = f"sender{number}"
            expected = SenderCounter(sender, policy, 0, 0, 1, 4)
            assert expected == store.counter(sender)

    def test_does_one_chunk_a_step(self) -> None:
        """No decision waits for more than a chunk."""
        store = filled(5)
        reset = resetting(store, chunk=2)

        run = reset.step(reset.begin(period_start=MIDNIGHT))

        assert (run.position, run.finished_at) == (2, None)
        assert messages_of(store, 5) == [0, 0, 1, 1, 1]

    @pytest.mark.parametrize(("locked", "quota"), [(False, 3), (True, 8)])
    def test_gives_the_quota_back(self, locked: bool, quota: int) -> None:
        """Quota = quota_reset, unless the operator locked it."""
        store = filled(1, QuotaPolicy(8, 3, locked))
        reset = resetting(store)

        finished(reset, reset.begin(period_start=MIDNIGHT))

        counter = store.counter("sender0")
        assert counter is not None
        assert QuotaPolicy(quota, 3, locked) == counter.policy


class TestRunThatWasCutOff:
    def test_is_finished_by_the_next(self) -> None:
        """
        The next run of the same period goes on where it stopped: what was
        used since, by senders already reset, is not forgiven.
        """
        store = filled(3)
        reset = resetting(store, chunk=1)
        cut_off = reset.step(reset.begin(period_start=MIDNIGHT))
        with store() as unit:
            (counter,) = unit.counters.lock(
                ["sender0"], default=QuotaPolicy.of(9), at=NOON
            ).values()
            unit.counters.save([counter.charge(messages=7, recipients=7)], at=NOON)
            unit.commit()

        resumed = reset.begin(period_start=MIDNIGHT)
        finished(reset, resumed)

        assert cut_off == resumed
        assert messages_of(store, 3) == [7, 0, 0]

    def test_is_of_the_period_at_whose_start_it_began(self) -> None:
        """A timer may ring at midnight to the microsecond."""
        reset = resetting(filled(3), chunk=1, clock=HandClock(MIDNIGHT))
        cut_off = reset.step(reset.begin(period_start=MIDNIGHT))

        assert cut_off == reset.begin(period_start=MIDNIGHT)

    def test_is_dropped_in_the_next_period(self) -> None:
        """What yesterday did not reset, today's run resets from the beginning."""
        store, clock = filled(3), HandClock()
        reset = resetting(store, chunk=1, clock=clock)
        yesterdays = reset.step(reset.begin(period_start=MIDNIGHT))
        clock.time += dt.timedelta(days=1)

        run = reset.begin(period_start=MIDNIGHT + dt.timedelta(days=1))

        assert (0, clock.time) == (run.position, run.started_at)
        assert yesterdays.id != run.id

    def test_that_had_ended_is_not_gone_on_with(self) -> None:
        """A second run on one day is a run of its own: somebody wants it."""
        store = filled(1)
        reset = resetting(store)
        first = finished(reset, reset.begin(period_start=MIDNIGHT))

        second = reset.begin(period_start=MIDNIGHT)

        assert (second.position, second.finished_at) == (0, None)
        assert first.id != second.id

    @pytest.mark.parametrize("call", ["reset_chunk", "advance", "commit"])
    def test_keeps_chunk_and_position_together(self, call: str) -> None:
        """A step that fails changes nothing and can be repeated."""
        store = filled(2)
        run = resetting(store).begin(period_start=MIDNIGHT)
        failing = WatchedUnits(store, failing=call, fault=StoreConflict())

        with pytest.raises(StoreConflict):
            resetting(failing).step(run)

        assert messages_of(store, 2) == [1, 1]
        assert run == resetting(store).begin(period_start=MIDNIGHT)
        assert resetting(store).step(run).position == 2
