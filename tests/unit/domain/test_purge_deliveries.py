"""Deliveries that have been kept for long enough."""

from __future__ import annotations

import datetime as dt

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.usecases.cleanup import PurgeDeliveries
from tests.unit.domain.delivering import crossings, told_store
from tests.unit.domain.watched import WatchedUnits
from tests.unit.doubles import NOON


WEEK = dt.timedelta(days=7)


def ended(*ages: int, waiting: int = 0) -> MemoryStore:
    """
    Return a store with a delivery for each age, in seconds before noon;
    every other one was given up, and some more wait.
    """
    store = told_store(*crossings(len(ages) + waiting))
    with store() as unit:
        claimed = unit.outbox.claim("hook", now=NOON, lease=WEEK, limit=len(ages))
        for number, (delivery, age) in enumerate(zip(claimed, ages, strict=True)):
            at = NOON - dt.timedelta(seconds=age)
            if number % 2:
                unit.outbox.failed(delivery, at=at, error="x", retry_at=None)
            else:
                unit.outbox.delivered(delivery, at=at)
        unit.commit()
    return store


def left(store: MemoryStore) -> int:
    """Return how many there are, by deleting those that ended."""
    with store() as unit:
        waiting = [each for each in unit.outbox.unfinished(limit=100) if each.waiting]
        return len(waiting) + unit.outbox.purge(before=NOON + WEEK, limit=100)


class TestPurge:
    @given(
        st.lists(st.integers(-5, 5), max_size=20), st.integers(0, 3), st.integers(1, 7)
    )
    def test_deletes_what_ended_before_and_nothing_else(
        self, ages: list[int], waiting: int, chunk: int
    ) -> None:
        """
        Step after step, until it says 0: delivered or given up; what ended at
        exactly that time stays, and so does what waits, however old.
        """
        store = ended(*ages, waiting=waiting)
        purge = PurgeDeliveries(store, chunk)

        deleted = 0
        while step := purge.step(before=NOON):
            assert step <= chunk
            deleted += step

        expected = len([age for age in ages if age > 0])
        assert expected == deleted
        assert len(ages) + waiting - expected == left(store)

    def test_takes_one_chunk_a_step(self) -> None:
        """No decision waits for more than a chunk."""
        store = ended(3, 2, 1)

        assert PurgeDeliveries(store, 2).step(before=NOON) == 2
        assert left(store) == 1

    def test_that_fails_keeps_all(self) -> None:
        """A step is a unit of work: all of it or nothing."""
        store = ended(3, 2, 1)
        units = WatchedUnits(store, failing="commit", fault=StoreUnavailable())

        with pytest.raises(StoreUnavailable):
            PurgeDeliveries(units, 2).step(before=NOON)

        assert left(store) == 3
